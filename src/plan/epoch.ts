import { claimedCluster } from '../farm/access.js';
import type { Farm } from '../farm/model.js';
import { claimOf } from '../world/facts.js';
import type { World } from '../world/model.js';

/** Controllers that may run at once; each owns one value below it in every step of the epoch. */
export const CONTROLLERS = 1_024;

/** Highest epoch that any sentinel of the group or any marker of its cache clusters shows. */
export function highestEpoch(group: string, farm: Farm, world: World): number {
  const clusters = new Set(
    farm.cacheClusters.filter((cluster) => cluster.sentinelGroup === group).map((cluster) => cluster.clusterName),
  );
  let highest = 0;
  for (const sentinel of world.groups.find((view) => view.name === group)?.sentinels ?? [])
    if (sentinel.state === 'up') for (const view of sentinel.names) highest = Math.max(highest, view.epoch);
  for (const pod of world.pods) {
    const claim = claimOf(pod);
    if (claim && claim.kind !== 'locked' && clusters.has(claimedCluster(claim) ?? ''))
      highest = Math.max(highest, claim.epoch);
  }
  return highest;
}

/**
 * The fencing token of a write (design.md 4.4): above everything seen, and unique to the controller, so that two that race never
 * use one epoch for two addresses and Sentinel itself settles on the higher. The clock is a floor only: it keeps epochs rising when the
 * names that carried the highest ones were deleted, where a sentinel that was away might still know them. 2^53 is 280,000 years away.
 * @param now ms since the epoch
 */
export const nextEpoch = (group: string, farm: Farm, world: World, controller: number, now: number): number =>
  Math.max(Math.floor(highestEpoch(group, farm, world) / CONTROLLERS) + 1, Math.floor(now / 1_000)) * CONTROLLERS +
  controller;
