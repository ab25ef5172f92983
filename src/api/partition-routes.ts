import { z } from 'zod';
import { json } from './answers.js';
import type { ApiApp } from './api-app.js';
import { ProblemError } from './problem.js';
import { FOUND_PROBLEMS, noQuery, nothing, type ReadParts, SECURITY } from './read-parts.js';
import { clientsSchema, partitionNameSchema, partitionSchema } from './schemas.js';
import { partitionView } from './views/partition.js';

const CLIENT_SECURITY = [{ bearer: [] }, { cookie: [] }];
const MOST_CLIENTS = 1_000;

export function partitionRoutes(app: ApiApp, own: ReadParts): void {
  const { parts, door, limits, views } = own;
  const params = z.object({ name: partitionNameSchema });
  const find = (name: string) => {
    const { pass, freshness } = views.now();
    const found = partitionView(pass, views.load, parts.sight.events({ subject: name }), name, freshness);
    if (!found) throw nothing('partition', name);
    return found;
  };

  app.get('/v1/partitions/:name', {
    onRequest: [door.readers, limits.reads],
    schema: {
      summary: 'One partition: where it is, why, and what each sentinel says',
      tags: ['partitions'],
      security: SECURITY,
      params,
      querystring: noQuery,
      response: { 200: json('With its history, newest first.', partitionSchema), ...FOUND_PROBLEMS },
    },
    handler: async (request) => find(request.params.name),
  });

  app.get('/v1/partitions/:name/clients', {
    // Addresses and names of other people's applications: never open, whoever else may read without a token.
    onRequest: [door.reader, limits.costlyReads],
    schema: {
      summary: 'Who is connected to a partition',
      description: 'Tells addresses of applications: it always needs a token, also where reading is open.',
      tags: ['partitions'],
      security: CLIENT_SECURITY,
      params,
      querystring: noQuery,
      response: { 200: json('By name and address.', clientsSchema), ...FOUND_PROBLEMS },
    },
    handler: async (request, reply) => {
      const { address } = find(request.params.name);
      void reply.header('cache-control', 'no-store');
      if (address === null) return { address, clients: [], truncated: false };
      const clients = await parts.control.clientsOf(address).catch((error: unknown) => {
        parts.failed(error, `CLIENT LIST of ${address}`);
        throw new ProblemError(503, `the pod at ${address} does not answer`, {}, { 'retry-after': '5' });
      });
      return { address, clients: clients.slice(0, MOST_CLIENTS), truncated: clients.length > MOST_CLIENTS };
    },
  });
}
