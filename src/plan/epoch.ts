import { claimedCluster } from '../farm/access.js';
import type { Farm } from '../farm/model.js';
import { claimOf, type Facts, partitionsOf } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';

/** Controllers that may run at once; each owns one value below it in every step of the epoch. */
export const CONTROLLERS = 1_024;

/** Highest epoch that any sentinel of a group or any marker of its cache clusters shows, by group. */
export function highestEpochs(farm: Farm, facts: Facts): ReadonlyMap<string, number> {
  const highest = new Map(farm.sentinelGroups.map(({ name }) => [name, 0]));
  const clusters = new Map(farm.cacheClusters.map((cluster) => [cluster.clusterName, cluster]));
  const raise = (group: string | undefined, epoch: number): void => {
    const known = group === undefined ? undefined : highest.get(group);
    if (group !== undefined && known !== undefined && epoch > known) highest.set(group, epoch);
  };
  for (const { group, epoch } of facts.strays) raise(group, epoch);
  for (const cluster of farm.cacheClusters) {
    let most = 0;
    for (const { highestEpoch } of partitionsOf(facts, cluster)) most = Math.max(most, highestEpoch);
    raise(cluster.sentinelGroup, most);
  }
  for (const pod of facts.unplaced) {
    const claim = claimOf(pod);
    const cluster = clusters.get((claim && claimedCluster(claim)) ?? '');
    raise(cluster?.sentinelGroup, claimedEpoch(pod));
  }
  return highest;
}

function claimedEpoch(pod: RedisPod): number {
  const claim = claimOf(pod);
  return claim && claim.kind !== 'locked' ? claim.epoch : 0;
}

/**
 * The fencing token of a write (design.md 4.4): above everything seen, and unique to the controller, so that two that race never
 * use one epoch for two addresses and Sentinel itself settles on the higher. Names that carried the highest ones may have been deleted since,
 * where a sentinel that was away might still know them: what a controller itself has used is remembered by it, and for what others have used
 * the clock is a floor. 2^53 is 280,000 years away.
 * @param now ms since the epoch
 * @param used by group, what was returned for a plan that was carried out; the highest
 * @returns by group
 */
export function nextEpochs(
  farm: Farm,
  facts: Facts,
  controller: number,
  now: number,
  used: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const floor = Math.floor(now / 1_000);
  const next = (highest: number): number =>
    Math.max(Math.floor(highest / CONTROLLERS) + 1, floor) * CONTROLLERS + controller;
  return new Map(
    [...highestEpochs(farm, facts)].map(([group, highest]) => [group, next(Math.max(highest, used.get(group) ?? 0))]),
  );
}
