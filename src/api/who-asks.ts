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

/** Counts failures by address. @returns s to wait; undefined: go on */
export interface FailedTries {
  waitOf(request: FastifyRequest): Promise<number | undefined>;
  failed(request: FastifyRequest): Promise<void>;
}

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

  constructor(
    readonly gate: Gate,
    readonly openReading: boolean,
    readonly tries: FailedTries,
    /** ms since the epoch */
    readonly now: () => number,
  ) {}

  /** @throws ProblemError 401 the token is nobody's, 429 too many such came from there, 503 nobody could be asked */
  async personOf(request: FastifyRequest, token: string): Promise<Person> {
    if (this.#dead.has(token, this.now())) throw nobodys();
    if (!this.#good.has(token)) {
      const wait = await this.tries.waitOf(request);
      if (wait !== undefined)
        throw new ProblemError(
          429,
          'too many tokens from this address were nobody’s',
          {},
          { 'retry-after': String(wait) },
        );
    }
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
