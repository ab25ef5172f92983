/** One partition with all that is known of it, for who wants to know why it is as it is. */
import { parsePartitionName } from '../../farm/words.js';
import type { Decision, Note } from '../../plan/action.js';
import type { VoiceEvent } from '../../voice/voice-event.js';
import { applicationUserOf, claimOf, isOpen, type PartitionFact, partitionOf } from '../../world/facts.js';
import type { RedisPod, SentinelView } from '../../world/model.js';
import { partitionState } from '../../world/partition-state.js';
import type { Pass } from '../parts.js';
import type { Freshness, PartitionView } from '../schemas.js';
import { behind, podOf } from './clusters.js';
import { decisionViews, noteView } from './decisions.js';
import { eventView } from './events.js';
import { mapPod } from './farm-map.js';
import type { Loads } from './load.js';

/** So many events of one partition are told; the ring has more for who asks it. */
const MOST_EVENTS = 200;

const isAbout = ({ subject, partition, subjects }: VoiceEvent, name: string): boolean =>
  partition === name || subject === name || (subjects?.includes(name) ?? false);

function historyOf(events: readonly VoiceEvent[], name: string): PartitionView['history'] {
  const about = events.filter((event) => isAbout(event, name));
  return about
    .sort((x, y) => y.seq - x.seq)
    .slice(0, MOST_EVENTS)
    .map(eventView);
}

const concerns = ({ subject, actions }: Decision, name: string): boolean =>
  subject === name || actions.some((action) => 'partition' in action && action.partition === name);

/** Notes of the partition, of its cache cluster, its group and the group's sentinels, and what holds up everything. */
function notesAbout(pass: Pass, { name, cluster, group }: PartitionFact, sentinels: readonly SentinelView[]): Note[] {
  const subjects = new Set([name, cluster.clusterName, group.name]);
  // The sentinels of one group have the same pod name in every datacenter: their address is the first word of the detail.
  const addresses = new Set(sentinels.map(({ address }) => address));
  return pass.plan.notes.filter(({ reason, subject, detail }) => {
    if (reason === 'BarnIsolated') return true;
    if (reason === 'SentinelTilted' || reason === 'SentinelUnreachable')
      return addresses.has(detail.split(': ')[0] ?? '');
    if (reason === 'DatacenterUnread') return cluster.datacenters.includes(subject);
    return subjects.has(subject);
  });
}

function standbyOf(pass: Pass, partition: PartitionFact): PartitionView['standby'] {
  const { cluster } = partition;
  if (cluster.partitionSize > 1) return null;
  const { facts, farm } = pass;
  const isKept = (pod: RedisPod | undefined): boolean => {
    const claim = pod && claimOf(pod);
    return claim?.kind === 'standby' && claim.clusterName === cluster.clusterName;
  };
  const listed = behind(partition).filter((address) => address !== partition.agreed);
  const address = listed.find((candidate) => isKept(facts.podAt.get(candidate))) ?? listed[0];
  if (address === undefined) return null;
  const pod = facts.podAt.get(address);
  return {
    address,
    pod: pod?.name ?? null,
    machine: pod?.machine ?? null,
    open: pod !== undefined && isKept(pod) && isOpen(pod, applicationUserOf(farm.auth, cluster.clusterName)),
  };
}

/** Pods that sentinels list behind its master, and those that say themselves that they are of it. */
function replicasOf(
  { facts }: Pass,
  partition: PartitionFact,
  master: RedisPod | undefined,
): PartitionView['replicas'] {
  if (partition.cluster.partitionSize === 1) return [];
  const addresses = new Set([...behind(partition), ...partition.claimedBy.map(({ address }) => address)]);
  if (master) addresses.delete(master.address);
  return [...addresses].map((address) => {
    const pod = facts.podAt.get(address);
    const instance = pod?.instance.state === 'up' ? pod.instance : undefined;
    return {
      address,
      pod: pod?.name ?? null,
      machine: pod?.machine ?? null,
      offset: instance?.offset ?? null,
      linkUp: instance?.masterLinkUp ?? null,
    };
  });
}

function sayings(partition: PartitionFact, sentinels: readonly SentinelView[]): PartitionView['sentinels'] {
  const views = new Map(partition.known.map(({ sentinel, view }) => [sentinel.address, view]));
  return sentinels.map((sentinel) => {
    const view = views.get(sentinel.address);
    return {
      sentinel: sentinel.pod,
      datacenter: sentinel.datacenter,
      address: sentinel.address,
      up: sentinel.state === 'up',
      tilt: sentinel.state === 'up' && sentinel.tilt,
      says: view?.address ?? null,
      epoch: view?.epoch ?? null,
      flags: [...(view?.flags ?? [])],
      replicas: view?.replicas.map(({ address }) => address) ?? [],
    };
  });
}

/** @param events those of the ring, or of it those about the partition. @returns undefined when it is not declared */
export function partitionView(
  pass: Pass,
  load: Loads,
  events: readonly VoiceEvent[],
  name: string,
  freshness: Freshness,
): PartitionView | undefined {
  const partition = parsePartitionName(name) && partitionOf(pass.facts, name);
  if (!partition) return undefined;
  const sentinels = pass.world.groups.find((group) => group.name === partition.group.name)?.sentinels ?? [];
  const pod = podOf(pass.facts, partition);
  return {
    name,
    clusterName: partition.cluster.clusterName,
    index: partition.index,
    state: partitionState(pass.farm, pass.facts, partition),
    address: partition.agreed ?? null,
    epoch: partition.epoch,
    pod: (pod && mapPod(pass, load, pod)) ?? null,
    standby: standbyOf(pass, partition),
    replicas: replicasOf(pass, partition, pod),
    sentinels: sayings(partition, sentinels),
    history: historyOf(events, name),
    decisions: decisionViews(pass.plan.decisions.filter((decision) => concerns(decision, name))),
    notes: notesAbout(pass, partition, sentinels).map(noteView),
    freshness,
  };
}
