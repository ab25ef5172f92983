import { farmFrame } from '../../../constructs/farm-config.js';
import { declaredIn } from '../../../src/barn/seed.js';
import { accessThrough } from '../../../src/cli/farm-access.js';
import { kubeSources } from '../../../src/observe/kube-client.js';
import { deriveFacts, type Facts } from '../../../src/world/facts.js';
import { measureProgress, type Progress } from '../../../src/world/progress.js';
import { until } from '../../local/until.js';
import type { FarmOnRig } from './farm-on-rig.js';
import type { KubeObject } from './kube-objects.js';

export interface Listed {
  readonly items: readonly (KubeObject & {
    readonly spec: { readonly nodeName?: string; readonly replicas?: number };
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly status?: { readonly readyReplicas?: number };
  })[];
}

/** Of cache nodes and sentinels. */
export const uidsOf = ({ items }: Listed): readonly (string | undefined)[] =>
  items
    .filter(({ metadata }) => /^(redis|sentinel)-/.test(metadata.name))
    .map(({ metadata }) => metadata.uid)
    .sort();

/** What tests ask of a farm on the rig: of its API servers, and of pods and sentinels themselves. */
export interface FarmSeen {
  look(): Promise<{ readonly facts: Facts; readonly progress: Progress }>;
  /** Waits until so many partitions are declared, serve, and are armed. */
  serving(partitions: number): Promise<void>;
  /** of partitions, by their names */
  addresses(clusterNames: readonly string[]): Promise<Readonly<Record<string, string | undefined>>>;
  list(datacenter: string, group: string, plural: string): Promise<Listed>;
  sets(datacenter: string): Promise<Listed>;
  pods(datacenter: string): Promise<Listed>;
  cacheClusters(datacenter: string): Promise<Listed>;
  /** Pods but the seed's with their uids, and the versions of all that makes them: what a sync that changes nothing must leave. */
  fingerprint(): Promise<readonly Readonly<Record<'pods' | 'sets' | 'deployments' | 'cacheClusters', unknown>>[]>;
  close(): void;
}

const named = ({ items }: Listed, what: 'uid' | 'generation'): unknown =>
  items.map(({ metadata }) => [metadata.name, metadata[what]]).sort();
/** How often its pods were rolled out: its generation rises with any annotation. */
const rollouts = ({ items }: Listed): unknown =>
  items.map(({ metadata }) => [metadata.name, metadata.annotations?.['deployment.kubernetes.io/revision']]).sort();

export function seeFarm({ farm: declared, rig, http, secrets }: FarmOnRig): FarmSeen {
  const frame = farmFrame(declared);
  const access = accessThrough(frame, secrets, kubeSources(frame, rig.kubeconfig, undefined));
  const look: FarmSeen['look'] = async () => {
    const world = await access.observe();
    const farm = declaredIn(frame, world);
    const facts = deriveFacts(farm, world);
    return { facts, progress: measureProgress(farm, facts) };
  };
  const list: FarmSeen['list'] = (datacenter, group, plural) =>
    http(datacenter).get<Listed>(`${group}/namespaces/${declared.namespace}/${plural}`);
  const sets = (datacenter: string) => list(datacenter, '/apis/apps/v1', 'statefulsets');
  const pods = (datacenter: string) => list(datacenter, '/api/v1', 'pods');
  const cacheClusters = (datacenter: string) => list(datacenter, '/apis/cachefarm.dev/v1alpha1', 'cacheclusters');
  return {
    ...{ look, list, sets, pods, cacheClusters, close: () => access.close() },
    serving: (partitions) =>
      until(
        `${partitions} partitions serve, armed`,
        async () => {
          const { progress } = await look();
          const { declared: wanted, serving, armed, toArm } = progress;
          return wanted === partitions && serving === partitions && armed === toArm;
        },
        90_000,
      ),
    addresses: async (clusterNames) => {
      const { facts } = await look();
      const wanted = facts.partitions.filter(({ cluster }) => clusterNames.includes(cluster.clusterName));
      return Object.fromEntries(wanted.map(({ name, agreed }) => [name, agreed]));
    },
    fingerprint: () =>
      Promise.all(
        declared.datacenters.map(async ({ name }) => ({
          pods: named({ items: (await pods(name)).items.filter(({ metadata }) => !/seed/.test(metadata.name)) }, 'uid'),
          sets: named(await sets(name), 'generation'),
          deployments: rollouts(await list(name, '/apis/apps/v1', 'deployments')),
          cacheClusters: named(await cacheClusters(name), 'generation'),
        })),
      ),
  };
}
