import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../local/until.js';
import type { ProxyFault } from './api-proxy.js';
import { barnLines } from './barn-log.js';
import type { BarnProxies } from './barn-proxies.js';
import { type Failure, type Failures, killServing } from './failure.js';
import type { Stage } from './stage.js';

/** Barn calls a KubeCluster unread when it has been out of touch for 5 s: a Redis process is killed before that, and one after it, ms. */
const [FIRST_AT_MS, SECOND_AT_MS] = [1_000, 7_000];
/** Back-off grows up to 10 s, with what an API server asked for on top. */
const IN_SYNC_WITHIN_MS = 30_000;
/** Why a partition may be elsewhere although nothing happened to its pod. */
const MOVES = new Set(['SpreadBetter', 'ShelterShared']);
/** What says of a pod that it is dead, or of a partition that it is nobody's. */
const LOSSES = new Set(['PodCrashed', 'PodSilent', 'PodReleased', 'NameRemoved', 'PartitionUnbound', 'CopiesLost']);

/** From here on every Barn reaches every API server through a proxy, and is in sync through it. */
async function throughProxies(at: Stage): Promise<BarnProxies> {
  const proxies = await at.proxies();
  await until('every Barn is in sync through its proxies', () => proxies.inSync, 60_000);
  return proxies;
}

/** Partitions that were bound and are not, and those that moved although neither their pod was killed nor Barn had a reason to move them. */
async function unbound(at: Stage, before: ReadonlyMap<string, string>, since: number): Promise<readonly string[]> {
  const after = await at.bound();
  const struck = at.strikes.since(since);
  const began = performance.timeOrigin + since;
  const lines = at.barns().flatMap((barn) => barnLines(at.running, barn, began));
  return [...before].flatMap(([partition, address]) => {
    const now = after.get(partition);
    if (now === undefined) return [`${partition} is bound no more`];
    if (now === address || struck.includes(partition)) return [];
    const reasons = lines.filter(({ msg, subject }) => msg === 'decided' && subject === partition);
    const meant = reasons.some(({ reason }) => MOVES.has(reason)) && !reasons.some(({ reason }) => LOSSES.has(reason));
    return meant
      ? []
      : [`${partition} went from ${address} to ${now}: ${reasons.map(({ reason }) => reason).join(', ')}`];
  });
}

const spoilt =
  (fault: ProxyFault): Failure['fail'] =>
  async (at) => {
    const proxies = await throughProxies(at);
    const before = await at.bound();
    const since = performance.now();
    const spoiledBefore = proxies.spoiled;
    proxies.begin(fault);
    try {
      for (const at_ms of [FIRST_AT_MS, SECOND_AT_MS]) {
        await delay(Math.max(0, since + at_ms - performance.now()));
        await killServing(at);
      }
    } catch (error) {
      proxies.mend();
      throw error;
    }
    return async () => {
      const lost = await unbound(at, before, since);
      const [spoiled, inSync] = [proxies.spoiled - spoiledBefore, proxies.inSync];
      proxies.mend();
      const inSyncMs = await proxies.untilInSync(IN_SYNC_WITHIN_MS);
      const faults = [...lost];
      if (inSync) faults.push('the fault left every watch as it was');
      if (inSyncMs === undefined) faults.push(`not in sync ${IN_SYNC_WITHIN_MS} ms after the fault`);
      const seconds = inSyncMs === undefined ? 'never' : `after ${(inSyncMs / 1_000).toFixed(1)} s`;
      return {
        ...{
          faults,
          note: `${spoiled} answers spoiled, all 27 watches whole again ${seconds}, ${lost.length} unbound`,
        },
        ...(inSyncMs === undefined ? {} : { inSyncMs }),
      };
    };
  };

const row = (fault: ProxyFault): Failure => ({
  prepare: async (at) => void (await throughProxies(at)),
  fail: spoilt(fault),
  ...{ rounds: 1, watchedMs: 3_000 },
});

/** Lists and watches of every Barn at every API server, spoiled by proxies in between; Leases and statuses pass. */
export const WATCH_FAILURES: Failures = {
  'watches: 410 Gone; two Redis processes': row('gone'),
  'lists and watches: 429; two Redis processes': row('throttled'),
  'lists and watches: 500; two Redis processes': row('failing'),
  'lists and watches: slow; two Redis processes': row('slow'),
  'lists and watches: truncated; two Redis processes': row('truncated'),
};
