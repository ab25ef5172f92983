import type { z } from 'zod';
import { PROBLEM_TYPE } from './problem.js';
import { problemSchema } from './schemas.js';

const WORDS: Readonly<Record<number, string>> = {
  400: 'The request does not match its schema; `errors` name the fields.',
  401: 'No token, or it is nobody’s.',
  403: 'He may not, or the change came from a foreign page.',
  404: 'There is no such thing.',
  409: 'It is there already, was changed meanwhile, or somebody else (Git) says what it is: `changeElsewhere`.',
  412: 'It was changed since the version that If-Match names: read it again.',
  413: 'The body is larger than 64 kB.',
  415: 'The body is no JSON.',
  422: 'Understood, but no farm can be like that; `errors` name the fields.',
  428: 'If-Match is missing: name the version that you have read.',
  429: 'Too many requests; Retry-After says when to try again.',
  500: 'Something broke here.',
  503: 'Nothing was seen yet, or no KubeCluster answers; Retry-After says when to try again.',
};

type ProblemAnswer = {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: typeof problemSchema }>>;
};

/** The problems that a route may answer beside 429 and 500, which any may. */
export const problems = <S extends number>(...statuses: readonly S[]): Record<S | 429 | 500, ProblemAnswer> =>
  Object.fromEntries(
    [...statuses, 429, 500].map((status) => [
      status,
      { description: WORDS[status] ?? 'Problem', content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
    ]),
  ) as unknown as Record<S | 429 | 500, ProblemAnswer>;

/** A success with its words; serialized as JSON by its schema. */
export const json = <T extends z.ZodType>(
  description: string,
  schema: T,
): { readonly description: string; readonly content: { readonly 'application/json': { readonly schema: T } } } => ({
  description,
  content: { 'application/json': { schema } },
});
