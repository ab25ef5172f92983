import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { type Loose, record, text } from '../farm/loose.js';
import type { KubeEndpoint } from '../world/kube.js';
import { FIELD_MANAGER, type KubeHand, type KubeKind, KubeRefused } from './kube-hand.js';

/** One request, and what it sends. */
export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** with its query */
  readonly path: string;
  readonly body?: Loose;
  /** of the body; @default application/json */
  readonly type?: string;
}

const MERGE_PATCH = 'application/merge-patch+json';
const SERVER_SIDE_APPLY = 'application/apply-patch+yaml';
/** An object of ours has some kB, a list of all cache clusters some MB; an answer is not read for ever. */
const LONGEST_ANSWER = 64 * 2 ** 20;

function parsed(answer: string): Loose {
  try {
    return record(JSON.parse(answer));
  } catch {
    return { message: answer.trim().slice(0, 200) };
  }
}

/**
 * @param timeoutMs until the answer has ended
 * @throws KubeRefused for an answer that refuses, another Error when none comes
 */
export async function callKube(endpoint: KubeEndpoint, asked: KubeCall, timeoutMs: number): Promise<Loose> {
  const { server, options } = await endpoint.connect();
  const url = new URL(`${server.replace(/\/$/, '')}${asked.path}`);
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const headers = {
    ...options.headers,
    accept: 'application/json',
    ...(body === undefined
      ? {}
      : { 'content-type': asked.type ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? secure : plain;
    const request = ask(url, { ...options, method: asked.method, headers });
    const late = setTimeout(() => void request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const failed = (error: Error): void => {
      clearTimeout(late);
      reject(error);
    };
    // Not once: a request that was destroyed may have a second error to tell, and nobody else listens.
    request.on('error', failed);
    request.once('response', (response) => {
      const pieces: Buffer[] = [];
      let length = 0;
      response.on('error', failed);
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        length += piece.length;
        if (length > LONGEST_ANSWER) request.destroy(new Error('the answer does not end'));
      });
      response.once('end', () => {
        clearTimeout(late);
        const answer = parsed(Buffer.concat(pieces).toString('utf8'));
        const code = response.statusCode ?? 0;
        if (code >= 200 && code < 300) resolve(answer);
        else reject(new KubeRefused(code, text(answer.message) || `HTTP ${code}`, answer));
      });
    });
    request.end(body);
  });
}

class HttpHand implements KubeHand {
  constructor(
    readonly endpoint: KubeEndpoint,
    readonly namespace: string,
    readonly timeoutMs: number,
  ) {}

  get datacenter(): string {
    return this.endpoint.datacenter;
  }

  async get(kind: KubeKind, name: string): Promise<Loose | undefined> {
    try {
      return await this.#send({ method: 'GET', path: this.#path(kind, name) });
    } catch (error) {
      if (error instanceof KubeRefused && error.code === 404) return undefined;
      throw error;
    }
  }

  create(kind: KubeKind, body: Loose): Promise<Loose> {
    return this.#send({ method: 'POST', path: `${this.#path(kind)}?${MANAGED}`, body });
  }

  replace(kind: KubeKind, name: string, body: Loose): Promise<Loose> {
    return this.#send({ method: 'PUT', path: `${this.#path(kind, name)}?${MANAGED}`, body });
  }

  merge(kind: KubeKind, name: string, patch: Loose): Promise<Loose> {
    return this.#send({
      method: 'PATCH',
      path: `${this.#path(kind, name)}?${MANAGED}`,
      body: patch,
      type: MERGE_PATCH,
    });
  }

  applyStatus(kind: KubeKind, name: string, body: Loose): Promise<Loose> {
    const path = `${this.#path(kind, name)}/status?${MANAGED}&force=true`;
    return this.#send({ method: 'PATCH', path, body, type: SERVER_SIDE_APPLY });
  }

  #path({ group, version, plural }: KubeKind, name?: string): string {
    const all = `/apis/${group}/${version}/namespaces/${this.namespace}/${plural}`;
    return name === undefined ? all : `${all}/${name}`;
  }

  #send(request: KubeCall): Promise<Loose> {
    return callKube(this.endpoint, request, this.timeoutMs);
  }
}

const MANAGED = `fieldManager=${FIELD_MANAGER}`;

/** @param timeoutMs of one request */
export const httpHand = (endpoint: KubeEndpoint, namespace: string, timeoutMs: number): KubeHand =>
  new HttpHand(endpoint, namespace, timeoutMs);
