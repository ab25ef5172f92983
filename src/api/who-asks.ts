/** Who asks, and whether he may: a Bearer token, or the cookie that a log-in has set; both are the same Kubernetes token. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Gate, Person, Verb } from './parts.js';
import { ProblemError } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** undefined: nobody was asked for, or nobody is known */
    person: Person | undefined;
  }
}

export const SESSION_COOKIE = 'cachefarm-session';

export interface Credential {
  readonly token: string;
  readonly by: 'bearer' | 'cookie';
}

/** A Bearer token goes before a cookie. @throws ProblemError for an Authorization of another kind */
export function credentialOf(request: FastifyRequest): Credential | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
    if (token === undefined) throw unauthorized('Authorization must be `Bearer <token>`');
    return { token, by: 'bearer' };
  }
  const token = request.cookies[SESSION_COOKIE];
  return token === undefined || token === '' ? undefined : { token, by: 'cookie' };
}

export const unauthorized = (detail: string): ProblemError =>
  new ProblemError(401, detail, {}, { 'www-authenticate': 'Bearer realm="cachefarm"' });

const unasked = (): ProblemError =>
  new ProblemError(
    503,
    'nobody could be asked whose token this is and what he may: the KubeCluster does not answer',
    {},
    { 'retry-after': '5' },
  );

/** Counts failures by address. */
export interface FailedTries {
  /** how many may still fail; with none, how long to wait, s */
  left(request: FastifyRequest): Promise<{ readonly tries: number; readonly wait: number }>;
  failed(request: FastifyRequest): Promise<void>;
}

/** Tokens of one address that nobody knows yet: as many are asked about at a time as may still fail, the others wait for their turn. */
class Turns {
  readonly #underWay = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(readonly tries: FailedTries) {}

  /** @throws ProblemError 429 none may fail any more */
  async take<T>(request: FastifyRequest, ask: () => Promise<T>): Promise<T> {
    const { ip } = request;
    try {
      await this.#come(request);
    } catch (error) {
      this.#next(ip);
      throw error;
    }
    try {
      return await ask();
    } finally {
      const others = (this.#underWay.get(ip) ?? 1) - 1;
      if (others > 0) this.#underWay.set(ip, others);
      else this.#underWay.delete(ip);
      this.#next(ip);
    }
  }

  async #come(request: FastifyRequest): Promise<void> {
    const { ip } = request;
    for (;;) {
      const { tries, wait } = await this.tries.left(request);
      if (tries === 0) throw tooManyFailed(wait);
      const underWay = this.#underWay.get(ip) ?? 0;
      if (underWay < tries) {
        this.#underWay.set(ip, underWay + 1);
        return;
      }
      await new Promise<void>((resolve) => {
        const waiting = this.#waiting.get(ip) ?? new Set();
        this.#waiting.set(ip, waiting.add(resolve));
      });
    }
  }

  /** Whoever was answered or refused lets the next one try. */
  #next(ip: string): void {
    const waiting = this.#waiting.get(ip);
    if (!waiting) return;
    for (const first of waiting) {
      waiting.delete(first);
      if (waiting.size === 0) this.#waiting.delete(ip);
      first();
      return;
    }
  }
}

const tooManyFailed = (wait: number): ProblemError =>
  new ProblemError(429, 'too many tokens from this address were nobody’s', {}, { 'retry-after': String(wait) });

/** Tokens that were good lately, as hashes: whoever shares an address with somebody who guesses is not shut out with him. */
class GoodTokens {
  static readonly #MOST = 1_000;
  readonly #hashes = new Set<string>();

  static hash(token: string): string {
    return createHash('sha256').update(token).digest('base64');
  }

  has(token: string): boolean {
    return this.#hashes.size > 0 && this.#hashes.has(GoodTokens.hash(token));
  }

