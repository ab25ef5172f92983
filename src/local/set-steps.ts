/**
 * Stand-in for the StatefulSet controller, pure: which ordinals to create and which pods to delete now.
 * - Parallel: all missing ordinals and all surplus pods at once.
 * - OrderedReady: the lowest missing ordinal, when all before it are ready; the highest surplus pod, when nothing is missing.
 * - OnDelete never deletes a pod for its revision; RollingUpdate deletes the highest outdated one while all are ready.
 */
export interface SetRules {
  readonly replicas: number;
  readonly ordered: boolean;
  readonly rolling: boolean;
  readonly revision: string;
}

export interface SetPod {
  readonly ordinal: number;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly revision: string;
}

export interface SetSteps {
  readonly create: readonly number[];
  readonly remove: readonly number[];
}

const NOTHING: SetSteps = { create: [], remove: [] };

function orderedSteps(missing: readonly number[], surplus: readonly number[], pods: readonly SetPod[]): SetSteps {
  const settled = (below: number): boolean =>
    pods.every((pod) => pod.ordinal >= below || (pod.ready && !pod.terminating));
  const next = missing[0];
  if (next !== undefined) return settled(next) ? { create: [next], remove: [] } : NOTHING;
  const last = surplus.at(-1);
  const going = pods.some((pod) => pod.terminating);
  return last !== undefined && !going && settled(last) ? { create: [], remove: [last] } : NOTHING;
}

function rollingStep(rules: SetRules, pods: readonly SetPod[]): SetSteps {
  const outdated = pods.filter((pod) => pod.revision !== rules.revision).map((pod) => pod.ordinal);
  const calm = pods.every((pod) => pod.ready && !pod.terminating);
  return rules.rolling && calm && outdated.length > 0 ? { create: [], remove: [Math.max(...outdated)] } : NOTHING;
}

export function setSteps(rules: SetRules, pods: readonly SetPod[]): SetSteps {
  const present = new Set(pods.map((pod) => pod.ordinal));
  const missing = Array.from({ length: rules.replicas }, (_, ordinal) => ordinal).filter((o) => !present.has(o));
  const surplus = pods
    .filter((pod) => pod.ordinal >= rules.replicas && !pod.terminating)
    .map((pod) => pod.ordinal)
    .sort((x, y) => x - y);
  if (missing.length === 0 && surplus.length === 0) return rollingStep(rules, pods);
  return rules.ordered ? orderedSteps(missing, surplus, pods) : { create: missing, remove: surplus };
}
