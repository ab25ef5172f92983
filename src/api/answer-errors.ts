/** Whatever is thrown becomes a problem: what the client can mend is said, what he cannot goes to our log only. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fieldFaults } from './field-faults.js';
import { type ApiParts, Refusal, type RefusalKind } from './parts.js';
import { ProblemError, sendProblem } from './problem.js';
import { InvalidInput } from './validate.js';

const REFUSAL_STATUS: Readonly<Record<RefusalKind, number>> = {
  invalid: 422,
  conflict: 409,
  'not-found': 404,
  exists: 409,
  owned: 409,
  unavailable: 503,
};

/** What to try after, s. */
const RETRY_AFTER = '5';

function refused(refusal: Refusal, request: FastifyRequest): ProblemError {
  // Whoever says which version he knows is told that it is another by now: 412, not 409 (RFC 9110, 13.1.1).
  const stale = refusal.kind === 'conflict' && request.headers['if-match'] !== undefined;
  const { errors, changeElsewhere } = refusal.more;
  return new ProblemError(
    stale ? 412 : REFUSAL_STATUS[refusal.kind],
    refusal.message,
    {
      ...(errors ? { errors: errors.map((one) => ({ ...one })) } : {}),
      ...(changeElsewhere ? { changeElsewhere: { ...changeElsewhere } } : {}),
    },
    refusal.kind === 'unavailable' ? { 'retry-after': RETRY_AFTER } : {},
  );
}

function invalid(error: InvalidInput): ProblemError {
  const errors = fieldFaults(error.issues, error.given, error.validationContext);
  const [first] = errors;
  const detail = errors.length === 1 && first ? `${first.field}: ${first.message}` : `${errors.length} faults`;
  return new ProblemError(400, detail, { errors: [...errors] });
}

const FRAMEWORK_WORDS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is larger than 64 kB',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the body must be JSON: Content-Type application/json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is no JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body has another length than Content-Length says',
  FST_ERR_BAD_URL: 'the path is no valid URL',
  FST_ERR_MAX_PARAM_LENGTH: 'a name in the path is too long',
  FST_ERR_HANDLER_TIMEOUT: 'it took too long; what was begun may still have been done: look before trying again',
};

const isFrameworkError = (error: unknown): error is { readonly statusCode: number; readonly code: string } =>
  typeof error === 'object' &&
  error !== null &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  'code' in error &&
  typeof error.code === 'string';

/** undefined: ours to mend, nothing that the client should read. */
export function problemOf(error: unknown, request: FastifyRequest): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof Refusal) return refused(error, request);
  if (error instanceof InvalidInput) return invalid(error);
  // What JSON.parse and the guard against __proto__ throw: the client's own text comes back in their message.
  if (error instanceof SyntaxError && 'statusCode' in error)
    return new ProblemError(
      400,
      'the body is no JSON, or has a key that no JSON of ours may have (__proto__, constructor)',
    );
  if (!isFrameworkError(error)) return undefined;
  const words = FRAMEWORK_WORDS[error.code];
  if (words === undefined && error.statusCode >= 500) return undefined;
  return new ProblemError(error.statusCode, words ?? 'the request cannot be read');
}

export const answerErrors =
  (parts: Pick<ApiParts, 'failed'>) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = problemOf(error, request);
    if (!problem) parts.failed(error, `${request.method} ${request.url.replace(/\?.*$/s, '')}`);
    return sendProblem(request, reply, problem ?? new ProblemError(500, 'something broke here; it is in our log'));
  };
