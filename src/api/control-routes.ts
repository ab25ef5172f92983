/** Everything that changes something. Each goes: who, may he, which version, was it asked before, do it, tell the audit. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parsePartitionName } from '../farm/words.js';
import { json, problems } from './answers.js';
import type { ApiApp } from './api-app.js';
import { attempts, note } from './audit-trail.js';
import { refuseForeignPages } from './csrf.js';
import { limitFaults } from './field-faults.js';
import { type Answer, fingerprint, type IdempotencyBook, keyOf } from './idempotency.js';
import { etagOf, expectedVersion } from './if-match.js';
import type { ApiParts, Verb } from './parts.js';
import { ProblemError } from './problem.js';
import { isDryRun, type RateLimits } from './rate-limits.js';
import {
  approvalSchema,
  type Change,
  changeSchema,
  clusterChangeSchema,
  clusterNameSchema,
  drainRequestSchema,
  drainSchema,
  dryRunSchema,
  newClusterSchema,
} from './schemas.js';
import { credentialOf, type Doorkeeper } from './who-asks.js';

export interface ControlParts {
  readonly parts: ApiParts;
  readonly door: Doorkeeper;
  readonly limits: RateLimits;
  readonly book: IdempotencyBook;
}

/** A misspelt `dryrun=true` must not make the change it was to preview. */
const dryRunQuery = dryRunSchema.strict();
const nameParams = z.object({ name: clusterNameSchema });
const changeHeaders = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .meta({ description: 'the same key and request within 10 minutes: the answer of the first, nothing done again' }),
});
const lockedHeaders = changeHeaders.extend({
  'if-match': z.string().optional().meta({ description: 'required: the version that was read', example: '"12345"' }),
});
const SECURITY = [{ bearer: [] }, { cookie: [] }];
const CHANGE_PROBLEMS = problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 503);

const withLimits = <T extends object>(fields: T): T => {
  const errors = limitFaults(fields as Readonly<Record<string, unknown>>);
  if (errors.length > 0)
    throw new ProblemError(422, errors.map(({ field, message }) => `${field} ${message}`).join('; '), {
      errors: [...errors],
    });
  return fields;
};

/** null stands for the default where a field is written, and is left out of a new object. */
const without = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

class ControlDesk {
  constructor(readonly own: ControlParts) {}

  /** For `onRequest`, in this order. */
  readonly hooks = (what: string) => [attempts(what), this.enter, this.own.limits.changes];

  /** Whoever comes by cookie must come from our page. */
  readonly enter = async (request: FastifyRequest): Promise<void> => {
    if (credentialOf(request)?.by === 'cookie') refuseForeignPages(request);
    await this.own.door.known(request);
  };

  /** A dry run changes nothing: whoever may read may see what a change would do. */
  async allow(request: FastifyRequest, verb: Verb, clusterName?: string): Promise<void> {
    const { door } = this.own;
    const person = await door.known(request);
    if (isDryRun(request)) await door.allow(person, 'read');
    else await door.allow(person, verb, clusterName);
  }

  /** Once for each Idempotency-Key; a dry run is made each time. */
  async answer<T>(request: FastifyRequest, reply: FastifyReply, run: () => Promise<Answer & { body: T }>): Promise<T> {
    const key = isDryRun(request) ? undefined : keyOf(request);
    const person = await this.own.door.known(request);
    const [answer, again] =
      key === undefined
        ? [await run(), false]
        : await this.own.book.answer(person.user, key, fingerprint(request), run);
    if (again) note(request, { why: 'answered again: the Idempotency-Key was used before' });
    void reply.code(answer.status).headers({
      'cache-control': 'no-store',
      ...answer.headers,
      ...(again ? { 'idempotency-replayed': 'true' } : {}),
    });
    return answer.body as T;
  }

  async change(
    request: FastifyRequest,
    wish: Omit<Parameters<ApiParts['control']['change']>[0], 'dryRun'>,
  ): Promise<Answer & { body: Change }> {
    const body = await this.own.parts.control.change({ ...wish, dryRun: isDryRun(request) });
    note(request, { before: body.before, after: body.after });
    const created = wish.create && !body.dryRun;
    return {
      status: created ? 201 : 200,
      headers: {
        ...(body.version === null ? {} : { etag: etagOf(body.version) }),
        ...(created ? { location: `/v1/clusters/${encodeURIComponent(body.clusterName)}` } : {}),
      },
      body,
    };
  }
}

export function controlRoutes(app: ApiApp, own: ControlParts): void {
  const desk = new ControlDesk(own);
  clusterRoutes(app, desk);
  drainRoute(app, desk);
  approvalRoute(app, desk);
}

