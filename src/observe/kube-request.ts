/** GET requests to one KubeCluster, with an end in time for every way in which an answer can fail to come. */
import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { record } from '../farm/loose.js';
import type { KubeEndpoint } from '../world/kube.js';

/** The KubeCluster answered, with an error. */
export class KubeRefusal extends Error {
  override readonly name = 'KubeRefusal';
  constructor(
    readonly code: number,
    message: string,
    /** it asked to be left alone for so long: ms */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export interface RequestLimits {
  /** ends the request, and the reading of its answer */
  readonly signal: AbortSignal;
  /** until the answer begins: ms */
  readonly answerMs: number;
  /** without a byte of it after that: ms */
  readonly silentMs: number;
}

/** A peer that vanished without a word is noticed some 10 s after the last byte: ms of silence until the kernel asks whether it is there. */
const KEEP_ALIVE_MS = 10_000;
/** A refusal needs no more text than this: characters. */
const REFUSAL_TEXT = 8_192;

/** Seconds, or a date, as RFC 9110 has it: ms from now. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** @param status a Status object of Kubernetes, as far as it is one */
export function refusalOf(status: unknown, code: number, retryAfterMs?: number): KubeRefusal {
  const { message, reason, details } = record(status);
  const said = [message, reason].find((text) => typeof text === 'string' && text !== '');
  const seconds = Number(record(details).retryAfterSeconds);
  const wait = retryAfterMs ?? (seconds > 0 ? seconds * 1_000 : undefined);
  return new KubeRefusal(code, `${code}: ${said ?? 'no reason given'}`, wait);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.trim().slice(0, 200) };
  }
}

/** The text of an answer, piece by piece as it comes. */
export type AnswerText = AsyncIterable<string>;

export async function wholeText(answer: AnswerText, limit = Number.POSITIVE_INFINITY): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of answer) {
    pieces.push(piece);
    length += piece.length;
    if (length > limit) break;
  }
  return pieces.join('');
}

/** Ends an answer that stays silent for too long; the clock starts anew with each piece. */
async function* heard(response: IncomingMessage, { signal, silentMs }: RequestLimits): AnswerText {
  const end = (why: string) => (): void => void response.destroy(new Error(why));
  const timer = setTimeout(end(`no byte for ${silentMs / 1_000} s`), silentMs);
  const stop = end('stopped');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    response.setEncoding('utf8');
    for await (const piece of response) {
      timer.refresh();
      yield piece as string;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    response.destroy();
  }
}

/** One GET, as far as the head of its answer; `began` hears of the request as soon as there is one. */
async function send(
  endpoint: KubeEndpoint,
  path: string,
  began: (request: ClientRequest) => void,
): Promise<IncomingMessage> {
  const { server, options } = await endpoint.connect();
  const url = new URL(`${server.replace(/\/$/, '')}${path}`);
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? secure : plain;
    const request = ask(url, {
      ...options,
      method: 'GET',
      headers: { ...options.headers, accept: 'application/json' },
    });
    request.setSocketKeepAlive(true, KEEP_ALIVE_MS);
    request.once('response', resolve);
    // Not once: a request that was destroyed may have a second error to tell, and nobody else listens.
    request.on('error', reject);
    began(request);
    request.end();
  });
}

/** The credentials may come from a program that hangs, the API server may hang: both have the same time. */
function begin(endpoint: KubeEndpoint, path: string, { signal, answerMs }: RequestLimits): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let request: ClientRequest | undefined;
    let over: Error | undefined;
    const end = (why: string): void => {
      over = new Error(why);
      request?.destroy(over);
      reject(over);
    };
    const stop = (): void => end('stopped');
    const timer = setTimeout(() => end(`no answer within ${answerMs / 1_000} s`), answerMs);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    send(endpoint, path, (begun) => {
      request = begun;
      if (over) begun.destroy(over);
    })
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      });
  });
}

/**
 * @param path with its query
 * @returns the text of a 2xx answer that has begun
 * @throws KubeRefusal for another answer, Error when none begins; reading the text throws when it breaks off
 */
export async function askKube(endpoint: KubeEndpoint, path: string, limits: RequestLimits): Promise<AnswerText> {
  const response = await begin(endpoint, path, limits);
  const text = heard(response, limits);
  const code = response.statusCode ?? 0;
  if (code >= 200 && code < 300) return text;
  const body = await wholeText(text, REFUSAL_TEXT).catch(() => '');
  throw refusalOf(parsed(body), code, retryAfter(response.headers['retry-after']));
}
