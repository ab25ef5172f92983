import { LABEL, partitionName } from '../farm/words.js';
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
  const clusters = objects.cacheClusters.map(({ spec }) => spec as { clusterName?: unknown; clusterSize?: unknown });
  switch (kind) {
    case 'pods':
      return pods(objects, 'redis');
    case 'sentinels':
      return pods(objects, 'sentinel');
    case 'machines':
      return (objects.nodes as readonly Named[]).map(({ metadata }) => metadata.name);
    case 'clusters':
      return clusters.map(({ clusterName }) => String(clusterName));
    case 'partitions':
      return clusters.flatMap(({ clusterName, clusterSize }) =>
        Array.from({ length: Number(clusterSize) || 0 }, (_, index) => partitionName(String(clusterName), index)),
      );
    case 'datacenters':
    case 'contexts':
      return [];
  }
}

async function contexts(options: AccessOptions, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath(options.kubeconfig, env));
  return config.getContexts().map(({ name }) => name);
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
  const { kubeSources } = await import('../observe/kube-client.js');
  const read = await Promise.allSettled(kubeSources(frame, kubeconfig, undefined).map((source) => source.read()));
  const names = read.flatMap((one) => (one.status === 'fulfilled' ? namesIn(kind, one.value) : []));
  return [...new Set(names)].sort();
}
