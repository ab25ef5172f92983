import type { ClusterDetail, MapPod } from '../../api/schemas.js';

export interface DomainCount {
  readonly name: string;
  readonly pods: number;
}

export interface SpreadCounts {
  readonly datacenters: readonly DomainCount[];
  readonly machines: readonly DomainCount[];
  /** partitions at no known place */
  readonly nowhere: number;
}

type Place = Pick<MapPod, 'datacenter' | 'machine'>;

const NAMES = new Intl.Collator('en', { numeric: true });

function countBy(names: readonly string[], known: readonly string[]): readonly DomainCount[] {
  const counts = new Map(known.map((name) => [name, 0]));
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, pods]) => ({ name, pods })).toSorted((x, y) => NAMES.compare(x.name, y.name));
}

type Spreadable = Pick<ClusterDetail, 'partitions' | 'datacenters' | 'partitionSize' | 'clusterName'>;

/**
 * How many pods that serve it are where; of replicated partitions every copy, as its bound counts them. Machines without any are left out: a farm
 * has hundreds.
 * @param pods of the farm map
 */
export function spreadCounts(cluster: Spreadable, pods: readonly MapPod[]): SpreadCounts {
  const { partitions, datacenters, partitionSize, clusterName } = cluster;
  const placed = partitions.flatMap(({ datacenter, machine }) =>
    datacenter && machine ? [{ datacenter, machine }] : [],
  );
  const copies = pods.filter((pod) => pod.clusterName === clusterName && ['serving', 'replica'].includes(pod.state));
  const places: readonly Place[] = partitionSize > 1 ? copies : placed;
  return {
    datacenters: countBy(
      places.map(({ datacenter }) => datacenter),
      datacenters,
    ),
    machines: countBy(
      places.map(({ machine }) => machine),
      [],
    ),
    nowhere: partitions.length - placed.length,
  };
}
