/** The sentinel groups among manifests, over all KubeClusters, and what farm.json says about them. */

import { integer, list, record, records, text } from '../../src/farm/loose.js';
import { LABEL, NAME } from '../../src/farm/words.js';
import type { Manifest } from './manifest.js';
import type { Output } from './rule.js';
import { isSentinel, type Workload } from './workload.js';

export interface DeployedGroup {
  readonly name: string;
  readonly sets: readonly Workload[];
}

export interface DeclaredGroup {
  readonly manifest: Manifest;
  readonly name: string;
  readonly size: number;
  readonly quorum: number;
}

export const sentinelsIn = (workload: Workload): number =>
  workload.replicas === 'every machine' ? 0 : workload.replicas;

/** With our label a group may reach over KubeClusters; anybody else's StatefulSet of sentinels is a group of its own. */
function groupKey(workload: Workload): string | undefined {
  if (workload.manifest.kind !== 'StatefulSet') return undefined;
  const label = workload.podLabels[LABEL.sentinelGroup];
  if (label !== undefined) return `${workload.podLabels[LABEL.farm] ?? ''} ${label}`;
  const { kubeCluster, namespace, name } = workload.manifest;
  return workload.containers.some((container) => !container.init && isSentinel(container))
    ? `${kubeCluster} ${namespace} ${name}`
    : undefined;
}

export function deployedGroups({ workloads }: Output): readonly DeployedGroup[] {
  const groups = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const key = groupKey(workload);
    if (key === undefined) continue;
    const sets = groups.get(key);
    if (sets) sets.push(workload);
    else groups.set(key, [workload]);
  }
  return [...groups.values()].map((sets) => ({ name: nameOf(sets), sets }));
}

const nameOf = (sets: readonly Workload[]): string =>
  sets[0]?.podLabels[LABEL.sentinelGroup] ?? sets[0]?.manifest.name ?? '';

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // somebody else's ConfigMap of the same name
  }
}

/** Groups of farm.json, each once: every KubeCluster has the same ConfigMap. */
export function declaredGroups({ manifests }: Output): readonly DeclaredGroup[] {
  const found = new Map<string, DeclaredGroup>();
  for (const manifest of manifests.filter((m) => m.kind === 'ConfigMap' && m.name === NAME.farmConfig)) {
    const json = text(record(manifest.object.data)['farm.json']);
    const farm = record(json === undefined ? undefined : parsed(json));
    for (const group of records(list(farm.sentinelGroups))) {
      const [name, size, quorum] = [text(group.name), integer(group.size), integer(group.quorum)];
      const key = `${text(farm.name) ?? ''} ${name ?? ''}`;
      if (name !== undefined && size !== undefined && quorum !== undefined && !found.has(key))
        found.set(key, { manifest, name, size, quorum });
    }
  }
  return [...found.values()];
}
