import { z } from 'zod';
import { problems } from './answers.js';
import type { ApiApp } from './api-app.js';
import type { PageStream } from './page-stream.js';
import { ProblemError } from './problem.js';
import type { RateLimits } from './rate-limits.js';
import type { Doorkeeper } from './who-asks.js';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx keeps what it forwards until it has a page of it, unless it is told not to
  'x-accel-buffering': 'no',
};

export function streamRoutes(app: ApiApp, stream: PageStream, door: Doorkeeper, limits: RateLimits): void {
  app.get('/v1/stream', {
    // HEAD would be answered with a stream.
    exposeHeadRoute: false,
    onRequest: [door.readers, limits.streams],
    schema: {
      summary: 'All that the page shows, as it changes (Server-Sent Events)',
      description: [
        'Events: `farm` (the map without its pods), `pods` ({pods, gone, freshness}), `clusters`, `groups`, `brakes`, `health`, `event`.',
        'The first of each is the whole state; `event` comes as it happens, with an id that Last-Event-ID resumes after.',
      ].join('\n'),
      tags: ['farm'],
      security: [{}, { bearer: [] }, { cookie: [] }],
      querystring: z.strictObject({}),
      response: {
        200: {
          description: 'Goes on until one of both ends it.',
          content: { 'text/event-stream': { schema: z.string() } },
        },
        ...problems(400, 401, 403, 503),
      },
    },
    handler: (request, reply) => {
      if (!stream.hasPlace) throw new ProblemError(503, 'too many pages are open here', {}, { 'retry-after': '10' });
      // Behind another request of the same connection: nobody would say when that is closed (address-desk.ts), and its place would never be free.
      if (reply.raw.socket === null)
        throw new ProblemError(400, 'who listens does so first on his connection: ask again');
      const id = request.headers['last-event-id'];
      reply.hijack();
      stream.join({
        response: reply.raw,
        headers: HEADERS,
        lastEventId: typeof id === 'string' ? id : undefined,
        mayStay: async () => {
          if (door.openReading) return true;
          request.person = undefined;
          try {
            await door.reader(request);
            return true;
          } catch (error) {
            if (error instanceof ProblemError && (error.status === 401 || error.status === 403)) return false;
            throw error;
          }
        },
      });
    },
  });
}
