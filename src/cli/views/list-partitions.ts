import type { Farm } from '../../farm/model.js';
import { type Facts, type PartitionFact, upInstance } from '../../world/facts.js';
import { isArmed, isServing } from '../../world/progress.js';
import type { Listing, Row } from './row.js';

export type PartitionState = 'Serving' | 'NotOpen' | 'PodDown' | 'Disagreed' | 'Unnamed' | 'Unbound';

export function stateOf(farm: Farm, facts: Facts, partition: PartitionFact): PartitionState {
  if (isServing(farm, facts, partition)) return 'Serving';
  if (partition.known.length === 0) return partition.claimedBy.length > 0 ? 'Unnamed' : 'Unbound';
  if (partition.agreed === undefined) return 'Disagreed';
  const pod = facts.podAt.get(partition.agreed);
  return pod && upInstance(pod) ? 'NotOpen' : 'PodDown';
}

/** Addresses the sentinels list behind the partition: its standby, or its replicas. */
const backing = (partition: PartitionFact): readonly string[] => [
  ...new Set(partition.known.flatMap(({ view }) => view.replicas.map((replica) => replica.address))),
];

export function partitionRow(farm: Farm, facts: Facts, partition: PartitionFact): Row {
  const address = partition.agreed ?? partition.leading;
  const pod = address === undefined ? partition.claimedBy[0] : facts.podAt.get(address);
  const instance = pod && upInstance(pod);
  const state = stateOf(farm, facts, partition);
  const behind = backing(partition);
  const sentinels = `${partition.known.length}/${partition.group.size}`;
  const armed = isArmed(farm, facts, partition);
  return {
    name: partition.name,
    cells: [
      partition.name,
      state,
      address ?? '<none>',
      pod?.machine ?? '<none>',
      pod?.datacenter ?? '<none>',
      behind.join(',') || '<none>',
      pod?.name ?? '<none>',
      partition.group.name,
      sentinels,
      String(partition.epoch),
      instance ? String(instance.keys) : '<unknown>',
    ],
    record: {
      name: partition.name,
      clusterName: partition.cluster.clusterName,
      index: partition.index,
      state,
      address: address ?? null,
      pod: pod?.name ?? null,
      machine: pod?.machine ?? null,
      datacenter: pod?.datacenter ?? null,
      [partition.cluster.partitionSize > 1 ? 'replicas' : 'standbys']: behind,
      armed,
      sentinelGroup: partition.group.name,
      sentinels: partition.known.map(({ sentinel, view }) => ({
        sentinel: sentinel.pod,
        address: view.address,
        epoch: view.epoch,
        flags: view.flags,
      })),
      epoch: partition.epoch,
      keys: instance?.keys ?? null,
      usedMemoryBytes: instance?.usedMemoryBytes ?? null,
    },
  };
}

export const listPartitions = (farm: Farm, facts: Facts): Listing => ({
  kind: 'partition',
  columns: ['NAME', 'STATE', 'ADDRESS', 'MACHINE', 'DATACENTER', 'BEHIND'],
  wide: ['POD', 'GROUP', 'SENTINELS', 'EPOCH', 'KEYS'],
  rows: facts.partitions.map((partition) => partitionRow(farm, facts, partition)),
});
