/** One line for every change that somebody tried, whatever came of it. Dry runs change nothing and are not told. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { quote } from '../farm/quote.js';
import type { ApiParts } from './parts.js';
import { isDryRun } from './rate-limits.js';

/** What somebody tries; a route adds to it as it gets to know more. */
export interface Attempt {
  what: string;
  subject: string;
  before?: unknown;
  after?: unknown;
  why?: string;
  told: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** undefined: nothing is changed here */
    attempt: Attempt | undefined;
  }
}

const LONGEST = 200;

/** Text of a stranger, as it may stand in a log. */
const plain = (text: string): string => {
  const cut = text.slice(0, LONGEST);
  return /^[\x20-\x7e]*$/.test(cut) ? cut : quote(cut);
};

/** First of a route's hooks: who is refused by the next ones is told as well. */
export const attempts =
  (what: string) =>
  async (request: FastifyRequest): Promise<void> => {
    if (isDryRun(request)) return;
    const { name } = request.params as Readonly<Record<string, string | undefined>>;
    request.attempt = { what, subject: plain(name ?? ''), told: false };
  };

/** Completes what is told of the attempt. */
export function note(request: FastifyRequest, more: Partial<Omit<Attempt, 'told'>>): void {
  if (request.attempt) Object.assign(request.attempt, more);
}

const whyOf = (payload: unknown): string | undefined => {
  if (typeof payload !== 'string') return undefined;
  try {
    const { detail } = JSON.parse(payload) as { readonly detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
};

/** As `onSend`: it runs when the answer is known, whether the client is still there or not. Who asks too often (429) is not told each time. */
export const tellAttempts =
  (parts: Pick<ApiParts, 'audit' | 'now'>) =>
  async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void> => {
    const { attempt } = request;
    if (!attempt || attempt.told || reply.statusCode === 429) return;
    attempt.told = true;
    const { what, subject, before, after } = attempt;
    const why = attempt.why ?? (reply.statusCode >= 400 ? whyOf(payload) : undefined);
    parts.audit({
      at: parts.now(),
      who: request.person?.user ?? 'nobody',
      from: request.ip,
      what,
      subject,
      status: reply.statusCode,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(why === undefined ? {} : { why }),
    });
  };
