/** The whole API on parts in memory, asked over real connections. */
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect } from '@jest/globals';
import { type Problem, problemSchema } from '../../src/api/schemas.js';
import { buildApi } from '../../src/api/server.js';
import { FakeApi } from '../builders/fake-api-parts.js';

export interface Asked {
  readonly url: string;
  /** @default GET */
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** sent as JSON, text and bytes as they are */
  readonly payload?: unknown;
}

export interface Answered {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: what came is what the test is about
  json(): any;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const isRaw = (payload: unknown): payload is string | Buffer => typeof payload === 'string' || Buffer.isBuffer(payload);

export class Client {
  readonly agent = new Agent({ keepAlive: true });

  constructor(readonly port: number) {}

  inject({ url, method = 'GET', headers = {}, payload }: Asked): Promise<Answered> {
    const body = payload === undefined || isRaw(payload) ? payload : JSON.stringify(payload);
    const typed =
      payload === undefined || isRaw(payload) ? headers : { 'content-type': 'application/json', ...headers };
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, path: url, method, headers: typed, agent: this.agent },
        (response) => {
          const { headers, statusCode = 0 } = response;
          const chunks: Buffer[] = [];
          // A stream never ends: that it began is its answer.
          if (headers['content-type']?.startsWith('text/event-stream')) {
            resolve({ statusCode, headers, body: '', bytes: Buffer.alloc(0), json: () => undefined });
            response.destroy();
            return;
          }
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const bytes = Buffer.concat(chunks);
            const text = bytes.toString();
            resolve({ statusCode, headers, body: text, bytes, json: () => JSON.parse(text) });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** Closed after the test. */
export async function rig(options: ConstructorParameters<typeof FakeApi>[0] = {}) {
  const fake = new FakeApi(options);
  const server = await buildApi(fake.parts);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const app = new Client((server.server.address() as AddressInfo).port);
  closers.push(
    () => server.close(),
    async () => app.agent.destroy(),
  );
  return { fake, app, server };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
/** What the browser sends along with the page's own requests. */
export const page = (token: string) => ({
  cookie: `cachefarm-session=${encodeURIComponent(token)}`,
  'x-cachefarm-page': '1',
  host: 'farm.example',
  origin: 'http://farm.example',
  'sec-fetch-site': 'same-origin',
});

/** @returns the problem, checked to be one that goes with its status */
export function problemIn(answer: Answered): Problem {
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json(; charset=utf-8)?$/);
  const problem = problemSchema.strict().parse(answer.json());
  expect(problem.status).toBe(answer.statusCode);
  expect(problem.detail).not.toBe('');
  return problem;
}
