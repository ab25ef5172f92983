/** Kubernetes objects -> the farm's own words. The inverse of the constructs: the round-trip test holds the two together. */
import type { CacheCluster, FarmFrame } from '../farm/model.js';
import { ANNOTATION, CONTAINER, LABEL } from '../farm/words.js';
import type { KubeCacheCluster, KubeNode, KubeObjects, KubePod } from './kube.js';
import type { DatacenterView, MachineView, RedisPod } from './model.js';

/** A RedisPod before its instance was asked. */
export type PodRecord = Omit<RedisPod, 'instance'>;

export interface SentinelRecord {
  readonly pod: string;
  readonly group: string;
  readonly datacenter: string;
  readonly machine: string;
  readonly address: string;
}

export interface KubeReading {
  readonly datacenters: readonly DatacenterView[];
  readonly pods: readonly PodRecord[];
  readonly sentinels: readonly SentinelRecord[];
  readonly cacheClusters: readonly CacheCluster[];
}

/** What one KubeCluster said, or why it said nothing. */
export type DatacenterReading =
  | { readonly datacenter: string; readonly objects: KubeObjects }
  | { readonly datacenter: string; readonly problem: string };

const isDraining = (item: KubePod | KubeNode): boolean => item.metadata.annotations?.[ANNOTATION.drain] !== undefined;

function readMachine(datacenter: string, item: KubeNode): MachineView {
  const address = item.status.addresses.find((a) => a.type === 'InternalIP')?.address ?? '';
  const ready = item.status.conditions.some((c) => c.type === 'Ready' && c.status === 'True');
  return { name: item.metadata.name, datacenter, address, ready, draining: isDraining(item) };
}

const portOf = (pod: KubePod, container: string): number | undefined =>
  pod.spec.containers.find((c) => c.name === container)?.ports?.[0]?.containerPort;

/** A pod without a machine has no address yet: it is Pending and of no use. */
function addressOf(pod: KubePod, container: string): { address: string; port: number } | undefined {
  const port = portOf(pod, container);
  const ip = pod.status.hostIP;
  return port === undefined || !ip || !pod.spec.nodeName ? undefined : { address: `${ip}:${port}`, port };
}

const isOurs = (farm: string, role: string) => (pod: KubePod) =>
  pod.metadata.labels[LABEL.farm] === farm &&
  pod.metadata.labels[LABEL.role] === role &&
  !pod.metadata.deletionTimestamp;

function readRedisPods(frame: FarmFrame, { datacenter, pods, nodes }: KubeObjects): readonly PodRecord[] {
  const emptied = new Set(nodes.filter(isDraining).map((item) => item.metadata.name));
  return pods.filter(isOurs(frame.name, 'redis')).flatMap((pod) => {
    const at = addressOf(pod, CONTAINER.redis);
    const { labels, name, uid } = pod.metadata;
    const tier = frame.tiers.find((t) => t.name.toLowerCase() === labels[LABEL.tier]?.toLowerCase())?.name;
    if (!at || !tier) return [];
    const machine = pod.spec.nodeName as string;
    const draining = isDraining(pod) || emptied.has(machine);
    const revision = labels[LABEL.revision] ?? '';
    return [{ name, uid, datacenter, machine, tier, ...at, revision, phase: pod.status.phase, draining }];
  });
}

function readSentinels(frame: FarmFrame, { datacenter, pods }: KubeObjects): readonly SentinelRecord[] {
  return pods.filter(isOurs(frame.name, 'sentinel')).flatMap((pod) => {
    const at = addressOf(pod, CONTAINER.sentinel);
    const group = pod.metadata.labels[LABEL.sentinelGroup];
    return at && group
      ? [{ pod: pod.metadata.name, group, datacenter, machine: pod.spec.nodeName as string, address: at.address }]
      : [];
  });
}

/** The CR's spec is the resolved CacheCluster with its placement; defaults are filled in as the CRD does. */
export function readCacheCluster(frame: FarmFrame, item: KubeCacheCluster): CacheCluster {
  const spec = item.spec as Partial<CacheCluster> & { placement?: { datacenters?: readonly string[] } };
  const partitionSize = spec.partitionSize ?? 1;
  return {
    clusterName: String(spec.clusterName),
    clusterSize: Number(spec.clusterSize),
    partitionSize,
    tier: String(spec.tier),
    standbys: spec.standbys ?? (partitionSize > 1 ? 0 : 1),
    hash: spec.hash ?? 'jump',
    importance: spec.importance ?? 3,
    ...(spec.backingGroup === undefined ? {} : { backingGroup: spec.backingGroup }),
    sentinelGroup: String(
      spec.sentinelGroup ?? frame.sentinelGroups.find((g) => g.replicated === partitionSize > 1)?.name,
    ),
    datacenters: spec.placement?.datacenters ?? frame.datacenters.filter((d) => !d.witness).map((d) => d.name),
  };
}

/** The same CacheCluster may be declared in several KubeClusters: the highest generation counts, then the first datacenter. */
function mergeCacheClusters(frame: FarmFrame, all: readonly KubeObjects[]): readonly CacheCluster[] {
  const newest = new Map<string, KubeCacheCluster>();
  for (const item of all.flatMap((objects) => objects.cacheClusters)) {
    const key = String(item.spec.clusterName);
    const known = newest.get(key);
    if (!known || (item.metadata.generation ?? 0) > (known.metadata.generation ?? 0)) newest.set(key, item);
  }
  return [...newest.values()]
    .map((item) => readCacheCluster(frame, item))
    .sort((x, y) => (x.clusterName < y.clusterName ? -1 : 1));
}

export function readKube(frame: FarmFrame, readings: readonly DatacenterReading[]): KubeReading {
  const objects = readings.flatMap((reading) => ('objects' in reading ? [reading.objects] : []));
  return {
    datacenters: frame.datacenters.map(({ name }) => {
      const reading = readings.find((r) => r.datacenter === name);
      if (reading && 'objects' in reading) {
        return { name, complete: true, machines: reading.objects.nodes.map((item) => readMachine(name, item)) };
      }
      return { name, complete: false, problem: reading?.problem ?? 'no kube context given', machines: [] };
    }),
    pods: objects.flatMap((o) => readRedisPods(frame, o)),
    sentinels: objects.flatMap((o) => readSentinels(frame, o)),
    cacheClusters: mergeCacheClusters(frame, objects),
  };
}
