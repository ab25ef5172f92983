import { records } from '../../../src/farm/loose.js';
import { LABEL } from '../../../src/farm/words.js';
import type { Finding, Output, Rule } from '../rule.js';
import { selects } from '../selector.js';
import { type DeployedGroup, deployedGroups, sentinelsIn } from '../sentinel-groups.js';
import { keepsAway } from '../separation.js';
import type { Workload } from '../workload.js';

const spreadOverMachines = (workload: Workload): boolean =>
  keepsAway(workload, workload) ||
  records(workload.podSpec.topologySpreadConstraints).some(
    (constraint) =>
      constraint.topologyKey === LABEL.hostname &&
      constraint.whenUnsatisfiable === 'DoNotSchedule' &&
      selects(constraint.labelSelector, workload.podLabels),
  );

function checkDatacenters({ name, sets }: DeployedGroup): readonly Finding[] {
  const total = sets.reduce((sum, set) => sum + sentinelsIn(set), 0);
  const domains = new Set(sets.map((set) => set.manifest.kubeCluster));
  // a group inside one KubeCluster has machines for failure domains
  if (domains.size < 2) return [];
  return sets
    .filter((set) => sentinelsIn(set) > total / 2)
    .map((set) => ({
      manifest: set.manifest,
      location: `spec.replicas: ${set.manifest.kubeCluster} holds ${sentinelsIn(set)} of the ${total} sentinels of group ${name}; without it there is no majority`,
    }));
}

const checkMachines = ({ name, sets }: DeployedGroup): readonly Finding[] =>
  sets
    .filter((set) => sentinelsIn(set) > 1 && !spreadOverMachines(set))
    .map((set) => ({
      manifest: set.manifest,
      location: `${set.podPath}.affinity: ${sentinelsIn(set)} sentinels of group ${name} may share a machine`,
    }));

function check(output: Output): readonly Finding[] {
  return deployedGroups(output).flatMap((group) => [...checkDatacenters(group), ...checkMachines(group)]);
}

export const sentinelSpread: Rule = {
  name: 'sentinel-spread',
  severity: 'warning',
  recommendation:
    'Where one datacenter or machine holds the majority of a sentinel group, its loss leaves nobody to name a new address for any partition of the group.',
  fix: 'Spread a group over three datacenters (the third may be a witness), and inside one over machines.',
  check,
};
