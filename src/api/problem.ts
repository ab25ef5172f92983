/** RFC 9457: every answer that is no success is `application/problem+json`, whoever gives it. */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from './schemas.js';

export const PROBLEM_TYPE = 'application/problem+json';
/** of the path that a problem says back */
const LONGEST_INSTANCE = 200;

type More = Pick<Problem, 'errors' | 'changeElsewhere'>;

/** Thrown by routes and hooks; the error handler answers it as it is. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    readonly status: number,
    message: string,
    readonly more: More = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** @param path what was asked for; its query is left out, it may hold what nobody should read in a log */
export function problemBody(status: number, detail: string, path?: string, more: More = {}): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(path === undefined ? {} : { instance: path.replace(/\?.*$/s, '').slice(0, LONGEST_INSTANCE) }),
    ...more,
  };
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemBody(problem.status, problem.message, request.url, problem.more)));
}
