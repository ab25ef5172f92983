// The witness against writes on a wrong pod. Two kinds of evidence:
//  1. every pod is asked again and again whose it is (its own ACL says so). An acknowledged write that came from a pod while that pod said,
//     before and after, that it is somebody else's, or nobody's, is wrong
//  2. after each round all keys of all pods are read: a key of another cache cluster than the one the pod belongs to is wrong
import { now, wait } from './recovery-report.mjs';

const EVERY_MS = 50;
/** two looks further apart than this say nothing of the time between them: the pod hung */
const APART_MS = 400;

const claimIn = (acl) => /^user marker .*?~(\S+)/.exec(acl.find((line) => line.startsWith('user marker ')) ?? '')?.[1];
const clusterOf = (name) => name.slice(0, name.lastIndexOf('::'));
/** `bound/User.id::0/1025` -> kind and name */
const parse = (claim) => ({ kind: claim.split('/')[0], name: claim.split('/')[1] ?? '' });
const belongsTo = (claim) => {
  const { kind, name } = parse(claim);
  return kind === 'locked' ? undefined : kind === 'standby' ? name : clusterOf(name);
};
const mayServe = (claim, partition) => {
  const { kind, name } = parse(claim);
  return kind === 'standby' ? name === clusterOf(partition) : kind !== 'locked' && name === partition;
};

export class Witness {
  #stopped = false;
  #claims = new Map();
  #loops;

  constructor(access, addresses) {
    this.access = access;
    this.#loops = addresses.map((address) => this.#watch(address));
  }

  async #claim(address) {
    return claimIn(await this.access.connections.use(address, (redis) => redis.call('ACL', 'LIST')));
  }

  async #watch(address) {
    const spans = [];
    this.#claims.set(address, spans);
    while (!this.#stopped) {
      const asked = now();
      try {
        const claim = await this.#claim(address);
        const last = spans.at(-1);
        // Only from when it was asked to when it answered is it sure what the pod was; equal answers in a row join.
        if (last?.claim === claim && now() - last.to < APART_MS) last.to = asked;
        else spans.push({ claim, from: now(), to: asked });
      } catch {
        // Silence ends the span.
        spans.push({ claim: undefined, from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY });
      }
      await wait(EVERY_MS);
    }
  }

  /** Acknowledged writes of a round on pods that were not the partition's. */
  wrongWrites(round) {
    const wrong = [];
    for (const { partition, client, acks, addresses } of round)
      for (let i = 0; i < acks.length; i += 2) {
        const address = addresses[acks[i + 1]];
        const span = this.#claims.get(address)?.find(({ from, to }) => from <= acks[i] && acks[i] <= to);
        if (span?.claim && !mayServe(span.claim, partition))
          wrong.push(`${client} wrote ${partition} to ${address}, which was ${span.claim}`);
      }
    return wrong;
  }

  forget() {
    for (const spans of this.#claims.values()) spans.splice(0, spans.length - 1);
  }

  /** Keys on pods of another cache cluster, or of nobody. */
  async strayKeys() {
    const found = await Promise.all([...this.#claims.keys()].map((address) => this.#strayKeysOf(address)));
    return found.flat();
  }

  async #strayKeysOf(address) {
    const before = await this.#claim(address);
    const keys = await this.access.connections.use(address, allKeys);
    if (before === undefined || (await this.#claim(address)) !== before) return [];
    const owner = belongsTo(before);
    return keys
      .filter((key) => clusterOf(key.split('/')[0]) !== owner)
      .map((key) => `key ${key} is on ${address}, which is ${before}`);
  }

  async stop() {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }
}

async function allKeys(redis) {
  const keys = [];
  for (let cursor = '0'; ; ) {
    const [next, page] = await redis.scan(cursor, 'COUNT', 2_000);
    keys.push(...page);
    if (next === '0') return keys;
    cursor = next;
  }
}
