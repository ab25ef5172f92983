/** Optimistic locking: a change names the version it was made on. */
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';

/** `"12345"`; the bare version, as it stands in the JSON, is taken as well. @throws ProblemError 428 without, 400 for what is none */
export function expectedVersion(request: FastifyRequest): string {
  const text = request.headers['if-match']?.trim();
  if (text === undefined || text === '')
    throw new ProblemError(428, 'If-Match is missing: it takes the `version` (or the ETag) that was read');
  if (text === '*')
    throw new ProblemError(
      428,
      'If-Match must name a version: `*` would overwrite what somebody else has just changed',
    );
  const version = /^"([\x21\x23-\x7e]{1,256})"$/.exec(text)?.[1] ?? /^[\w.:+/=-]{1,256}$/.exec(text)?.[0];
  if (version !== undefined) return version;
  const message = 'must be one version, as GET gave it: `"12345"`';
  throw new ProblemError(400, `If-Match ${message}`, { errors: [{ field: 'If-Match', message }] });
}

export const etagOf = (version: string): string => `"${version}"`;
