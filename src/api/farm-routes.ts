/** The farm as a whole, from memory: also while Sentinel, Kubernetes or the leader are away, with its age. */
import { z } from 'zod';
import { json, problems } from './answers.js';
import type { ApiApp } from './api-app.js';
import {
  FOUND_PROBLEMS,
  noQuery,
  nothing,
  READ_PROBLEMS,
  type ReadParts,
  SECURITY,
  sendText,
  sendView,
} from './read-parts.js';
import { eventsSchema, farmMapSchema, healthSchema, limitsSchema, lossSchema } from './schemas.js';
import { eventView } from './views/events.js';
import { farmMap } from './views/farm-map.js';
import { limitsView } from './views/limits.js';
import { lossOf } from './views/loss.js';

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most))
    .optional();

export function farmRoutes(app: ApiApp, own: ReadParts): void {
  const { parts, door, limits, views } = own;
  const reads = [door.readers, limits.reads];

  app.get('/v1/health', {
    onRequest: reads,
    schema: {
      summary: 'How this process is, and the farm as a whole',
      description:
        'Answers as long as the process does, also before the farm was seen: `ready` and `freshness` say so.',
      tags: ['farm'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('As far as is known.', healthSchema), ...problems(400, 401, 403, 503) },
    },
    handler: async (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return views.health();
    },
  });

  app.get('/v1/limits', {
    onRequest: reads,
    schema: {
      summary: 'What a form needs to know to be checked as it is filled in',
      tags: ['farm'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('Tiers, groups, names taken, largest sizes.', limitsSchema), ...READ_PROBLEMS },
    },
    handler: (_request, reply) => {
      const { pass } = views.now();
      return sendText(
        reply,
        views.once('limits', pass, () => JSON.stringify(limitsView(pass))),
      ) as never;
    },
  });

  app.get('/v1/map', {
    onRequest: reads,
    schema: {
      summary: 'The farm map: datacenters, machines, ports, every pod',
      tags: ['farm'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('The whole map; /v1/stream tells what changes.', farmMapSchema), ...READ_PROBLEMS },
    },
    handler: (_request, reply) =>
      sendView(own, reply, 'map', ({ pass, freshness }) => farmMap(pass, views.load, freshness)) as never,
  });

  app.get('/v1/loss', {
    onRequest: [door.readers, limits.costlyReads],
    schema: {
      summary: 'What would be lost with a machine, a datacenter or a pod',
      tags: ['farm'],
      security: SECURITY,
      querystring: z.strictObject({
        kind: z.enum(['machine', 'datacenter', 'pod']),
        name: z.string().min(1).max(300).meta({ description: 'pods as `<datacenter>/<name>`', example: 'a-m1' }),
      }),
      response: { 200: json('Partitions, standbys, sentinels, capacity.', lossSchema), ...FOUND_PROBLEMS },
    },
    handler: async (request) => {
      const { kind, name } = request.query;
      const loss = lossOf(views.now().pass, kind, name);
      if (!loss) throw nothing(kind, name);
      return loss;
    },
  });

  app.get('/v1/events', {
    onRequest: reads,
    schema: {
      summary: 'What happened, oldest first',
      description:
        'With `since` the next `limit` events after that `seq`, else the newest. Each replica of Barn numbers its own; about 1,000 are kept.',
      tags: ['farm'],
      security: SECURITY,
      querystring: z.strictObject({
        since: wholeNumber(0, Number.MAX_SAFE_INTEGER),
        subject: z
          .string()
          .min(1)
          .max(300)
          .optional()
          .meta({ description: 'a cache cluster with all its partitions, or one subject' }),
        limit: wholeNumber(1, 1_000),
      }),
      response: { 200: json('Events, and the first and last number that are kept.', eventsSchema), ...READ_PROBLEMS },
    },
    handler: async (request) => {
      const { since, subject, limit = 1_000 } = request.query;
      const all = parts.sight.events();
      const found = parts.sight.events({
        ...(since === undefined ? {} : { since }),
        ...(subject === undefined ? {} : { subject }),
      });
      const events = since === undefined ? found.slice(-limit) : found.slice(0, limit);
      return { events: events.map(eventView), first: all[0]?.seq ?? 0, last: all.at(-1)?.seq ?? 0 };
    },
  });
}
