/**
 * Stand-in for kube-scheduler, pure and deterministic:
 * 1. filter machines: ready, not cordoned, node selector, free host ports, enough memory, required pod anti-affinity in both directions;
 * 2. of those left take the one with the fewest pods, then the first in order.
 * Reasons are worded as kube-scheduler words them.
 */
import type { AntiAffinityTerm } from './manifest.js';
import { selectsLabels } from './select-labels.js';

type Labels = Readonly<Record<string, string>>;

/** A pod as far as its placement goes. */
export interface Placeable {
  readonly labels: Labels;
  readonly memoryBytes: number;
  readonly hostPorts: readonly number[];
  readonly antiAffinity: readonly AntiAffinityTerm[];
  readonly nodeSelector: Labels;
}

export interface MachineLoad {
  readonly name: string;
  readonly ready: boolean;
  /** cordoned: keeps what it has, takes no more */
  readonly unschedulable?: boolean;
  readonly labels: Labels;
  /** undefined: not limited */
  readonly memoryBytes?: number | undefined;
  readonly pods: readonly Placeable[];
}

export type Placement = { readonly machine: string } | { readonly pending: string };

const domainOf = (machine: MachineLoad, term: AntiAffinityTerm): string | undefined => machine.labels[term.topologyKey];
const avoids = (holder: Placeable, term: AntiAffinityTerm, other: Placeable): boolean =>
  holder.antiAffinity.includes(term) && selectsLabels(term.labelSelector, other.labels);

function repels(pod: Placeable, machine: MachineLoad, machines: readonly MachineLoad[]): boolean {
  const sameDomain = (term: AntiAffinityTerm, other: MachineLoad): boolean =>
    domainOf(machine, term) !== undefined && domainOf(machine, term) === domainOf(other, term);
  return machines.some((other) =>
    other.pods.some(
      (placed) =>
        pod.antiAffinity.some((term) => sameDomain(term, other) && avoids(pod, term, placed)) ||
        placed.antiAffinity.some((term) => sameDomain(term, other) && avoids(placed, term, pod)),
    ),
  );
}

const memoryUsed = (machine: MachineLoad): number => machine.pods.reduce((sum, pod) => sum + pod.memoryBytes, 0);

function refusal(pod: Placeable, machine: MachineLoad, machines: readonly MachineLoad[]): string | undefined {
  if (!machine.ready) return 'node(s) had untolerated taint {node.kubernetes.io/unreachable: }';
  if (machine.unschedulable) return 'node(s) were unschedulable';
  if (Object.entries(pod.nodeSelector).some(([key, value]) => machine.labels[key] !== value))
    return "node(s) didn't match Pod's node affinity/selector";
  if (machine.pods.some((placed) => placed.hostPorts.some((port) => pod.hostPorts.includes(port))))
    return "node(s) didn't have free ports for the requested pod ports";
  if (machine.memoryBytes !== undefined && memoryUsed(machine) + pod.memoryBytes > machine.memoryBytes)
    return 'Insufficient memory';
  return repels(pod, machine, machines) ? "node(s) didn't match pod anti-affinity rules" : undefined;
}

function pendingReason(refusals: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of refusals) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].sort(([x], [y]) => (x < y ? -1 : 1)).map(([reason, count]) => `${count} ${reason}`);
  return `0/${refusals.length} nodes are available: ${parts.join(', ')}.`;
}

/** @returns the machine, or why there is none */
export function pickMachine(pod: Placeable, machines: readonly MachineLoad[]): Placement {
  const refusals = machines.map((machine) => refusal(pod, machine, machines));
  const fitting = machines.filter((_, index) => refusals[index] === undefined);
  const best = fitting.reduce<MachineLoad | undefined>(
    (least, machine) => (least === undefined || machine.pods.length < least.pods.length ? machine : least),
    undefined,
  );
  return best ? { machine: best.name } : { pending: pendingReason(refusals.filter((r) => r !== undefined)) };
}
