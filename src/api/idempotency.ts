/** A change that is sent again with the key of the first try is not made again: it gets the answer of the first. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';

/** What a change answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Entry {
  readonly print: string;
  readonly answer: Promise<Answer>;
  /** ms since the epoch */
  readonly at: number;
  running: boolean;
}

export interface BookLimits {
  /** ms; @default 10 min */
  readonly keptMs?: number;
  /** @default 100 */
  readonly perPerson?: number;
  /** @default 2,000 */
  readonly people?: number;
}

/** What makes two requests the same: what is asked for, which version is expected, and what is said. */
export const fingerprint = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([request.method, request.url, request.headers['if-match'] ?? null, request.body ?? null]))
    .digest('base64');

/** @throws ProblemError 400 */
export function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = 'must be 1 to 255 visible ASCII characters, such as a UUID';
  throw new ProblemError(400, `Idempotency-Key ${message}`, { errors: [{ field: 'Idempotency-Key', message }] });
}

/** In the memory of this process: another replica of Barn does not know it; there If-Match (or `exists`) keeps a change from being made twice. */
export class IdempotencyBook {
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #limits: Required<BookLimits>;

  constructor(
    readonly now: () => number,
    limits: BookLimits = {},
  ) {
    this.#limits = { keptMs: 600_000, perPerson: 100, people: 2_000, ...limits };
  }

  /**
   * Runs it, or gives the answer of the first that came with this key, which may still be running.
   * What broke (no answer, or one from 500 on) is forgotten, so that it can be tried again.
   * @throws ProblemError 422: the key was used for something else; 429: too many of his changes are running
   */
  async answer(person: string, key: string, print: string, run: () => Promise<Answer>): Promise<[Answer, boolean]> {
    const mine = this.#of(person);
    const known = mine.get(key);
    if (known && (known.running || this.now() - known.at < this.#limits.keptMs)) {
      if (known.print !== print)
        throw new ProblemError(422, 'this Idempotency-Key was used for another request less than 10 minutes ago', {
          errors: [{ field: 'Idempotency-Key', message: 'take a new key for a new request' }],
        });
      return [await known.answer, true];
    }
    this.#makeRoom(mine);
    return [await this.#begin(mine, key, print, run), false];
  }

  async #begin(mine: Map<string, Entry>, key: string, print: string, run: () => Promise<Answer>): Promise<Answer> {
    const answer = run();
    const entry: Entry = { print, answer, at: this.now(), running: true };
    mine.delete(key);
    mine.set(key, entry);
    try {
      const given = await answer;
      if (given.status >= 500) mine.delete(key);
      return given;
    } catch (error) {
      mine.delete(key);
      throw error;
    } finally {
      entry.running = false;
    }
  }

  #of(person: string): Map<string, Entry> {
    const mine = this.#entries.get(person) ?? new Map<string, Entry>();
    // Who was heard last stands last: who was not for longest is forgotten first.
    this.#entries.delete(person);
    this.#entries.set(person, mine);
    if (this.#entries.size > this.#limits.people) this.#forgetSomebody(person);
    return mine;
  }

  #forgetSomebody(butNot: string): void {
    for (const [person, theirs] of this.#entries) {
      if (person === butNot || [...theirs.values()].some(({ running }) => running)) continue;
      this.#entries.delete(person);
      return;
    }
  }

  #makeRoom(mine: Map<string, Entry>): void {
    const old = this.now() - this.#limits.keptMs;
    for (const [key, { running, at }] of mine) if (!running && at < old) mine.delete(key);
    if (mine.size < this.#limits.perPerson) return;
    const finished = [...mine].find(([, { running }]) => !running);
    if (!finished)
      throw new ProblemError(429, 'too many changes of yours are still running', {}, { 'retry-after': '5' });
    mine.delete(finished[0]);
  }
}
