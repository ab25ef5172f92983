/** Cache clusters, read; control-routes.ts changes them. */
import { z } from 'zod';
import { json } from './answers.js';
import type { ApiApp } from './api-app.js';
import { etagOf } from './if-match.js';
import type { Declared } from './parts.js';
import { FOUND_PROBLEMS, noQuery, nothing, READ_PROBLEMS, type ReadParts, SECURITY, sendView } from './read-parts.js';
import { clusterDetailSchema, clusterNameSchema, clustersSchema } from './schemas.js';
import { clusterDetail, clustersView } from './views/clusters.js';

/** The version of a cache cluster is asked of KubeClusters: what is read from memory does not wait long for them. ms */
const DECLARED_WITHIN = 2_000;

/** @returns undefined when it takes longer, or fails */
async function within<T>(ms: number, asked: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

export function clusterRoutes(app: ApiApp, own: ReadParts): void {
  const { parts, door, limits, views } = own;

  app.get('/v1/clusters', {
    onRequest: [door.readers, limits.reads],
    schema: {
      summary: 'All cache clusters',
      tags: ['cache clusters'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('Sizes, load, spread, conditions.', clustersSchema), ...READ_PROBLEMS },
    },
    handler: (_request, reply) =>
      sendView(own, reply, 'clusters', ({ pass, freshness }) => clustersView(pass, views.load, freshness)) as never,
  });

  app.get('/v1/clusters/:name', {
    onRequest: [door.readers, limits.costlyReads],
    schema: {
      summary: 'One cache cluster, whole',
      description: '`version` (and the ETag, which is made of it) is what If-Match of a change takes.',
      tags: ['cache clusters'],
      security: SECURITY,
      params: z.object({ name: clusterNameSchema }),
      querystring: noQuery,
      response: { 200: json('With its partitions, owner and version.', clusterDetailSchema), ...FOUND_PROBLEMS },
    },
    handler: async (request, reply) => {
      const { name } = request.params;
      views.now();
      const declared: Declared | undefined = await within(DECLARED_WITHIN, parts.control.declared(name));
      const { pass, freshness } = views.now();
      const detail = clusterDetail(pass, views.load, freshness, name, declared);
      if (!detail) throw nothing('cache cluster', name);
      void reply.header('cache-control', 'no-store');
      if (detail.version !== null) void reply.header('etag', etagOf(detail.version));
      return detail;
    },
  });
}
