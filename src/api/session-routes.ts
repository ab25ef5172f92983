/** Log-in of the page: the token goes into a cookie that no script can read; nothing is kept here, so any replica knows it. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { json, problems } from './answers.js';
import type { ApiApp } from './api-app.js';
import { attempts, note } from './audit-trail.js';
import { refuseForeignPages } from './csrf.js';
import type { Person } from './parts.js';
import { ProblemError } from './problem.js';
import type { RateLimits } from './rate-limits.js';
import { loginSchema, type SessionView, sessionSchema } from './schemas.js';
import { credentialOf, type Doorkeeper, SESSION_COOKIE } from './who-asks.js';

/** s: longer than a working day; the token itself may end sooner */
const COOKIE_SECONDS = 12 * 60 * 60;
/** Browsers take cookies of 4,096 bytes, name and attributes included. */
const LONGEST_IN_COOKIE = 3_900;

/** https as far as we know: ourselves, or what the browser says its page came by (a proxy may end TLS in front of us). */
const cameByHttps = (request: FastifyRequest): boolean =>
  request.protocol === 'https' || (request.headers.origin?.startsWith('https://') ?? false);

const noQuery = z.strictObject({});

const cookieOf = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: cameByHttps(request) }) as const;

async function viewOf(door: Doorkeeper, person: Person | undefined): Promise<SessionView> {
  const { openReading } = door;
  if (!person) return { user: null, groups: [], may: { read: openReading, change: false, drain: false }, openReading };
  const [read, change, drain] = await Promise.all([
    door.may(person, 'read'),
    door.may(person, 'change'),
    door.may(person, 'drain'),
  ]);
  return { user: person.user, groups: [...person.groups], may: { read, change, drain }, openReading };
}

/**
 * Nobody for a token that is not valid any more: whoever asks who he is should not be refused for it. Its cookie stays: taken away here it might
 * take a new one along, as a page asks this and logs in at once; a log-in writes over it.
 */
async function whoever(door: Doorkeeper, request: FastifyRequest): Promise<Person | undefined> {
  const credential = credentialOf(request);
  if (!credential) return undefined;
  try {
    return await door.personOf(request, credential.token);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 401) throw error;
    return undefined;
  }
}

export function sessionRoutes(app: ApiApp, door: Doorkeeper, limits: RateLimits): void {
  app.get('/v1/session', {
    onRequest: limits.reads,
    schema: {
      summary: 'Who is logged in, and what he may',
      tags: ['session'],
      querystring: noQuery,
      response: { 200: json('He, or nobody.', sessionSchema), ...problems(400, 401, 503) },
    },
    handler: async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return viewOf(door, await whoever(door, request));
    },
  });

  app.post('/v1/session', {
    // Refused until it is known to be somebody's; what breaks on the way is a refused log-in as well.
    onRequest: [attempts('log-in-refused'), limits.costlyReads, async (request) => refuseForeignPages(request)],
    schema: {
      summary: 'Log in',
      description:
        'For the page: sets the token as an HttpOnly cookie. Programs send `Authorization: Bearer <token>` with each request instead.',
      tags: ['session'],
      querystring: noQuery,
      body: loginSchema,
      response: {
        200: json('Logged in; the cookie is set.', sessionSchema),
        ...problems(400, 401, 403, 413, 415, 422, 503),
      },
    },
    handler: async (request, reply) => {
      const { token } = request.body;
      if (!/^[\x21-\x7e]+$/.test(token) || encodeURIComponent(token).length > LONGEST_IN_COOKIE)
        throw new ProblemError(422, 'a token for the page is visible ASCII and fits a cookie', {
          errors: [{ field: 'token', message: `must be visible ASCII, at most ${LONGEST_IN_COOKIE} bytes encoded` }],
        });
      const person = await door.personOf(request, token);
      request.person = person;
      note(request, { what: 'log-in', subject: person.user });
      const view = await viewOf(door, person);
      void reply
        .header('cache-control', 'no-store')
        .setCookie(SESSION_COOKIE, token, { ...cookieOf(request), maxAge: COOKIE_SECONDS });
      return view;
    },
  });

  app.delete('/v1/session', {
    onRequest: [limits.costlyReads, async (request) => refuseForeignPages(request)],
    schema: {
      summary: 'Log out',
      description: 'Takes the cookie away. The token itself stays valid: Kubernetes ends it, not this server.',
      tags: ['session'],
      querystring: noQuery,
      response: { 200: json('Nobody is logged in here.', sessionSchema), ...problems(400, 403) },
    },
    handler: async (request, reply) => {
      void reply.header('cache-control', 'no-store').clearCookie(SESSION_COOKIE, cookieOf(request));
      return viewOf(door, undefined);
    },
  });
}
