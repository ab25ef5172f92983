/** What would be lost if a machine, a datacenter or a pod went at once: not drained, gone. */
import { applicationUserOf, claimOf, isIdle, isOpen, majorityOf, type PartitionFact } from '../../world/facts.js';
import type { RedisPod, SentinelView, World } from '../../world/model.js';
import type { Pass } from '../parts.js';
import type { Loss } from '../schemas.js';
import { podId } from './farm-map.js';
import { wholeOrNull } from './whole.js';

type Kind = Loss['kind'];

interface Gone {
  readonly pods: ReadonlySet<RedisPod>;
  readonly sentinels: ReadonlySet<SentinelView>;
}

/** The one pod of that name; a bare name that several datacenters have is nobody's. */
function podNamed({ pods }: World, name: string): RedisPod | undefined {
  const full = pods.find((pod) => podId(pod) === name);
  if (full) return full;
  const [only, ...others] = pods.filter((pod) => pod.name === name);
  return others.length === 0 ? only : undefined;
}

/** @returns undefined when nothing is called so */
function goneWith(world: World, kind: Kind, name: string): Gone | undefined {
  if (kind === 'pod') {
    const pod = podNamed(world, name);
    return pod && { pods: new Set([pod]), sentinels: new Set() };
  }
  const known =
    kind === 'datacenter'
      ? world.datacenters.some((datacenter) => datacenter.name === name)
      : world.datacenters.some(({ machines }) => machines.some((machine) => machine.name === name));
  const pods = world.pods.filter((pod) => pod[kind] === name);
  const sentinels = world.groups.flatMap((group) => group.sentinels).filter((sentinel) => sentinel[kind] === name);
  // A machine of a KubeCluster that cannot be read is still known by what stands on it.
  return known || pods.length + sentinels.length > 0
    ? { pods: new Set(pods), sentinels: new Set(sentinels) }
    : undefined;
}

/** Where the partition is, or was seen last. */
const masterOf = ({ facts }: Pass, { agreed, leading }: PartitionFact): RedisPod | undefined => {
  const address = agreed ?? leading;
  return address === undefined ? undefined : facts.podAt.get(address);
};

/** Of what sentinels list behind it, the first that lives on and would be open for it. */
function heirOf({ farm, facts }: Pass, partition: PartitionFact, gone: Gone): string | null {
  const { cluster, first, name } = partition;
  const user = applicationUserOf(farm.auth, cluster.clusterName);
  const heir = first?.replicas.find(({ address }) => {
    const pod = facts.podAt.get(address);
    const claim = pod && claimOf(pod);
    if (!pod || !claim || gone.pods.has(pod) || !isOpen(pod, user)) return false;
    return claim.kind === 'standby'
      ? claim.clusterName === cluster.clusterName
      : claim.kind === 'member' && claim.partition === name;
  });
  return heir?.address ?? null;
}

/** Groups that lose a sentinel and have fewer than a majority of their declared size left that vote. */
function withoutMajority({ farm, world }: Pass, gone: Gone): string[] {
  const views = new Map(world.groups.map(({ name, sentinels }) => [name, sentinels]));
  return farm.sentinelGroups
    .filter(({ name, size }) => {
      const sentinels = views.get(name) ?? [];
      const left = sentinels.filter((one) => one.state === 'up' && !one.tilt && !gone.sentinels.has(one)).length;
      return sentinels.some((one) => gone.sentinels.has(one)) && left < majorityOf(size);
    })
    .map(({ name }) => name);
}

function sharesOf({ farm }: Pass, lost: Loss['partitions']): Loss['clusters'] {
  const counts = new Map<string, number>();
  for (const { clusterName } of lost) counts.set(clusterName, (counts.get(clusterName) ?? 0) + 1);
  return farm.cacheClusters
    .flatMap(({ clusterName, clusterSize }) => {
      const partitions = counts.get(clusterName) ?? 0;
      return partitions > 0
        ? [{ clusterName, partitions, share: Math.min(1, partitions / Math.max(1, clusterSize)) }]
        : [];
    })
    .sort((x, y) => y.share - x.share || y.partitions - x.partitions || (x.clusterName < y.clusterName ? -1 : 1));
}

/**
 * For each tier that loses something: pods that have to be taken in its place, and idle ones that live on. A standby that takes over has to be
 * replaced in turn, so each master needs one pod whoever takes it over. Standbys are kept in each datacenter: those of one that is gone as a
 * whole are not kept elsewhere.
 */
function capacityOf(
  { farm, world, facts }: Pass,
  kind: Kind,
  gone: Gone,
  masters: ReadonlySet<RedisPod>,
): Loss['capacity'] {
  return farm.tiers.flatMap(({ name: tier }) => {
    let needed = 0;
    let idleElsewhere = 0;
    for (const pod of world.pods) {
      if (pod.tier !== tier) continue;
      if (!gone.pods.has(pod)) {
        if (isIdle(facts, pod)) idleElsewhere++;
        continue;
      }
      const claimed = claimOf(pod)?.kind;
      const standby = claimed === 'standby' && kind !== 'datacenter';
      if (masters.has(pod) || standby || claimed === 'bound' || claimed === 'member') needed++;
    }
    return needed > 0 ? [{ tier, needed, idleElsewhere }] : [];
  });
}

/** @returns undefined when nothing is called so; a pod may be told as `<datacenter>/<name>` */
export function lossOf(pass: Pass, kind: Kind, name: string): Loss | undefined {
  const gone = goneWith(pass.world, kind, name);
  if (!gone) return undefined;
  const masters = new Set<RedisPod>();
  const partitions: Loss['partitions'] = [];
  for (const partition of pass.facts.partitions) {
    const pod = masterOf(pass, partition);
    if (!pod || !gone.pods.has(pod)) continue;
    masters.add(pod);
    partitions.push({
      name: partition.name,
      clusterName: partition.cluster.clusterName,
      standby: heirOf(pass, partition, gone),
      keys: wholeOrNull(pod.instance.state === 'up' ? pod.instance.keys : undefined),
    });
  }
  const others = [...gone.pods].filter((pod) => !masters.has(pod)).map((pod) => claimOf(pod)?.kind);
  return {
    kind,
    name,
    pods: gone.pods.size,
    partitions,
    standbys: others.filter((claimed) => claimed === 'standby').length,
    replicas: others.filter((claimed) => claimed === 'member').length,
    sentinels: [...gone.sentinels].map(({ datacenter, pod }) => `${datacenter}/${pod}`),
    groupsWithoutMajority: withoutMajority(pass, gone),
    clusters: sharesOf(pass, partitions),
    capacity: capacityOf(pass, kind, gone, masters),
  };
}
