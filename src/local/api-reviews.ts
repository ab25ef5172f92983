/** TokenReview and SubjectAccessReview: who somebody is, and what he may do. Nothing is kept of them. */
import type { IncomingMessage } from 'node:http';
import { readBody, requireMediaType } from './api-body.js';
import { ApiRefusal } from './api-refusal.js';
import type { Answer } from './api-writes.js';
import type { People } from './people.js';

const REVIEWS = {
  'authentication.k8s.io/v1/tokenreviews': 'TokenReview',
  'authorization.k8s.io/v1/subjectaccessreviews': 'SubjectAccessReview',
} as const;

export interface ReviewPath {
  readonly datacenter: string;
  readonly kind: (typeof REVIEWS)[keyof typeof REVIEWS];
}

/** @returns undefined: it is the path of something else */
export function parseReviewPath(path: string): ReviewPath | undefined {
  const [, datacenter = '', rest = ''] = /^\/([^/]+)\/apis\/(.+)$/.exec(path) ?? [];
  return Object.hasOwn(REVIEWS, rest) ? { datacenter, kind: REVIEWS[rest as keyof typeof REVIEWS] } : undefined;
}

/** @throws ApiRefusal */
export async function answerReview(
  request: IncomingMessage,
  kind: ReviewPath['kind'],
  people: People,
): Promise<Answer> {
  if (request.method !== 'POST')
    throw new ApiRefusal(405, 'MethodNotAllowed', `the embedded farm offers no ${request.method} of ${kind}`);
  requireMediaType(request, ['application/json', '']);
  const body = await readBody(request);
  const status = kind === 'TokenReview' ? people.reviewToken(body) : people.reviewAccess(body);
  return { code: 201, body: { ...body, kind, metadata: {}, status } };
}
