/**
 * A replicated partition keeps its declared number of pods. Counted are those that are up with its claim, and those that merely do not answer
 * us: unknown is not dead. A pod that came back empty at an address the sentinels still list rejoins before an idle one is taken.
 */
import { deathOf } from '../../world/evidence.js';
import { claimOf, type Facts, isOpen, type PartitionFact, upInstance } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import type { Decision } from '../action.js';
import { pickForPartition } from '../placement/pick-pod.js';
import { applicationUser, type Decide, isTaken, type Planning, podRef } from '../planning.js';

/** Pods at the addresses that sentinels give for the partition, as master or as replica. */
function listedPods(facts: Facts, partition: PartitionFact): readonly RedisPod[] {
  const addresses = new Set(
    partition.known.flatMap(({ view }) => [view.address, ...view.replicas.map(({ address }) => address)]),
  );
  return [...addresses].flatMap((address) => facts.podAt.get(address) ?? []);
}

function present(planning: Planning, partition: PartitionFact): readonly RedisPod[] {
  const silent = listedPods(planning.facts, partition).filter(
    (pod) => !upInstance(pod) && !deathOf(planning.facts, partition, pod.address),
  );
  return [...partition.claimedBy, ...silent].filter((pod) => !pod.draining);
}

/** Restarted empty, listed for this partition only, and not as its master: that one is Sentinel's to move away from first. */
function returning(planning: Planning, partition: PartitionFact): RedisPod | undefined {
  return listedPods(planning.facts, partition).find((pod) => {
    const instance = upInstance(pod);
    const names = planning.facts.listed.get(pod.address);
    const free = instance?.claim?.kind === 'locked' && instance.role === 'master' && !isTaken(planning, pod.address);
    return free && !pod.draining && pod.address !== partition.agreed && names?.size === 1 && names.has(partition.name);
  });
}

function join(planning: Planning, partition: PartitionFact, pod: RedisPod, first: boolean): Decision {
  const { cluster } = partition;
  const epoch = partition.epoch || (planning.epochs.get(partition.group.name) ?? 1);
  return {
    reason: first ? 'PartitionUnbound' : 'ReplicaMissing',
    subject: partition.name,
    detail: `${pod.name} on ${pod.machine} (${pod.datacenter})`,
    actions: [
      {
        kind: 'claim-pod',
        pod: podRef(pod),
        expect: { kind: 'locked' },
        claim: { kind: 'member', partition: partition.name, epoch },
        applicationUser: applicationUser(planning, cluster.clusterName),
        flush: (upInstance(pod)?.keys ?? 0) > 0,
      },
    ],
  };
}

/** Sentinel has a master, all is quiet: only then is it known how many pods are really missing. */
function isQuiet(planning: Planning, partition: PartitionFact): boolean {
  const master = partition.agreed === undefined ? undefined : planning.facts.podAt.get(partition.agreed);
  const open = master !== undefined && isOpen(master, applicationUser(planning, partition.cluster.clusterName));
  return open && partition.known.every(({ view }) => view.flags.length === 1);
}

/** Nothing with its data is left, nor anything that merely does not answer: Sentinel alone would wait for ever. */
function startAgain(planning: Planning, partition: PartitionFact): void {
  const master = partition.agreed === undefined ? undefined : planning.facts.podAt.get(partition.agreed);
  if (!master || claimOf(master)?.kind !== 'locked' || isTaken(planning, master.address)) return;
  planning.decisions.push({ ...join(planning, partition, master, false), reason: 'CopiesLost' });
}

export const keepMembers: Decide = (planning) => {
  for (const partition of planning.unsettled) {
    const { cluster } = partition;
    if (cluster.partitionSize === 1) continue;
    const members = [...present(planning, partition)];
    if (partition.known.length > 0 && members.length === 0) startAgain(planning, partition);
    if (partition.known.length > 0 && !isQuiet(planning, partition)) continue;
    for (let missing = cluster.partitionSize - members.length; missing > 0; missing--) {
      const back = returning(planning, partition);
      const pod = back ?? pickForPartition(planning.ledger, cluster, partition.name, members);
      if (!pod) {
        const detail = `tier ${cluster.tier}, ${planning.ledger.idleOf(cluster.tier).length} idle`;
        planning.notes.push({ reason: 'NoIdlePod', subject: partition.name, detail });
        break;
      }
      if (!back) planning.ledger.take(pod, cluster.clusterName, 'partition');
      planning.decisions.push(join(planning, partition, pod, members.length === 0 && partition.known.length === 0));
      members.push(pod);
    }
  }
};

/** Whether a pod at a replica's address has nothing to do with the partition any more. */
export function isForeign(planning: Planning, partition: PartitionFact, address: string): boolean {
  const pod = planning.facts.podAt.get(address);
  const claim = pod && claimOf(pod);
  if (pod && !upInstance(pod)) return false;
  if (!pod) return deathOf(planning.facts, partition, address) !== undefined;
  return claim?.kind !== 'member' || claim.partition !== partition.name;
}
