/** Kubernetes objects -> the farm's own words. The inverse of the constructs: the round-trip test holds the two together. */
import { declaredFault } from '../farm/declared-fault.js';
import type { CacheCluster, FarmFrame } from '../farm/model.js';
import { ANNOTATION, CONTAINER, LABEL } from '../farm/words.js';
import { readDeclared } from './declarations.js';
import type { KubeCacheCluster, KubeNode, KubeObjects, KubePod } from './kube.js';
import type { DatacenterView, DeclaredCopy, Dispute, MachineView, RedisPod } from './model.js';
import { nameMachines } from './name-machines.js';

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
  readonly disputes: readonly Dispute[];
  readonly copies: readonly DeclaredCopy[];
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
    const restarts = pod.status.containerStatuses?.find((c) => c.name === CONTAINER.redis)?.restartCount ?? 0;
    return [{ name, uid, datacenter, machine, tier, ...at, revision, phase: pod.status.phase, draining, restarts }];
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

const faults = new WeakMap<KubeCacheCluster['spec'], string | undefined>();

/** Asked once for each object, which stays the same while nothing is written on it. */
function faultOf({ spec }: KubeCacheCluster): string | undefined {
  if (!faults.has(spec)) faults.set(spec, declaredFault(spec));
  return faults.get(spec);
}

/** What is declared here cannot all be read: nothing may be concluded from what is missing then. */
function unreadable({ cacheClusters }: KubeObjects): string | undefined {
  const first = cacheClusters.find((object) => faultOf(object) !== undefined);
  return first && `CacheCluster ${first.metadata.name} cannot be read: ${faultOf(first)}`;
}

const readableOf = (objects: KubeObjects): KubeObjects =>
  unreadable(objects) === undefined
    ? objects
    : { ...objects, cacheClusters: objects.cacheClusters.filter((object) => faultOf(object) === undefined) };

export function readKube(frame: FarmFrame, readings: readonly DatacenterReading[]): KubeReading {
  const objects = readings.flatMap((reading) => ('objects' in reading ? [reading.objects] : []));
  return nameMachines({
    datacenters: frame.datacenters.map(({ name }) => {
      const reading = readings.find((r) => r.datacenter === name);
      if (reading && 'objects' in reading) {
        const { nodes, problem = unreadable(reading.objects) } = reading.objects;
        const machines = nodes.map((item) => readMachine(name, item));
        return problem === undefined
          ? { name, complete: true, machines }
          : { name, complete: false, problem, machines };
      }
      return { name, complete: false, problem: reading?.problem ?? 'no kube context given', machines: [] };
    }),
    pods: objects.flatMap((o) => readRedisPods(frame, o)),
    sentinels: objects.flatMap((o) => readSentinels(frame, o)),
    ...readDeclared(frame, objects.map(readableOf)),
  });
}
