/** One way to ask the API, one way to be refused: every failure is a ProblemError. */
import type { Problem } from '../api/schemas.js';

/** RFC 9457 as the API answered it; status 0: nobody answered. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(readonly problem: Problem) {
    super(problem.detail === '' ? problem.title : problem.detail);
  }
  /** What was said of one field of the request. */
  of(field: string): string | undefined {
    return this.problem.errors?.find((error) => error.field === field)?.message;
  }
}

export interface SendOptions {
  readonly ifMatch?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** the same wish sent again has the same key; left out: a new one */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const unreachable = (error: unknown): ProblemError =>
  new ProblemError({
    type: 'about:blank',
    title: 'No answer',
    status: 0,
    detail: error instanceof Error ? error.message : String(error),
  });

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'status' in value && 'detail' in value;
}

async function problemOf(response: Response): Promise<ProblemError> {
  const said: unknown = await response.json().catch(() => undefined);
  if (isProblem(said)) return new ProblemError(said);
  const title = response.statusText === '' ? `HTTP ${response.status}` : response.statusText;
  return new ProblemError({ type: 'about:blank', title, status: response.status, detail: '' });
}

const listeners = new Set<() => void>();
/** Told of every 401: who was logged in is so no longer. @returns ends it */
export function onLoggedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, { credentials: 'same-origin', ...init }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable(error);
  });
  if (!response.ok) {
    // a log-in that is refused says nothing of who is logged in
    if (response.status === 401 && path !== '/v1/session') for (const listener of listeners) listener();
    throw await problemOf(response);
  }
  if (response.status === 204) return undefined as T;
  return (await response.json().catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable(error);
  })) as T;
}

/** @throws ProblemError; DOMException AbortError when its signal aborted it */
export const getJson = <T>(path: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<T> =>
  ask<T>(path, { headers: { accept: 'application/json' }, signal: options.signal ?? null });

/** `randomUUID` is there on https and loopback only. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param body undefined: none. @throws ProblemError */
export function send<T>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body: unknown,
  options: SendOptions = {},
): Promise<T> {
  const query = options.dryRun === true ? `${path.includes('?') ? '&' : '?'}dryRun=true` : '';
  return ask<T>(`${path}${query}`, {
    method,
    headers: {
      accept: 'application/json',
      // the API lets no other origin send it: what a cookie changes is asked for by this page (CSRF)
      'x-cachefarm-page': '1',
      'idempotency-key': options.idempotencyKey ?? newKey(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: options.signal ?? null,
  });
}
