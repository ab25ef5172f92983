/** /openapi.json, made of the routes' own schemas: what is validated is what is documented. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { ApiApp } from './api-app.js';
import type { Doorkeeper } from './who-asks.js';
import { SESSION_COOKIE } from './who-asks.js';

const DESCRIPTION = `Where the partitions of cache clusters are, what the farm is like, and the way to change what is declared.

* Every answer that is no success is \`application/problem+json\` (RFC 9457); \`errors\` name the fields.
* Reading is answered from memory by any replica, also while Sentinel, Kubernetes or the leader are away; \`freshness\` says how old it is.
* Changes take a Kubernetes token (\`Authorization: Bearer\`), name the version they were made on (\`If-Match\`), and may carry an
  \`Idempotency-Key\`. With \`dryRun=true\` they say what would be done; for that it is enough to be known and to may read.
* By the cookie of the page, changes also need \`X-Cachefarm-Page: 1\` and must come from the page's own origin.
* Times are ms since the epoch, durations ms, sizes bytes, addresses \`ip:port\`.`;

const TAGS = [
  { name: 'addresses', description: 'for clients of the caches' },
  { name: 'cache clusters', description: 'read and change' },
  { name: 'partitions', description: 'one partition' },
  { name: 'farm', description: 'the farm as a whole' },
  { name: 'drain', description: 'emptying machines and pods' },
  { name: 'sentinel groups', description: 'their agreement and load' },
  { name: 'brakes', description: 'what Barn may do, does, and holds back' },
  { name: 'session', description: 'log-in of the page' },
];

/** Before the routes: it hears of each as it is added. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'cachefarm',
        description: DESCRIPTION,
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: TAGS,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'a Kubernetes token, checked by TokenReview' },
          cookie: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'of the page: POST /v1/session' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

type Loose = Record<string, unknown>;

function refsIn(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref' && typeof inner === 'string') found.add(inner.replace('#/components/schemas/', ''));
    else refsIn(inner, found);
  }
}

/** Each shape is offered as input and as output; only what some route refers to stays. */
export function pruneSchemas(document: Loose): Loose {
  const components = (document.components ?? {}) as Loose;
  const schemas = (components.schemas ?? {}) as Loose;
  const used = new Set<string>();
  refsIn(document.paths, used);
  // A set grows while it is gone through: what is referred to refers to more.
  for (const name of used) refsIn(schemas[name], used);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...components, schemas: kept } };
}

export function openApiRoute(app: ApiApp, door: Doorkeeper): void {
  let text: string | undefined;
  app.get('/openapi.json', {
    onRequest: door.readers,
    schema: { hide: true },
    handler: async (_request, reply) => {
      text ??= JSON.stringify(pruneSchemas(app.swagger() as unknown as Loose));
      return reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(text);
    },
  });
}
