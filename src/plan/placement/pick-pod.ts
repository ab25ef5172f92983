import type { CacheCluster } from '../../farm/model.js';
import type { RedisPod } from '../../world/model.js';
import type { Ledger } from './ledger.js';
import { rendezvousScore } from './rendezvous.js';

type Score = readonly number[];

function isLower(left: Score, right: Score): boolean {
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function lowest(pods: readonly RedisPod[], scoreOf: (pod: RedisPod) => Score): RedisPod | undefined {
  let best: { pod: RedisPod; score: Score } | undefined;
  for (const pod of pods) {
    const score = scoreOf(pod);
    if (!best || isLower(score, best.score)) best = { pod, score };
  }
  return best?.pod;
}

/**
 * The picker (design.md 7, research/fleets.md 5.3). Lexicographic, lowest first:
 * 1. partitions of this CacheCluster in the datacenter   2. the same on the machine
 * 3. what the backing group would take if the machine died   4. everything bound on the machine
 * 5. idle reserve of the datacenter, most first   6. rendezvous of (partition, pod)
 * @param apartFrom pods of the same partition: their machines are excluded, their datacenters only when another one has an idle pod
 */
export function pickForPartition(
  ledger: Ledger,
  cluster: CacheCluster,
  partition: string,
  apartFrom: readonly RedisPod[] = [],
): RedisPod | undefined {
  const machines = new Set(apartFrom.map((pod) => pod.machine));
  const datacenters = new Set(apartFrom.map((pod) => pod.datacenter));
  const idle = ledger
    .idleOf(cluster.tier)
    .filter((pod) => cluster.datacenters.includes(pod.datacenter) && !machines.has(pod.machine));
  const elsewhere = idle.filter((pod) => !datacenters.has(pod.datacenter));
  const reserve = new Map(
    cluster.datacenters.map((datacenter) => [datacenter, ledger.idleIn(cluster.tier, datacenter)]),
  );
  return lowest(elsewhere.length > 0 ? elsewhere : idle, (pod) => [
    ledger.inDatacenter(cluster.clusterName, pod.datacenter),
    ledger.onMachine(cluster.clusterName, pod.machine),
    ledger.shockOf(cluster.backingGroup, pod.machine),
    ledger.total(pod.machine),
    -(reserve.get(pod.datacenter) ?? 0),
    rendezvousScore(partition, pod.name),
  ]);
}

/** A standby for the partitions of other machines: where the CacheCluster has least to lose together with it, then the emptiest machine. */
export function pickForStandby(ledger: Ledger, cluster: CacheCluster, datacenter: string): RedisPod | undefined {
  const idle = ledger.idleOf(cluster.tier).filter((pod) => pod.datacenter === datacenter);
  return lowest(idle, (pod) => [
    ledger.onMachine(cluster.clusterName, pod.machine),
    ledger.standbysOnMachine(cluster.clusterName, pod.machine),
    ledger.total(pod.machine),
    rendezvousScore(`${cluster.clusterName} standby`, pod.name),
  ]);
}
