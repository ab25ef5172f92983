/** Can pods of two workloads meet on one machine? On doubt yes. */

import { type Loose, list, record, records, strings, text } from '../../src/farm/loose.js';
import { LABEL } from '../../src/farm/words.js';
import { selects } from './selector.js';
import type { Workload } from './workload.js';

const requiredTerms = (workload: Workload): readonly Loose[] =>
  records(record(record(workload.podSpec.affinity).podAntiAffinity).requiredDuringSchedulingIgnoredDuringExecution);

/** Whether `workload` refuses a machine that holds a pod of `other`. Terms with a namespaceSelector are taken for "maybe not". */
export function keepsAway(workload: Workload, other: Workload): boolean {
  return requiredTerms(workload).some((term) => {
    const namespaces = list(term.namespaces);
    const sameNamespace =
      namespaces.length === 0
        ? workload.manifest.namespace === other.manifest.namespace
        : namespaces.includes(other.manifest.namespace);
    return term.topologyKey === LABEL.hostname && sameNamespace && selects(term.labelSelector, other.podLabels);
  });
}

/** The values that a workload's machines may have for a label: its nodeSelector, and its node affinity where that is one term of `In`. */
function machineLabels(workload: Workload): ReadonlyMap<string, ReadonlySet<string>> {
  const allowed = new Map(
    Object.entries(strings(workload.podSpec.nodeSelector)).map(([key, value]) => [key, new Set([value])]),
  );
  const nodeAffinity = record(record(workload.podSpec.affinity).nodeAffinity);
  const terms = records(record(nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution).nodeSelectorTerms);
  for (const expression of terms.length === 1 ? records(record(terms[0]).matchExpressions) : []) {
    const key = text(expression.key);
    if (key === undefined || expression.operator !== 'In') continue;
    const values = list(expression.values).map(String);
    const before = allowed.get(key);
    allowed.set(key, new Set(before ? values.filter((value) => before.has(value)) : values));
  }
  return allowed;
}

function onDifferentMachines(a: Workload, b: Workload): boolean {
  const theirs = machineLabels(b);
  return [...machineLabels(a)].some(([key, values]) => {
    const others = theirs.get(key);
    return others !== undefined && ![...values].some((value) => others.has(value));
  });
}

/** A required anti-affinity separates only the pods that its selector names: one by (tier, port) says nothing about other sets. */
export const mayMeet = (a: Workload, b: Workload): boolean =>
  a.manifest.kubeCluster === b.manifest.kubeCluster &&
  !keepsAway(a, b) &&
  !keepsAway(b, a) &&
  !onDifferentMachines(a, b);
