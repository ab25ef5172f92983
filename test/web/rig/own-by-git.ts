import { readFileSync } from 'node:fs';
import { kubernetesName } from '../../../src/farm/words.js';
import type { RunningFarm } from '../../builders/running-farm.js';

interface Kubeconfig {
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/**
 * In every KubeCluster, what Argo CD puts on an object that it keeps as Git has it.
 * @param application null takes it away
 */
export async function ownByGit(running: RunningFarm, clusterName: string, application: string | null): Promise<void> {
  const { frame, address, kubeconfig } = running.embedded;
  const { namespace, datacenters } = frame;
  const name = kubernetesName(clusterName);
  const { users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const id = application && `${application}:cachefarm.dev/CacheCluster:${namespace}/${name}`;
  for (const datacenter of datacenters) {
    const path = `${datacenter.name}/apis/cachefarm.dev/v1alpha1/namespaces/${namespace}/cacheclusters/${name}`;
    const { ok, status } = await fetch(`${address}/${path}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${users[0]?.user.token}`,
        'content-type': 'application/merge-patch+json',
      },
      body: JSON.stringify({ metadata: { annotations: { 'argocd.argoproj.io/tracking-id': id } } }),
    });
    if (!ok) throw new Error(`the KubeCluster of ${datacenter.name} answered ${status}`);
  }
}
