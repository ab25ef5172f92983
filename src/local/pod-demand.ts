import { parseBytes } from '../farm/bytes.js';
import type { Container, PodSpec } from './manifest.js';
import type { Placeable } from './schedule.js';

const memoryOf = (container: Container): number => parseBytes(container.resources?.requests?.memory ?? 0) ?? 0;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/** Kubernetes' rule: what runs together is added up; an init container before that only has to fit. */
function memoryDemand(spec: PodSpec): number {
  const init = spec.initContainers ?? [];
  const together = sum([...spec.containers, ...init.filter(isSidecar)].map(memoryOf));
  return Math.max(together, ...init.filter((container) => !isSidecar(container)).map(memoryOf));
}

function hostPorts(spec: PodSpec): readonly number[] {
  const ports = [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) => container.ports ?? []);
  return ports.flatMap((port) => {
    const taken = spec.hostNetwork ? port.containerPort : port.hostPort;
    return taken === undefined ? [] : [taken];
  });
}

/** What a pod asks of the machine it is put on. */
export const podDemand = (spec: PodSpec, labels: Readonly<Record<string, string>>): Placeable => ({
  labels,
  memoryBytes: memoryDemand(spec),
  hostPorts: hostPorts(spec),
  antiAffinity: spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
  nodeSelector: spec.nodeSelector ?? {},
});
