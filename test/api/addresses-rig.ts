/** A farm in memory, as Barn would see it, and our address routes on a real server over it. */
import { connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { KnownTopology } from '../../src/api/addresses/known-topology.js';
import { addressRoutes } from '../../src/api/addresses/routes.js';
import { TopologyBook } from '../../src/api/addresses/topology-book.js';
import { HUB_LIMITS, type HubLimits } from '../../src/api/addresses/watch-hub.js';
import { answerErrors } from '../../src/api/answer-errors.js';
import type { ApiParts, Pass } from '../../src/api/parts.js';
import { buildApi } from '../../src/api/server.js';
import { validatorCompiler } from '../../src/api/validate.js';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import type { FarmSpec } from '../../src/farm/schema.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { deriveFacts } from '../../src/world/facts.js';
import type { World } from '../../src/world/model.js';
import { farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { put } from '../builders/placed-farm.js';

export class SeenFarm {
  readonly imaginary: ImaginaryFarm;
  readonly #listeners = new Set<(pass: Pass) => void>();
  trouble: string | undefined;
  pass: Pass | undefined;
  /** ms since the epoch; stands still unless a test moves it */
  clock = Date.UTC(2026, 10, 22);

  constructor(changes: Partial<FarmSpec> = {}) {
    this.imaginary = new ImaginaryFarm(resolveFarm(farmSpec(changes)));
    for (const cluster of this.imaginary.farm.cacheClusters) this.#serve(cluster);
  }

  /** Every partition of it on the next free pod. */
  #serve({ clusterName, clusterSize, tier }: CacheCluster): void {
    for (let index = 0; index < clusterSize; index++) {
      const pod = this.imaginary.pods.find((one) => one.tier === tier && one.state.claim.kind === 'locked');
      if (pod) put(this.imaginary, clusterName, index, pod);
    }
  }

  get farm(): Farm {
    return this.imaginary.farm;
  }

  get sight() {
    return {
      last: () => this.pass,
      trouble: () => this.trouble,
      events: () => [],
      leads: () => true,
      ready: () => ({ ok: true }),
      onEvent: () => () => undefined,
      onPass: (listener: (pass: Pass) => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  declare(change: (clusters: readonly CacheCluster[]) => readonly CacheCluster[]): void {
    this.imaginary.farm = { ...this.farm, cacheClusters: change(this.farm.cacheClusters) };
  }

  at(partition: string): ImaginaryFarm['pods'][number] {
    const found = this.imaginary.pods.find(
      ({ state: { claim } }) => claim.kind === 'bound' && claim.partition === partition,
    );
    if (!found) throw new Error(`nobody holds ${partition}`);
    return found;
  }

  idle(tier = 'M1'): ImaginaryFarm['pods'][number] {
    const found = this.imaginary.pods.find(({ tier: its, state }) => its === tier && state.claim.kind === 'locked');
    if (!found) throw new Error(`no idle pod of ${tier}`);
    return found;
  }

  /** Says of every sentinel of the farm what is changed in it. */
  sentinels(change: Partial<ImaginaryFarm['sentinels'][number]>): void {
    for (const sentinel of this.imaginary.sentinels) Object.assign(sentinel, change);
  }

  flag(partition: string, flags: readonly string[]): void {
    for (const { names } of this.imaginary.sentinels) {
      const view = names.get(partition);
      if (view) names.set(partition, { ...view, flags });
    }
  }

  /** Barn looks: as the imaginary farm is now, or as a test makes it. */
  look(change: (world: World) => World = (world) => world): Pass {
    const world = change({ ...this.imaginary.world(), observedAt: this.clock });
    const farm =
      world.cacheClusters === this.farm.cacheClusters
        ? this.farm
        : { ...this.farm, cacheClusters: world.cacheClusters };
    const plan = { decisions: [], notes: [] };
    const pass = { farm, world, facts: deriveFacts(farm, world), plan, budget: UNLIMITED };
    this.pass = pass;
    for (const listener of this.#listeners) listener(pass);
    return pass;
  }
}

export interface Served {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly port: number;
  readonly failures: unknown[];
}

/** A book that hears of each look, and what it told. */
export function opened(seen = new SeenFarm()): { seen: SeenFarm; book: TopologyBook; told: string[] } {
  const book = new TopologyBook(seen.sight, () => seen.clock);
  const told: string[] = [];
  seen.sight.onPass((pass) => book.passed(pass));
  book.onChange((clusterName, topology) => told.push(`${clusterName} ${topology ? 'changed' : 'gone'}`));
  return { seen, book, told };
}

export function knownOf(book: TopologyBook, name = 'User.id'): KnownTopology {
  const known = book.of(name);
  if (!known) throw new Error(`${name} is not known`);
  return known;
}

/** No KubeCluster can be read. */
export const unreadAll = (world: World): World => ({
  ...world,
  datacenters: world.datacenters.map((one) => ({ ...one, complete: false, problem: 'refused' })),
  pods: [],
  groups: world.groups.map((group) => ({ ...group, sentinels: [] })),
  cacheClusters: [],
});

type Parts = Pick<ApiParts, 'sight' | 'now' | 'failed'>;

/** Our routes alone, with limits of a test's own. */
function bare(parts: Parts, limits: Partial<HubLimits>): FastifyInstance {
  const app = Fastify().withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerErrors(parts));
  addressRoutes(app, parts, (_request, _reply, done) => done(), { ...HUB_LIMITS, ...limits });
  return app as unknown as FastifyInstance;
}

const nothing = (): never => {
  throw new Error('addresses change nothing');
};

/** The whole API, as Barn serves it. @param token of the only person who may read; left out: reading is open */
function whole(parts: Parts, token?: string): Promise<FastifyInstance> {
  return buildApi({
    ...parts,
    control: {
      declared: nothing,
      change: nothing,
      drain: nothing,
      rebalance: nothing,
      approve: nothing,
      clientsOf: nothing,
    },
    gate: {
      who: async (given) => (given === token ? { user: 'reader', groups: [] } : undefined),
      may: async () => true,
    },
    openReading: token === undefined,
    page: undefined,
    version: '0',
    audit: () => undefined,
  });
}

export async function serve(
  seen: SeenFarm,
  options: { readonly limits?: Partial<HubLimits>; readonly token?: string } = {},
): Promise<Served> {
  const failures: unknown[] = [];
  const parts = { sight: seen.sight, now: () => seen.clock, failed: (error: unknown) => failures.push(error) };
  const app = options.limits ? bare(parts, options.limits) : await whole(parts, options.token);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { app, failures, port: address.port, url: `http://127.0.0.1:${address.port}` };
}

export async function eventually(what: string, holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
}

/** mulberry32: 0..below - 1, the same for the same seed */
export function seededNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}

export interface HeardEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** A client of Server-Sent Events on a bare socket, so that it may read slowly, break off, and see what is really sent. */
export class Listener {
  readonly socket: Socket;
  text = '';
  closed = false;

  constructor(port: number, path: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = connect(port, '127.0.0.1');
    const lines = Object.entries({ host: 'x', accept: 'text/event-stream', ...headers }).map(
      ([k, v]) => `${k}: ${v}\r\n`,
    );
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    this.socket.on('data', (bytes) => {
      this.text += bytes.toString();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  get head(): string {
    return this.text.split('\r\n\r\n', 1)[0] ?? '';
  }

  get body(): string {
    return this.text.slice(this.head.length + 4);
  }

  get events(): readonly HeardEvent[] {
    return this.body.split('\n\n').flatMap((block) => {
      const of = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const [event, data] = [of('event'), of('data')];
      return event === undefined || data === undefined ? [] : [{ event, id: of('id'), data }];
    });
  }

  async hears(count: number): Promise<readonly HeardEvent[]> {
    await eventually(`${count} events`, () => this.events.length >= count);
    return this.events;
  }

  leave(): void {
    this.socket.destroy();
  }
}
