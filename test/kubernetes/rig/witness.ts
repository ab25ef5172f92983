import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { claimedCluster, parseClaim } from '../../../src/farm/access.js';
import { parsePartitionName } from '../../../src/farm/words.js';
import type { Connections } from '../../../src/observe/connections.js';
import type { Ack } from './traffic.js';

/** From when it was first asked until when it was last asked, with equal answers in between, a pod said this of itself. */
interface Span {
  /** `bound/User.id::3/1025`; undefined: it did not answer */
  readonly claim: string | undefined;
  readonly from: number;
  to: number;
}

const EVERY_MS = 150;
/** two looks further apart say nothing of the time between them: the pod hung */
const APART_MS = 600;

const claimIn = (acl: readonly string[]): string | undefined =>
  /^user marker .*?~(\S+)/.exec(acl.find((line) => line.startsWith('user marker ')) ?? '')?.[1];

/** Whose a pod is, to a partition: its own (its standby too), another's of its cache cluster, or a stranger's, which nobody's is too. */
function kinship(text: string, partition: string): 'own' | 'sibling' | 'stranger' {
  const claim = parseClaim(text);
  if (!claim || claimedCluster(claim) !== parsePartitionName(partition)?.clusterName) return 'stranger';
  return claim.kind === 'standby' || (claim.kind !== 'locked' && claim.partition === partition) ? 'own' : 'sibling';
}

/**
 * Evidence against writes on a wrong pod, and against two pods of one claim: every pod is asked again and again whose it is (its ACL says so).
 * A write that came from a pod while that pod said, before and after, that it is somebody else's, or nobody's, is wrong.
 */
export class Witness {
  readonly #spans = new Map<string, Span[]>();
  readonly #loops: Promise<void>[] = [];
  #stopped = false;

  constructor(readonly connections: Connections) {}

  /** Of these pods too, `ip:port`. */
  watch(addresses: readonly string[]): void {
    for (const address of addresses) if (!this.#spans.has(address)) this.#loops.push(this.#follow(address));
  }

  async #claim(address: string): Promise<string | undefined> {
    const acl = await this.connections.use(address, (redis) => redis.call('ACL', 'LIST'));
    return claimIn(acl as string[]);
  }

  async #follow(address: string): Promise<void> {
    const spans: Span[] = [];
    this.#spans.set(address, spans);
    while (!this.#stopped) {
      const asked = performance.now();
      try {
        const claim = await this.#claim(address);
        const last = spans.at(-1);
        if (last && last.claim === claim && performance.now() - last.to < APART_MS) last.to = asked;
        else spans.push({ claim, from: performance.now(), to: asked });
      } catch {
        // Silence ends the span.
        if (spans.at(-1)?.claim !== undefined) spans.push({ claim: undefined, from: asked, to: asked });
      }
      await delay(EVERY_MS);
    }
  }

  /** Acknowledged writes on pods that were somebody else's, one line each. */
  writesOn(kind: 'sibling' | 'stranger', acks: readonly Ack[]): readonly string[] {
    return acks.flatMap(({ partition, at, address }) => {
      const span = this.#spans.get(address)?.find(({ from, to }) => from <= at && at <= to);
      if (span?.claim === undefined || kinship(span.claim, partition) !== kind) return [];
      return [`a write of ${partition} was acknowledged by ${address}, which was ${span.claim}`];
    });
  }

  /** Claims (partition and epoch) that two pods had since the last `forget`: an epoch binds one pod only. */
  doubleClaims(): readonly string[] {
    const owners = new Map<string, Set<string>>();
    for (const [address, spans] of this.#spans)
      for (const { claim } of spans)
        if (claim?.startsWith('bound/')) owners.set(claim, (owners.get(claim) ?? new Set()).add(address));
    return [...owners].flatMap(([claim, of]) => (of.size > 1 ? [`${claim} is on ${[...of].join(' and ')}`] : []));
  }

  forget(): void {
    for (const spans of this.#spans.values()) spans.splice(0, spans.length - 1);
  }

  /** Keys on pods of another cache cluster, or of nobody. */
  async strayKeys(): Promise<readonly string[]> {
    const found = await Promise.all([...this.#spans.keys()].map((address) => this.#strayKeysOf(address)));
    return found.flat();
  }

  async #strayKeysOf(address: string): Promise<readonly string[]> {
    const before = await this.#claim(address).catch(() => undefined);
    if (before === undefined) return [];
    const keys = await this.connections.use(address, allKeys);
    if ((await this.#claim(address)) !== before) return [];
    const claim = parseClaim(before);
    const owner = claim && claimedCluster(claim);
    return keys
      .filter((key) => parsePartitionName(key.split('/')[0] ?? '')?.clusterName !== owner)
      .map((key) => `key ${key} is on ${address}, which is ${before}`);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }
}

async function allKeys(redis: Redis): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let cursor = '0'; ; ) {
    const [next, page] = await redis.scan(cursor, 'COUNT', 2_000);
    keys.push(...page);
    if (next === '0') return keys;
    cursor = next;
  }
}
