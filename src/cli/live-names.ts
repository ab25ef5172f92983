import { declaredFault } from '../farm/declared-fault.js';
import { ENV, LABEL, partitionName } from '../farm/words.js';
import type { KubeObjects } from '../world/kube.js';
import type { LiveKind } from './complete-words.js';
import { kubeconfigPath } from './kubeconfig-path.js';
import { locateFarm } from './locate-farm.js';
import type { AccessOptions } from './located-farm.js';

interface Named {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

const pods = ({ datacenter, pods: all }: KubeObjects, role: string): readonly string[] =>
  (all as readonly Named[])
    .filter(({ metadata }) => metadata.labels?.[LABEL.role] === role)
    .map(({ metadata }) => `${datacenter}/${metadata.name}`);

function namesIn(kind: LiveKind, objects: KubeObjects): readonly string[] {
  const clusters = objects.cacheClusters
    .map(({ spec }) => spec as { clusterName?: unknown; clusterSize?: unknown })
    .filter((spec) => declaredFault(spec) === undefined);
  switch (kind) {
    case 'pods':
      return pods(objects, 'redis');
    case 'sentinels':
      return pods(objects, 'sentinel');
    case 'clusters':
      return clusters.map(({ clusterName }) => String(clusterName));
    case 'partitions':
      return clusters.flatMap(({ clusterName, clusterSize }) =>
        Array.from({ length: Number(clusterSize) || 0 }, (_, index) => partitionName(String(clusterName), index)),
      );
    case 'machines':
    case 'datacenters':
    case 'contexts':
      return [];
  }
}

/** A name that several KubeClusters have is told apart as the operator does (world/name-machines.ts). */
function machines(read: readonly KubeObjects[]): readonly string[] {
  const all = read.flatMap(({ datacenter, nodes }) => nodes.map(({ metadata: { name } }) => ({ datacenter, name })));
  const holders = new Map<string, number>();
  for (const { name } of all) holders.set(name, (holders.get(name) ?? 0) + 1);
  return all.map(({ datacenter, name }) => ((holders.get(name) ?? 0) > 1 ? `${datacenter}/${name}` : name));
}

async function contexts(options: AccessOptions, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { loadKubeconfig } = await import('./load-kubeconfig.js');
  return loadKubeconfig(kubeconfigPath(options.kubeconfig, env))
    .getContexts()
    .map(({ name }) => name);
}

/**
 * Names for a shell to complete, from Kubernetes alone: no pod is asked, no password read.
 * @throws whatever keeps them from being read
 */
export async function liveNames(
  kind: LiveKind,
  options: AccessOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly string[]> {
  if (kind === 'contexts') return contexts(options, env);
  const { frame, kubeconfig } = await locateFarm(options, env);
  if (kind === 'datacenters') return frame.datacenters.map(({ name }) => name);
  const { listedSource } = await import('../observe/kube-client.js');
  const { farmEndpoints } = await import('./farm-endpoints.js');
  const sources = farmEndpoints(frame, kubeconfig, env[ENV.datacenter]).map((endpoint) =>
    listedSource(frame, endpoint),
  );
  const asked = await Promise.allSettled(sources.map((source) => source.read()));
  const read = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const names = kind === 'machines' ? machines(read) : read.flatMap((objects) => namesIn(kind, objects));
  return [...new Set(names)].sort();
}
