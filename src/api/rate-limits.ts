/** How often one person (or, where nobody is known, one address) may ask: changes are work for KubeClusters, reads only for us. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';
import type { FailedTries } from './who-asks.js';

const MINUTE = 60_000;

/** A minute. Addresses have no limit: they are answered from prebuilt bytes, 10,000 times a second. */
export const RATE = {
  /** a page open on every screen of a room behind one address still fits */
  reads: 6_000,
  /** what is planned anew for each answer: rebalance, clients of a pod, one cache cluster with its version */
  costlyReads: 600,
  changes: 60,
  /** a form that is being filled in asks at every pause */
  dryRuns: 240,
  streams: 120,
  failedTries: 10,
} as const;

type Hook = (request: FastifyRequest) => Promise<void>;

export interface RateLimits {
  readonly reads: Hook;
  readonly costlyReads: Hook;
  /** dry runs are counted apart */
  readonly changes: Hook;
  readonly streams: Hook;
  readonly tries: FailedTries;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `dryRun=true` is known there; anywhere else it says nothing, and takes nothing away from what is checked and told */
    dryRuns?: boolean;
  }
}

export const isDryRun = (request: FastifyRequest): boolean =>
  request.routeOptions.config.dryRuns === true &&
  (request.query as Readonly<Record<string, unknown>>).dryRun === 'true';

const tooMany = (seconds: number): ProblemError =>
  new ProblemError(429, `too many requests; try again in ${seconds} s`, {}, { 'retry-after': String(seconds) });

/** @param app with @fastify/rate-limit registered, which is not applied by itself */
export function rateLimits(app: FastifyInstance): RateLimits {
  const by = (max: number): Hook => {
    // A person is counted wherever he comes from; `address:` keeps a user named like an address apart.
    const limit = app.createRateLimit({
      max,
      timeWindow: MINUTE,
      keyGenerator: ({ person, ip }) => (person ? `person:${person.user}` : `address:${ip}`),
    });
    return async (request) => {
      const found = await limit(request);
      if (!found.isAllowed && found.isExceeded) throw tooMany(found.ttlInSeconds);
    };
  };
  const [changes, dryRuns] = [by(RATE.changes), by(RATE.dryRuns)];
  const tries = app.createRateLimit({ max: RATE.failedTries, timeWindow: MINUTE });
  return {
    reads: by(RATE.reads),
    costlyReads: by(RATE.costlyReads),
    changes: (request) => (isDryRun(request) ? dryRuns(request) : changes(request)),
    streams: by(RATE.streams),
    tries: {
      left: async (request) => {
        const found = await tries(request, { increment: false });
        return found.isAllowed
          ? { tries: RATE.failedTries, wait: 0 }
          : { tries: found.remaining, wait: found.ttlInSeconds };
      },
      failed: async (request) => {
        await tries(request);
      },
    },
  };
}
