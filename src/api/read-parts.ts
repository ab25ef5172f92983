/** What all routes share that read the farm. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { problems } from './answers.js';
import type { ApiParts } from './parts.js';
import { ProblemError } from './problem.js';
import type { RateLimits } from './rate-limits.js';
import type { Now, ViewsNow } from './views-now.js';
import type { Doorkeeper } from './who-asks.js';

export interface ReadParts {
  readonly parts: ApiParts;
  readonly door: Doorkeeper;
  readonly limits: RateLimits;
  readonly views: ViewsNow;
}

/** Nobody, where reading is open. */
export const SECURITY = [{}, { bearer: [] }, { cookie: [] }];
export const READ_PROBLEMS = problems(400, 401, 403, 503);
export const FOUND_PROBLEMS = problems(400, 401, 403, 404, 503);
/** What is misspelt is said, not passed over. */
export const noQuery = z.strictObject({});

export const nothing = (what: string, name: string): ProblemError =>
  new ProblemError(404, `there is no ${what} ${name}`);

/** JSON that is text already. */
export const sendText = (reply: FastifyReply, text: string): FastifyReply =>
  reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(text);

/** A view of a whole farm, put into JSON once for each pass. */
export const sendView = (own: ReadParts, reply: FastifyReply, kind: string, view: (now: Now) => object): FastifyReply =>
  sendText(reply, own.views.text(kind, own.views.now(), view));
