import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { type Loose, record } from '../farm/loose.js';
import { ApiRefusal, badRequest } from './api-refusal.js';

/** Kubernetes' own ceiling for a request */
const MAX_BYTES = 3 * 2 ** 20;

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= MAX_BYTES) chunks.push(chunk as Buffer);
  }
  // Read to its end all the same: a connection that is cut in the middle could not carry the answer.
  if (length > MAX_BYTES) throw new ApiRefusal(413, 'RequestEntityTooLarge', `the body is over ${MAX_BYTES} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

/** `application/json; charset=utf-8` -> application/json; '' when there is none */
export const mediaType = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** @throws ApiRefusal 415 that names what is taken */
export function requireMediaType(request: IncomingMessage, accepted: readonly string[]): string {
  const given = mediaType(request);
  if (accepted.includes(given)) return given;
  throw new ApiRefusal(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.filter((one) => one !== '').join(', ')}`,
  );
}

/**
 * The body of a request as an object; an empty one is {}.
 * @throws ApiRefusal 400 when it is none, 413
 */
export async function readBody(request: IncomingMessage): Promise<Loose> {
  const text = await readAll(request);
  if (text.trim() === '') return {};
  let value: unknown;
  const yaml = mediaType(request).endsWith('yaml');
  try {
    // What a warning of the parser quotes is the sender's text: it does not belong into our output.
    value = yaml ? parse(text, { logLevel: 'error' }) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is not ${yaml ? 'YAML' : 'JSON'}: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('the body is not an object');
  return record(value);
}
