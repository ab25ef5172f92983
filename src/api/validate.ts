import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';

/** What a route was given does not match its schema. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  /** set by fastify: body, querystring, params or headers */
  validationContext = 'body';
  constructor(
    readonly issues: readonly z.core.$ZodIssue[],
    readonly given: unknown,
  ) {
    super('the request does not match its schema');
  }
}

/** Keeps zod's issues with what was given: fastify-type-provider-zod's own compiler joins their paths into text. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const parsed = schema.safeParse(data);
    return parsed.success ? { value: parsed.data } : { error: new InvalidInput(parsed.error.issues, data) };
  };
