// A server of bench:api, alone in its process: `ours` is the whole API over a World of any size, that is looked at once a second; `bare` is
// node:http with the same answers as fixed bytes and nothing around them, the most that Node can do here.
import { createServer } from 'node:http';
import { answerMessages } from './api-processes.mjs';
import { now } from './recovery-report.mjs';

const [kind, partitions] = process.argv.slice(2);
const LOOK_EVERY_MS = 1_000;

const nothing = () => {
  throw new Error('nothing is changed here');
};

/** Two Worlds in turn: all is well, and one partition of the cache cluster has lost its pod. */
async function prepare() {
  const { deriveFacts } = await import('../lib/src/world/facts.js');
  const { generate, kill } = await import('./scale-world.mjs');
  const { farm, look } = generate(Number(partitions));
  const well = look();
  const [{ clusterName }] = farm.cacheClusters;
  const { agreed } = deriveFacts(farm, well).partitions[0];
  const budget = {
    replacementsLeft: () => 0,
    backingReplacementsLeft: () => 0,
    bindsLeft: 0,
    movesLeft: 0,
  };
  const passes = [well, kill(well, new Set([agreed]))].map((world) => ({
    farm,
    world,
    facts: deriveFacts(farm, world),
    plan: { decisions: [], notes: [] },
    budget,
  }));
  return { clusterName, passes };
}

async function startOurs() {
  const { startApi } = await import('../lib/src/api/server.js');
  const { clusterName, passes } = await prepare();
  const listeners = new Set();
  let [pass] = passes;
  const look = () => {
    pass = { ...pass, world: { ...pass.world, observedAt: Date.now() } };
    for (const listener of listeners) listener(pass);
  };
  look();
  const failed = (error) => process.stderr.write(`${error?.stack ?? error}\n`);
  const api = await startApi(
    {
      sight: {
        last: () => pass,
        trouble: () => undefined,
        events: () => [],
        leads: () => true,
        ready: () => ({ ok: true }),
        onPass: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        onEvent: () => () => undefined,
      },
      control: {
        declared: nothing,
        change: nothing,
        drain: nothing,
        rebalance: nothing,
        approve: nothing,
        clientsOf: nothing,
      },
      gate: { who: async () => undefined, may: async () => false },
      openReading: true,
      page: undefined,
      version: 'bench',
      now: Date.now,
      audit: nothing,
      failed,
    },
    { host: '127.0.0.1', port: 0 },
  );
  setInterval(look, LOOK_EVERY_MS);
  return {
    port: Number(api.address.split(':').at(-1)),
    path: `/v1/clusters/${clusterName}/topology`,
    change: () => {
      pass = passes[pass.facts === passes[0].facts ? 1 : 0];
      look();
    },
  };
}

/** @param body, etag as ours gives them */
async function startBare({ body, etag }) {
  const bytes = Buffer.from(body);
  const head = { etag, 'cache-control': 'no-cache', age: 0, 'x-content-type-options': 'nosniff' };
  const type = { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length };
  const frame = Buffer.from(`event: topology\nid: 0000000000000000000000\ndata: ${body}\n\n`);
  const watchers = new Set();
  const server = createServer((request, response) => {
    if (request.url.endsWith('?watch')) {
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(frame);
      watchers.add(response);
    } else if (request.headers['if-none-match'] === etag) response.writeHead(304, head).end();
    else response.writeHead(200, { ...head, ...type }).end(bytes);
  });
  await new Promise((resolve) => server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, resolve));
  return {
    port: server.address().port,
    path: '/v1/clusters/any/topology',
    change: () => {
      for (const response of watchers) response.write(frame);
    },
  };
}

let server;
const usage = () => {
  const { user, system } = process.cpuUsage();
  return { at: now(), cpuMs: (user + system) / 1_000 };
};

answerMessages({
  start: async (given) => {
    server = kind === 'ours' ? await startOurs() : await startBare(given);
    return { port: server.port, path: server.path };
  },
  usage,
  memory: () => {
    globalThis.gc?.();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { rss, heapUsed, external, arrayBuffers };
  },
  change: () => {
    const before = usage();
    server.change();
    return before;
  },
});
