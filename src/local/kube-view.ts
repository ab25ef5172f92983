/** Pods and machines of the embedded farm in Kubernetes' own form. */
import type { KubeNode, KubePod } from '../world/kube.js';
import type { ContainerState } from './container-run.js';
import type { Machine } from './machine.js';
import type { Pod } from './pod.js';
import type { PodContainer } from './pod-container.js';
import { isSidecar } from './pod-demand.js';

const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function stateView(state: ContainerState): Record<string, unknown> {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } };
    case 'running':
      return { running: { startedAt: time(state.startedAt) } };
    case 'terminated':
      return {
        terminated: { exitCode: state.exitCode, reason: state.reason, finishedAt: time(state.finishedAt) },
      };
  }
}

const containerStatus = ({ spec, run, ready }: PodContainer) => ({
  name: spec.name,
  image: spec.image,
  imageID: '',
  ready,
  started: run.running,
  restartCount: run.restartCount,
  state: stateView(run.state),
  lastState: run.lastState ? stateView(run.lastState) : {},
});

const condition = (type: string, holds: boolean, more: Record<string, string> = {}) => ({
  type,
  status: holds ? 'True' : 'False',
  ...more,
});

function podConditions(pod: Pod) {
  const scheduled = pod.machine !== undefined;
  const why = !scheduled && pod.message !== '' ? { reason: 'Unschedulable', message: pod.message } : {};
  return [
    condition('PodScheduled', scheduled, why),
    condition('Initialized', pod.phase !== 'Pending'),
    condition('ContainersReady', pod.ready),
    condition('Ready', pod.ready),
  ];
}

export interface ServedPod extends KubePod {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: KubePod['metadata'] & {
    readonly namespace: string;
    readonly creationTimestamp: string;
    /** given by the API, as the object changes */
    readonly resourceVersion?: string;
  } & Readonly<Record<string, unknown>>;
  readonly status: KubePod['status'] & Readonly<Record<string, unknown>>;
}

/** As the pod is now, without what was written on it over the API. */
export function podView(pod: Pod): ServedPod {
  const { birth, machine } = pod;
  const statuses = (sidecar: boolean) =>
    pod.containers.filter((container) => isSidecar(container.spec) === sidecar).map(containerStatus);
  const address = machine?.address;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: birth.name,
      namespace: birth.namespace,
      uid: pod.uid,
      creationTimestamp: time(pod.createdAt),
      labels: birth.labels,
      annotations: birth.annotations,
      ...(pod.deletedAt === undefined ? {} : { deletionTimestamp: time(pod.deletedAt + pod.graceMs) }),
    },
    spec: { ...birth.template.spec, ...(machine ? { nodeName: machine.name } : {}) },
    status: {
      phase: pod.phase,
      conditions: podConditions(pod),
      ...(address === undefined ? {} : { hostIP: address, podIP: address, podIPs: [{ ip: address }] }),
      ...(pod.message === '' ? {} : { message: pod.message }),
      initContainerStatuses: statuses(true),
      containerStatuses: statuses(false),
    },
  };
}

export interface ServedNode extends KubeNode {
  readonly apiVersion: 'v1';
  readonly kind: 'Node';
  readonly metadata: KubeNode['metadata'] & { readonly uid: string; readonly resourceVersion?: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** As the machine is now, without what was written on it over the API. */
export function machineView(machine: Machine): ServedNode & Readonly<Record<string, unknown>> {
  const memory = machine.memoryBytes === undefined ? {} : { memory: String(machine.memoryBytes) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: machine.name, labels: machine.labels, uid: machine.name },
    spec: machine.running ? {} : { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] },
    status: {
      addresses: [
        { type: 'InternalIP', address: machine.address },
        { type: 'Hostname', address: machine.name },
      ],
      conditions: [{ type: 'Ready', status: machine.running ? 'True' : 'Unknown' }],
      ...{ capacity: memory, allocatable: memory },
    },
  };
}
