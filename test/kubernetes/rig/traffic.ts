import {
  type CacheClusterConnections,
  type CacheClusterOptions,
  connectCacheCluster,
} from '../../../src/client/index.js';

/** A time without an acknowledged write, ms on the steady clock. */
export interface Gap {
  readonly partition: string;
  readonly from: number;
  readonly to: number;
}

export interface Ack {
  readonly partition: string;
  readonly at: number;
  /** `ip:port` that it came from */
  readonly address: string;
}

export interface TrafficRound {
  /** partition -> its longest time between two acknowledged writes, ms */
  readonly longest: ReadonlyMap<string, number>;
  /** those above OUTAGE_MS */
  readonly outages: readonly Gap[];
  readonly acks: readonly Ack[];
  readonly errors: number;
}

interface Lane {
  readonly partition: string;
  readonly write: (number: number) => Promise<string>;
  number: number;
  last: number;
  gaps: Gap[];
  acks: Ack[];
  errors: number;
}

/** An application of one cache cluster. */
interface Written {
  readonly connections: CacheClusterConnections;
  readonly lanes: readonly Lane[];
}

const EVERY_MS = 20;
/** A partition was unavailable: longer than a busy machine makes a healthy one wait. */
export const OUTAGE_MS = 250;
/** keys a partition: overwritten, so that all can be read */
const KEYS = 50;

/** An application that writes to every partition every 20 ms through our resolver, and knows which pod acknowledged. */
export class Traffic {
  readonly #written = new Map<string, Written>();
  readonly #timer: NodeJS.Timeout;

  constructor(cacheClusters: readonly CacheClusterOptions[]) {
    for (const options of cacheClusters) this.add(options);
    this.#timer = setInterval(() => {
      for (const lane of this.#lanes) tick(lane);
    }, EVERY_MS);
  }

  get #lanes(): readonly Lane[] {
    return [...this.#written.values()].flatMap(({ lanes }) => lanes);
  }

  /** From now on it writes to this cache cluster too. */
  add(options: CacheClusterOptions): void {
    const { clusterName, clusterSize } = options;
    const connections = connectCacheCluster(options);
    const lanes = Array.from({ length: clusterSize }, (_, index) => laneOf(clusterName, index, connections));
    this.#written.set(clusterName, { connections, lanes });
  }

  /** It writes to this one no more. */
  async drop(clusterName: string): Promise<void> {
    const written = this.#written.get(clusterName);
    this.#written.delete(clusterName);
    await written?.connections.quit();
  }

  /** Each has acknowledged a write within the last 200 ms. */
  get flows(): boolean {
    const since = performance.now() - 200;
    return this.#lanes.every(({ last }) => last > since);
  }

  /** Partitions without an acknowledged write within the last 200 ms. */
  get silent(): readonly string[] {
    const since = performance.now() - 200;
    return this.#lanes.filter(({ last }) => last <= since).map(({ partition }) => partition);
  }

  /** What was since the last collection. A gap that goes on ends now. */
  collect(): TrafficRound {
    const now = performance.now();
    const longest = new Map<string, number>();
    const outages: Gap[] = [];
    const acks: Ack[] = [];
    let errors = 0;
    for (const lane of this.#lanes) {
      const gaps = [...lane.gaps, { partition: lane.partition, from: lane.last, to: now }];
      longest.set(lane.partition, Math.max(...gaps.map(({ from, to }) => to - from)));
      outages.push(...gaps.filter(({ from, to }) => to - from > OUTAGE_MS));
      for (const ack of lane.acks) acks.push(ack);
      errors += lane.errors;
      Object.assign(lane, { gaps: [], acks: [], errors: 0 });
    }
    return { longest, outages, acks, errors };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#written.keys()].map((clusterName) => this.drop(clusterName)));
  }
}

function laneOf(clusterName: string, index: number, connections: CacheClusterConnections): Lane {
  const partition = `${clusterName}::${index}`;
  const redis = connections.partition(index);
  redis.on('error', () => undefined);
  return {
    ...{ partition, number: 0, gaps: [], acks: [], errors: 0 },
    last: performance.now(),
    write: async (number) => {
      await redis.set(`${partition}/${number % KEYS}`, `${partition} ${number}`, 'EX', 600);
      const { remoteAddress, remotePort } = redis.stream ?? {};
      return `${remoteAddress}:${remotePort}`;
    },
  };
}

function tick(lane: Lane): void {
  lane.write(lane.number++).then(
    (address) => {
      const at = performance.now();
      if (at - lane.last > OUTAGE_MS / 10) lane.gaps.push({ partition: lane.partition, from: lane.last, to: at });
      lane.last = at;
      lane.acks.push({ partition: lane.partition, at, address });
    },
    () => {
      lane.errors++;
    },
  );
}
