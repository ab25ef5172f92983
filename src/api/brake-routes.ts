/** Sentinel groups, brakes, and what Barn decided or would. */
import { z } from 'zod';
import { json } from './answers.js';
import type { ApiApp } from './api-app.js';
import { noQuery, READ_PROBLEMS, type ReadParts, SECURITY, sendView } from './read-parts.js';
import { brakesSchema, decisionSchema, groupsSchema, type RebalanceView, rebalanceSchema } from './schemas.js';
import { brakesView } from './views/brakes.js';
import { decisionViews } from './views/decisions.js';
import { groupsView } from './views/groups.js';

/** Many who ask for the same at once share one answer. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= ask().finally(() => {
      running = undefined;
    });
    return running;
  };
}

export function brakeRoutes(app: ApiApp, own: ReadParts): void {
  const { parts, door, limits, views } = own;
  const rebalance: () => Promise<RebalanceView> = shared(() => parts.control.rebalance());

  app.get('/v1/groups', {
    onRequest: [door.readers, limits.reads],
    schema: {
      summary: 'Sentinel groups: agreement, tilt, load',
      tags: ['sentinel groups'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('All groups.', groupsSchema), ...READ_PROBLEMS },
    },
    handler: (_request, reply) =>
      sendView(own, reply, 'groups', ({ pass, freshness }) => groupsView(pass, freshness)) as never,
  });

  app.get('/v1/brakes', {
    onRequest: [door.readers, limits.reads],
    schema: {
      summary: 'What Barn may still do, and what is held and why',
      tags: ['brakes'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('Budgets and what is held.', brakesSchema), ...READ_PROBLEMS },
    },
    handler: async (_request, reply) => {
      const { pass, freshness } = views.now();
      void reply.header('cache-control', 'no-store');
      return brakesView(pass, parts.sight.leads(), freshness);
    },
  });

  app.get('/v1/rebalance', {
    onRequest: [door.readers, limits.costlyReads],
    schema: {
      summary: 'Moves that would spread the cache clusters better, with gain and cost',
      tags: ['brakes'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('Nothing is done: Barn makes such moves by itself.', rebalanceSchema), ...READ_PROBLEMS },
    },
    handler: async () => {
      views.now();
      return rebalance();
    },
  });

  app.get('/v1/decisions', {
    onRequest: [door.readers, limits.reads],
    schema: {
      summary: 'What the last pass decided, with reasons',
      tags: ['brakes'],
      security: SECURITY,
      querystring: noQuery,
      response: { 200: json('In the order in which they are carried out.', z.array(decisionSchema)), ...READ_PROBLEMS },
    },
    handler: async () => decisionViews(views.now().pass.plan.decisions),
  });
}
