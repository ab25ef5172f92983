/** The status of a pod as the kubelet reports it. Pure. */
import type { ContainerState } from '../../../src/local/container-run.js';
import type { Container } from '../../../src/local/manifest.js';
import type { Pod, PodPhase } from '../../../src/local/pod.js';
import type { PodContainer } from '../../../src/local/pod-container.js';
import { isSidecar } from '../../../src/local/pod-demand.js';
import { findContainerProgram } from '../../../src/local/programs.js';
import type { ApiCondition } from './pod-from-api.js';

export interface StatusFacts {
  readonly pod: Pod;
  readonly address: string;
  /** ms since the epoch: when the machine first saw it */
  readonly startedAt: number;
  /** deleted, and all its processes are gone */
  readonly ended: boolean;
  /** as last reported */
  readonly conditions: readonly ApiCondition[];
  readonly now: number;
}

export interface PodStatus {
  readonly phase: PodPhase;
  readonly conditions: readonly ApiCondition[];
  readonly [field: string]: unknown;
}

/** as Kubernetes writes a time: whole seconds */
export const kubeTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function stateView(state: ContainerState, id: string): Record<string, unknown> {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } };
    case 'running':
      return { running: { startedAt: kubeTime(state.startedAt) } };
    case 'terminated': {
      const { exitCode, reason, startedAt, finishedAt } = state;
      const times = { startedAt: kubeTime(startedAt), finishedAt: kubeTime(finishedAt) };
      return { terminated: { exitCode, reason, ...times, containerID: id } };
    }
  }
}

const base = ({ name, image }: Container) => ({ name, image, imageID: '' });

/** A container whose program is not on this machine (the exporter) is said to run: its pod would never be ready. */
const leftOutStatus = (spec: Container, startedAt: number) => ({
  ...base(spec),
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: kubeTime(startedAt) } },
  lastState: {},
});

function unborn(spec: Container, reason: string) {
  const state = { waiting: { reason } };
  return { ...base(spec), ready: false, started: false, restartCount: 0, state, lastState: {} };
}

function containerStatus(container: PodContainer, uid: string, done: boolean) {
  const { spec, run } = container;
  const id = `process://${uid}/${spec.name}/${run.restartCount}`;
  return {
    ...base(spec),
    ready: done || container.ready,
    started: container.startupPassed,
    restartCount: run.restartCount,
    containerID: id,
    state: stateView(run.state, id),
    lastState: run.lastState ? stateView(run.lastState, id) : {},
  };
}

function statusOf(spec: Container, { pod, startedAt }: StatusFacts) {
  const container = pod.containers.find((one) => one.spec.name === spec.name);
  if (container) return containerStatus(container, pod.uid, false);
  const done = pod.initialised.get(spec.name);
  if (done) return containerStatus(done, pod.uid, true);
  if (findContainerProgram(spec, pod.around.programs).kind === 'leftOut') return leftOutStatus(spec, startedAt);
  const waitsForInit = (pod.birth.template.spec.initContainers ?? []).length > 0;
  return unborn(spec, waitsForInit ? 'PodInitializing' : 'ContainerCreating');
}

const mainContainers = ({ containers }: Pod): readonly PodContainer[] =>
  containers.filter(({ spec }) => !isSidecar(spec));

/** Running once a main container ever ran; a deleted pod ends as its main containers did. */
function phaseOf({ pod, ended }: StatusFacts): PodPhase {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return pod.phase;
  const states = mainContainers(pod).map(({ run }) => run.state);
  if (ended)
    return states.length > 0 && states.every((state) => state.kind === 'terminated' && state.exitCode === 0)
      ? 'Succeeded'
      : 'Failed';
  const ran = mainContainers(pod).some(({ run }) => run.state.kind !== 'waiting' || run.lastState !== undefined);
  return pod.phase === 'Running' && ran ? 'Running' : 'Pending';
}

type Verdict = { readonly holds: boolean; readonly reason?: string; readonly message?: string };

function initialized({ pod }: StatusFacts): Verdict {
  const { initContainers = [] } = pod.birth.template.spec;
  if (pod.phase !== 'Pending' || initContainers.length === 0) return { holds: true };
  const left = initContainers.map(({ name }) => name).filter((name) => !pod.initialised.has(name));
  const message = `containers with incomplete status: [${left.join(' ')}]`;
  return { holds: false, reason: 'ContainersNotInitialized', message };
}

function containersReady(facts: StatusFacts, phase: PodPhase): Verdict {
  const { pod, ended } = facts;
  if (phase === 'Succeeded') return { holds: false, reason: 'PodCompleted' };
  if (phase === 'Failed') return { holds: false, reason: 'PodFailed' };
  const { containers, initContainers = [] } = pod.birth.template.spec;
  const waited = [...initContainers.filter(isSidecar), ...containers];
  const unready = waited.filter((spec) => !statusOf(spec, facts).ready).map(({ name }) => name);
  if (pod.ready && unready.length === 0 && !ended) return { holds: true };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { holds: false, reason: 'ContainersNotReady', message };
}

export function podStatus(facts: StatusFacts): PodStatus {
  const { pod, address, now, conditions } = facts;
  const { containers, initContainers = [] } = pod.birth.template.spec;
  const phase = phaseOf(facts);
  const condition = (type: string, { holds, reason, message }: Verdict): ApiCondition => {
    const status = holds ? 'True' : 'False';
    const before = conditions.find((one) => one.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    // Null takes away what an earlier report said: a strategic patch merges conditions by type.
    return {
      type,
      status,
      lastTransitionTime: since ?? kubeTime(now),
      ...{ reason: reason ?? null, message: message ?? null },
    };
  };
  const ready = containersReady(facts, phase);
  const init = initContainers.map((spec) => statusOf(spec, facts));
  return {
    phase,
    conditions: [
      condition('PodScheduled', { holds: true }),
      condition('Initialized', initialized(facts)),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    hostIP: address,
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: kubeTime(facts.startedAt),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: containers.map((spec) => statusOf(spec, facts)),
  };
}