  add(token: string): void {
    const hash = GoodTokens.hash(token);
    this.#hashes.delete(hash);
    this.#hashes.add(hash);
    const [oldest] = this.#hashes;
    if (this.#hashes.size > GoodTokens.#MOST && oldest !== undefined) this.#hashes.delete(oldest);
  }

  drop(token: string): void {
    this.#hashes.delete(GoodTokens.hash(token));
  }
}

/** A page that still has the cookie of yesterday is no guesser: its token counts once, and Kubernetes is asked about it once in so long. ms */
const DEAD_FOR = 10_000;
const MOST_DEAD = 1_000;

/** Tokens that were nobody's a moment ago. */
class DeadTokens {
  readonly #since = new Map<string, number>();

  has(token: string, now: number): boolean {
    if (this.#since.size === 0) return false;
    const since = this.#since.get(GoodTokens.hash(token));
    return since !== undefined && now >= since && now - since < DEAD_FOR;
  }

  /** however long ago */
  knows(token: string): boolean {
    return this.#since.has(GoodTokens.hash(token));
  }

  add(token: string, now: number): void {
    const hash = GoodTokens.hash(token);
    this.#since.delete(hash);
    this.#since.set(hash, now);
    const [oldest] = this.#since.keys();
    if (this.#since.size > MOST_DEAD && oldest !== undefined) this.#since.delete(oldest);
  }
}

const nobodys = (): ProblemError => unauthorized('the token is nobody’s, or is not valid any more');

export class Doorkeeper {
  readonly #good = new GoodTokens();
  readonly #dead = new DeadTokens();
  readonly #turns: Turns;

  constructor(
    readonly gate: Gate,
    readonly openReading: boolean,
    readonly tries: FailedTries,
    /** ms since the epoch */
    readonly now: () => number,
  ) {
    this.#turns = new Turns(tries);
  }

  /** @throws ProblemError 401 the token is nobody's, 429 too many such came from there, 503 nobody could be asked */
  async personOf(request: FastifyRequest, token: string): Promise<Person> {
    if (this.#dead.has(token, this.now())) throw nobodys();
    if (this.#good.has(token)) return this.#review(request, token);
    return this.#turns.take(request, () => this.#review(request, token));
  }

  async #review(request: FastifyRequest, token: string): Promise<Person> {
    // It may have been another one's turn with the same.
    if (this.#dead.has(token, this.now())) throw nobodys();
    const person = await this.#ask(() => this.gate.who(token));
    if (person) {
      this.#good.add(token);
      return person;
    }
    this.#good.drop(token);
    // The same one again is no new guess: forgotten tabs must not keep out all who come from their address (a proxy, an Ingress).
    const isNew = !this.#dead.knows(token);
    this.#dead.add(token, this.now());
    if (isNew) await this.tries.failed(request);
    throw nobodys();
  }

  /** Says who asks, in `request.person`. @throws ProblemError as personOf, and 401 without a token */
  async known(request: FastifyRequest): Promise<Person> {
    if (request.person) return request.person;
    const credential = credentialOf(request);
    if (!credential) throw unauthorized('log in, or send a Kubernetes token as `Authorization: Bearer <token>`');
    const person = await this.personOf(request, credential.token);
    request.person = person;
    return person;
  }

  async may(person: Person, verb: Verb, clusterName?: string): Promise<boolean> {
    if (verb === 'read' && this.openReading) return true;
    return this.#ask(() => this.gate.may(person, verb, clusterName));
  }

  /** @throws ProblemError 403 */
  async allow(person: Person, verb: Verb, clusterName?: string): Promise<void> {
    if (await this.may(person, verb, clusterName)) return;
    const what = { read: 'read this farm', change: 'change cache clusters', drain: 'drain machines and pods' }[verb];
    throw new ProblemError(403, `${person.user} may not ${what}${clusterName === undefined ? '' : `: ${clusterName}`}`);
  }

  /** Lets reading in: everybody where reading is open, else who may read. Does nothing at all where it is open: it is asked 10,000 times a second. */
  readonly readers = (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
    if (this.openReading) done();
    else this.reader(request).then(() => done(), done);
  };

  /** Somebody with a name who may read, also where reading is open. */
  readonly reader = async (request: FastifyRequest): Promise<void> => {
    await this.allow(await this.known(request), 'read');
  };

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch {
      throw unasked();
    }
  }
}
