import { claimedCluster, SELF_TEST_NAME } from '../../farm/access.js';
import type { CacheCluster } from '../../farm/model.js';
import { parsePartitionName } from '../../farm/words.js';
import { applicationUserOf, claimOf, partitionOf, type StrayName } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import type { Action, HeldClaim } from '../action.js';
import { type Decide, isTaken, type Planning, podRef, sentinelRef } from '../planning.js';

/** Only what was read everywhere can be said to be gone; and a farm that suddenly declares nothing is rather misread than deleted. */
function mayRemove(planning: Planning): boolean {
  const { world } = planning.input;
  return world.datacenters.every(({ complete }) => complete) && planning.farm.cacheClusters.length > 0;
}

/**
 * Declared elsewhere now: it is forgotten here only when its new group knows it everywhere and can be written to, and not while it has no group at
 * all.
 */
function stillNeeded(planning: Planning, stray: StrayName): boolean {
  const declared = partitionOf(planning.facts, stray.partition);
  if (declared)
    return planning.heldGroups.has(declared.group.name) || declared.agreed === undefined || declared.bare.length > 0;
  const { clusterName, index } = parsePartitionName(stray.partition) ?? { clusterName: '', index: 0 };
  const cluster = planning.farm.cacheClusters.find((one) => one.clusterName === clusterName);
  return cluster !== undefined && index < cluster.clusterSize;
}

function forgetNames(planning: Planning): void {
  const strays = planning.facts.strays.filter(
    ({ partition }) => !partition.startsWith(`${SELF_TEST_NAME}::`) && parsePartitionName(partition),
  );
  if (strays.length === 0 || planning.input.only) return;
  if (!mayRemove(planning)) {
    planning.notes.push({
      reason: 'RemovalHeld',
      subject: 'barn',
      detail: `${strays.length} names, ${strays[0]?.partition} among them`,
    });
    return;
  }
  for (const stray of strays) {
    if (planning.heldGroups.has(stray.group) || stillNeeded(planning, stray)) continue;
    if (planning.input.inFlight.has(stray.partition)) continue;
    const actions = stray.sentinels
      .filter(({ tilt }) => !tilt)
      .map((sentinel): Action => {
        const address = sentinel.names.find(({ partition }) => partition === stray.partition)?.address ?? '';
        return { kind: 'forget-name', partition: stray.partition, sentinel: sentinelRef(sentinel), address };
      });
    if (actions.length > 0)
      planning.decisions.push({
        reason: 'NameRemoved',
        subject: stray.partition,
        detail: `group ${stray.group}`,
        actions,
      });
  }
}

/** A pod whose claim nobody declares any more. */
function isOrphan(clusters: ReadonlyMap<string, CacheCluster>, pod: RedisPod): boolean {
  const claim = claimOf(pod);
  if (!claim || claim.kind === 'locked') return false;
  const cluster = clusters.get(claimedCluster(claim) ?? '');
  if (!cluster) return true;
  if (claim.kind === 'standby') return cluster.partitionSize > 1 || cluster.standbys === 0;
  return (parsePartitionName(claim.partition)?.index ?? 0) >= cluster.clusterSize;
}

function releaseOrphans(planning: Planning): void {
  if (planning.input.only || !mayRemove(planning)) return;
  const clusters = new Map(planning.farm.cacheClusters.map((cluster) => [cluster.clusterName, cluster]));
  for (const pod of planning.facts.unplaced) {
    if (!isOrphan(clusters, pod) || planning.facts.listed.has(pod.address) || isTaken(planning, pod.address)) continue;
    const expect = claimOf(pod) as HeldClaim;
    const clusterName = claimedCluster(expect) ?? '';
    planning.decisions.push({
      reason: 'PodReleased',
      subject: expect.kind === 'standby' ? clusterName : expect.partition,
      detail: `${pod.name} at ${pod.address}`,
      actions: [
        {
          kind: 'release-pod',
          pod: podRef(pod),
          expect,
          applicationUser: applicationUserOf(planning.farm.auth, clusterName),
        },
      ],
    });
  }
}

/** What is declared no more: sentinels forget it first, then its pods are given back. */
export const releaseRemoved: Decide = (planning) => {
  forgetNames(planning);
  releaseOrphans(planning);
};
