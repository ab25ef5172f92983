/** The HTTP API of one process, made of its parts. */
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import { type FastifyInstance, fastify } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { addressRoutes } from './addresses/routes.js';
import { answerErrors } from './answer-errors.js';
import type { ApiApp } from './api-app.js';
import { tellAttempts } from './audit-trail.js';
import { brakeRoutes } from './brake-routes.js';
import { answerBroken } from './broken-requests.js';
import { clusterRoutes } from './cluster-routes.js';
import { controlRoutes } from './control-routes.js';
import { farmRoutes } from './farm-routes.js';
import { IdempotencyBook } from './idempotency.js';
import { isLoopback, refuseForeignHosts } from './loopback-hosts.js';
import { openApiRoute, registerOpenApi } from './openapi.js';
import { Page, pageRoutes } from './page-files.js';
import { PageStream } from './page-stream.js';
import { partitionRoutes } from './partition-routes.js';
import type { ApiParts, RunningApi } from './parts.js';
import { rateLimits } from './rate-limits.js';
import type { ReadParts } from './read-parts.js';
import { registerSecurityHeaders } from './security-headers.js';
import { sessionRoutes } from './session-routes.js';
import { streamRoutes } from './stream-routes.js';
import { answerUnknown, RouteTable } from './unknown-routes.js';
import { validatorCompiler } from './validate.js';
import { ViewsNow } from './views-now.js';
import { Doorkeeper } from './who-asks.js';

const BODY_BYTES = 64 * 1_024;
/** A token of an identity provider with many groups is some kB; Node's own limit of 16 kB holds all headers. */
const HEADER_BYTES = 32 * 1_024;
/** A request must have arrived within, headers within less. ms */
const REQUEST_WITHIN = 15_000;
/** Longer than the usual load balancer keeps a connection, so that it is the one to close it. ms */
const KEEP_ALIVE = 72_000;
/** What runs when it is closed may finish; then every connection is cut. ms */
const CLOSE_WITHIN = 5_000;

function createApp(parts: ApiParts): ApiApp {
  const answer = answerErrors(parts);
  const app = fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_WITHIN,
    keepAliveTimeout: KEEP_ALIVE,
    http: { maxHeaderSize: HEADER_BYTES, headersTimeout: REQUEST_WITHIN },
    // Who asked is who is connected: a header that anybody can write must not stand in an audit line.
    trustProxy: false,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => void answer(error, request, reply as never),
    clientErrorHandler: answerBroken,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answer);
  app.decorateRequest('person', undefined);
  app.decorateRequest('attempt', undefined);
  acceptJson(app);
  return app;
}

/** JSON only. An empty body is none: DELETE often comes with the content type of its client's other requests. */
function acceptJson(app: ApiApp): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') done(null, undefined);
      else void parse(request, body as string, done);
    },
  );
}

/** @returns the server, ready for `inject()` or `listen()` */
export async function buildApi(
  parts: ApiParts,
  options: { readonly loopback?: boolean } = {},
): Promise<FastifyInstance> {
  const app = createApp(parts);
  const table = new RouteTable();
  app.addHook('onRoute', (route) => table.add(route));
  if (options.loopback) app.addHook('onRequest', refuseForeignHosts);
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  await registerOpenApi(app as unknown as FastifyInstance, parts.version);
  const limits = rateLimits(app as unknown as FastifyInstance);
  const door = new Doorkeeper(parts.gate, parts.openReading, limits.tries, parts.now);
  await app.register(async (addresses) => {
    addresses.addHook('onRequest', (_request, reply, done) => {
      reply.raw.setHeader('x-content-type-options', 'nosniff');
      done();
    });
    addressRoutes(addresses as ApiApp, parts, door.readers);
  });
  await app.register(async (all) => {
    await registerSecurityHeaders(all as unknown as FastifyInstance);
    all.addHook('onSend', tellAttempts(parts));
    const rest = all as ApiApp;
    const views = new ViewsNow(parts);
    const stream = new PageStream(parts, views);
    all.addHook('preClose', (done) => {
      stream.close();
      views.close();
      done();
    });
    sessionRoutes(rest, door, limits);
    const reads: ReadParts = { parts, door, limits, views };
    for (const routes of [farmRoutes, clusterRoutes, partitionRoutes, brakeRoutes]) routes(rest, reads);
    streamRoutes(rest, stream, door, limits);
    controlRoutes(rest, { parts, door, limits, book: new IdempotencyBook(parts.now) });
    openApiRoute(rest, door);
    const page = parts.page === undefined ? undefined : await Page.read(parts.page);
    if (page) pageRoutes(rest, page);
    answerUnknown(rest, table, page);
  });
  await app.ready();
  return app as unknown as FastifyInstance;
}

/** @throws when the port is taken */
export async function startApi(
  parts: ApiParts,
  listen: { readonly host: string; readonly port: number },
): Promise<RunningApi> {
  const app = await buildApi(parts, { loopback: isLoopback(listen.host) });
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (error) {
    await app.close();
    throw error;
  }
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : listen.port;
  return {
    address: `${listen.host}:${port}`,
    close: async () => {
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_WITHIN);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
      }
    },
  };
}
