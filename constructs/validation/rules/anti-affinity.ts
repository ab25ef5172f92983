import { eachWorkload, type Rule } from '../rule.js';
import { keepsAway } from '../separation.js';
import type { Workload } from '../workload.js';

function check(workload: Workload): readonly string[] {
  const several = workload.replicas !== 'every machine' && workload.replicas > 1;
  const set = workload.manifest.kind === 'StatefulSet' || workload.manifest.kind === 'Deployment';
  if (!set || !workload.hostNetwork || !several || keepsAway(workload, workload)) return [];
  return [
    `${workload.podPath}.affinity.podAntiAffinity: ${workload.replicas} replicas with hostNetwork, and no required term on kubernetes.io/hostname selects its own pods`,
  ];
}

export const antiAffinity: Rule = {
  name: 'anti-affinity',
  severity: 'error',
  recommendation:
    'Replicas of a hostNetwork set listen on the same port, so no two of them may share a machine; nor should one machine take several of them with it.',
  fix: 'Add a requiredDuringSchedulingIgnoredDuringExecution podAntiAffinity term with topologyKey kubernetes.io/hostname and a selector that matches the set itself.',
  check: eachWorkload(check),
};
