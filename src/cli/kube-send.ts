import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { type Loose, record, text } from '../farm/loose.js';
import type { KubeEndpoint } from '../observe/kube-request.js';
import { RefusedByKube } from './kube-port.js';

/** ms; a dry run passes admission as a write does */
const TIMEOUT_MS = 10_000;

export interface KubeQuestion {
  readonly method: 'GET' | 'PATCH';
  /** with its query */
  readonly path: string;
  /** sent as it is: client-node's typed models would drop what they do not know */
  readonly body?: Loose;
  readonly contentType?: string;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: string[] = [];
  response.setEncoding('utf8');
  for await (const piece of response) pieces.push(piece as string);
  return pieces.join('');
}

function parsed(body: string): Loose {
  try {
    return record(JSON.parse(body));
  } catch {
    return { message: body.slice(0, 200) };
  }
}

/**
 * One request whose answer is one JSON object.
 * @throws RefusedByKube for an answer that refuses, another Error when nobody answers
 */
export async function sendToKube(endpoint: KubeEndpoint, question: KubeQuestion): Promise<Loose> {
  const { server, options } = await endpoint.connect();
  const url = new URL(`${server.replace(/\/$/, '')}${question.path}`);
  const { method, body, contentType } = question;
  const headers = {
    ...options.headers,
    accept: 'application/json',
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? secure : plain;
    const request = send(url, { ...options, method, headers, timeout: TIMEOUT_MS }, resolve);
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const answer = parsed(await textOf(response));
  const code = response.statusCode ?? 0;
  if (code >= 200 && code < 300) return answer;
  throw new RefusedByKube(code, false, text(answer.message) ?? `HTTP ${code}`);
}
