/** Addresses for clients in any language: answered from memory, by every replica of Barn, whoever leads or is away. */
import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify';
import { z } from 'zod';
import { json, problems } from '../answers.js';
import type { ApiApp } from '../api-app.js';
import type { ApiParts, Pass } from '../parts.js';
import { clusterNameSchema, nodesSchema, sentinelsSchema, topologySchema } from '../schemas.js';
import { AddressDesk } from './address-desk.js';
import { SentinelBook } from './sentinel-book.js';
import { TopologyBook } from './topology-book.js';
import { HUB_LIMITS, type HubLimits, WatchHub } from './watch-hub.js';

const MOST_WAIT_S = 60;

const topologyQuery = z.object({
  wait: z.coerce
    .number()
    .min(0)
    .max(MOST_WAIT_S)
    .optional()
    .meta({
      description: `with If-None-Match: so many seconds for another content than that, at most ${MOST_WAIT_S}; then 304`,
    }),
  watch: z.enum(['', 'true', 'false']).optional().meta({
    description: 'Server-Sent Events: `topology` now and with each change (the same JSON), `gone` when it is deleted',
  }),
});
const tagHeaders = z.object({ 'if-none-match': z.string().optional() });
const topologyHeaders = tagHeaders.extend({
  'last-event-id': z
    .string()
    .optional()
    .meta({ description: 'with `watch`, the `id` of the last event: it is not told again' }),
});

const NOT_MODIFIED = { 304: z.null().meta({ description: 'As the client has it.' }) };
const TAGS = ['addresses'];
const SECURITY = [{}, { bearer: [] }, { cookie: [] }];

/** `reply` without what its schema says of bodies: ours are bytes already. */
const plain = (reply: unknown): FastifyReply => reply as FastifyReply;

/** @param readers lets those in who may read */
export function addressRoutes(
  app: ApiApp,
  parts: Pick<ApiParts, 'sight' | 'now' | 'failed'>,
  readers: preHandlerHookHandler,
  limits: HubLimits = HUB_LIMITS,
): void {
  const { sight, now } = parts;
  const book = new TopologyBook(sight, now);
  const sentinels = new SentinelBook();
  const hub = new WatchHub(book, limits);
  const desk = new AddressDesk(book, sentinels, hub);
  const passed = (pass: Pass): void => {
    // What cannot be told must not end the pass of whoever tells it.
    try {
      book.passed(pass);
      sentinels.passed(pass);
    } catch (error) {
      parts.failed(error, 'addresses of a pass');
    }
  };
  const last = sight.last();
  if (last) passed(last);
  const forget = sight.onPass(passed);
  // Before the server waits for its connections: those who watch would never end by themselves.
  app.addHook('preClose', (done) => {
    forget();
    hub.close();
    done();
  });
  topologyRoute(app, desk, readers);
  listRoutes(app, desk, readers);
}

function topologyRoute(app: ApiApp, desk: AddressDesk, readers: preHandlerHookHandler): void {
  app.get('/v1/clusters/:name/topology', {
    preHandler: readers,
    schema: {
      summary: 'Where the partitions of a cache cluster are',
      description:
        'The ETag is made of size, hash and addresses, the same on every replica; the age of what is told is not in it. `generation` rises with ' +
        'each change, by the clock of the replica that answers: compare ETags, not generations, of two replicas.',
      tags: TAGS,
      security: SECURITY,
      params: z.object({ name: clusterNameSchema }),
      querystring: topologyQuery,
      headers: topologyHeaders,
      response: {
        200: {
          description: 'As JSON, or with `watch` as a stream of events.',
          content: { 'application/json': { schema: topologySchema }, 'text/event-stream': { schema: z.string() } },
        },
        ...NOT_MODIFIED,
        ...problems(400, 401, 403, 404, 503),
      },
    },
    handler: (request, reply) => {
      const { params, query, headers } = request;
      const asked = { request: request as FastifyRequest, reply: plain(reply), clusterName: params.name };
      const watches = query.watch !== undefined && query.watch !== 'false';
      // HEAD asks for the headers of an answer that ends.
      if (watches && request.method !== 'HEAD') desk.watch(asked, headers['last-event-id']);
      else desk.topology(asked, headers['if-none-match'], (query.wait ?? 0) * 1_000);
    },
  });
}

function listRoutes(app: ApiApp, desk: AddressDesk, readers: preHandlerHookHandler): void {
  app.get('/cluster/nodes', {
    preHandler: readers,
    schema: {
      summary: 'The addresses of a cache cluster as a list, by index of the partition',
      description:
        'The place in the list is the index: a partition that nobody serves keeps the address it had. `topology` tells which those are.',
      tags: TAGS,
      security: SECURITY,
      querystring: z.object({ clusterName: clusterNameSchema }),
      headers: tagHeaders,
      response: {
        200: json('By index.', nodesSchema),
        ...NOT_MODIFIED,
        ...problems(400, 401, 403, 404, 503),
      },
    },
    handler: (request, reply) => {
      const asked = { request: request as FastifyRequest, reply: plain(reply), clusterName: request.query.clusterName };
      desk.list(asked, request.headers['if-none-match']);
    },
  });

  app.get('/v1/sentinels', {
    preHandler: readers,
    schema: {
      summary: 'Where the sentinels of each group are',
      description: '`up`: it answered Barn at its last look. One that is not may still answer others.',
      tags: TAGS,
      security: SECURITY,
      headers: tagHeaders,
      response: { 200: json('All groups.', sentinelsSchema), ...NOT_MODIFIED, ...problems(400, 401, 403, 503) },
    },
    handler: (request, reply) => {
      desk.sentinels({ request: request as FastifyRequest, reply: plain(reply) }, request.headers['if-none-match']);
    },
  });
}