function clusterRoutes(app: ApiApp, desk: ControlDesk): void {
  app.post('/v1/clusters', {
    config: { dryRuns: true },
    onRequest: desk.hooks('create-cluster'),
    schema: {
      summary: 'Make a cache cluster',
      description: 'With `dryRun=true` it says what would be done, and who may read may ask.',
      tags: ['cache clusters'],
      security: SECURITY,
      querystring: dryRunQuery,
      headers: changeHeaders,
      body: newClusterSchema,
      response: {
        200: json('The dry run: nothing was written.', changeSchema),
        201: json('Written; Barn makes it so.', changeSchema),
        ...CHANGE_PROBLEMS,
      },
    },
    handler: async (request, reply) => {
      const { clusterName, ...fields } = request.body;
      note(request, { subject: clusterName });
      await desk.allow(request, 'change', clusterName);
      withLimits(fields);
      return desk.answer(request, reply, () =>
        desk.change(request, { clusterName, fields: without(fields), expect: undefined, create: true }),
      );
    },
  });

  app.patch('/v1/clusters/:name', {
    config: { dryRuns: true },
    onRequest: desk.hooks('change-cluster'),
    schema: {
      summary: 'Change a cache cluster',
      description: 'Fields left out stay as they are, null takes one back to its default (RFC 7396).',
      tags: ['cache clusters'],
      security: SECURITY,
      params: nameParams,
      querystring: dryRunQuery,
      headers: lockedHeaders,
      body: clusterChangeSchema,
      response: { 200: json('Written, or the dry run.', changeSchema), ...CHANGE_PROBLEMS },
    },
    handler: async (request, reply) => {
      const { name: clusterName } = request.params;
      await desk.allow(request, 'change', clusterName);
      const expect = expectedVersion(request);
      const fields = without(withLimits(request.body));
      return desk.answer(request, reply, () => desk.change(request, { clusterName, fields, expect, create: false }));
    },
  });

  app.delete('/v1/clusters/:name', {
    config: { dryRuns: true },
    onRequest: desk.hooks('delete-cluster'),
    schema: {
      summary: 'Delete a cache cluster',
      description: 'Its partitions are given back and emptied: what they hold is gone.',
      tags: ['cache clusters'],
      security: SECURITY,
      params: nameParams,
      querystring: dryRunQuery,
      headers: lockedHeaders,
      response: { 200: json('Deleted, or the dry run.', changeSchema), ...CHANGE_PROBLEMS },
    },
    handler: async (request, reply) => {
      const { name: clusterName } = request.params;
      await desk.allow(request, 'change', clusterName);
      const expect = expectedVersion(request);
      return desk.answer(request, reply, () =>
        desk.change(request, { clusterName, fields: undefined, expect, create: false }),
      );
    },
  });
}

function drainRoute(app: ApiApp, desk: ControlDesk): void {
  app.post('/v1/drains', {
    config: { dryRuns: true },
    onRequest: desk.hooks('drain'),
    schema: {
      summary: 'Empty a machine, a datacenter or a pod, or take it back into use',
      tags: ['drain'],
      security: SECURITY,
      querystring: dryRunQuery,
      headers: changeHeaders,
      body: drainRequestSchema,
      response: {
        200: json('Marked, or the dry run; Barn moves what is there.', drainSchema),
        ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
      },
    },
    handler: async (request, reply) => {
      const { kind, name, undo } = request.body;
      note(request, { what: undo ? 'undo-drain' : 'drain', subject: `${kind} ${name}`.slice(0, 200) });
      await desk.allow(request, 'drain');
      return desk.answer(request, reply, async () => {
        const body = await desk.own.parts.control.drain(request.body, isDryRun(request));
        note(request, { after: { undo: body.undo, targets: body.targets, problems: body.problems } });
        return { status: 200, headers: {}, body };
      });
    },
  });
}

function approvalRoute(app: ApiApp, desk: ControlDesk): void {
  app.post('/v1/approvals', {
    onRequest: desk.hooks('approve'),
    schema: {
      summary: 'Let Barn replace a partition again that failed too often',
      tags: ['brakes'],
      security: SECURITY,
      querystring: z.strictObject({}),
      headers: changeHeaders,
      body: approvalSchema,
      response: {
        200: json('Barn goes on with it.', approvalSchema),
        ...problems(400, 401, 403, 409, 413, 415, 422),
      },
    },
    handler: async (request, reply) => {
      const { partition } = request.body;
      note(request, { subject: partition });
      await desk.allow(request, 'change', parsePartitionName(partition)?.clusterName);
      return desk.answer(request, reply, async () => {
        if (!desk.own.parts.control.approve(partition))
          throw new ProblemError(
            409,
            desk.own.parts.sight.leads()
              ? `${partition} is not held: there is nothing to approve`
              : 'another Barn leads: it is the one to approve to; ask again, or ask that one',
          );
        return { status: 200, headers: {}, body: { partition } };
      });
    },
  });
}
