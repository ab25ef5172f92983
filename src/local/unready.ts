import type { Pod } from './pod.js';

/** A pod that is not Ready, and why. */
export interface Unready {
  readonly datacenter: string;
  readonly pod: string;
  readonly phase: string;
  readonly why: string;
}

function whyUnready(pod: Pod): string {
  if (pod.message !== '') return pod.message;
  if (pod.machine && !pod.machine.running) return `machine ${pod.machine.name} is down`;
  const waiting = pod.containers
    .filter((container) => !container.ready)
    .map(({ spec, run: { state } }) =>
      state.kind === 'waiting' ? `${spec.name}: ${state.message ?? state.reason}` : `${spec.name}: not ready`,
    );
  return waiting.join(', ') || 'starting';
}

/** Jobs run to their end and are never asked for. */
export const unreadyPods = (datacenter: string, pods: Iterable<Pod>): readonly Unready[] =>
  [...pods]
    .filter((pod) => pod.birth.owner.kind !== 'Job' && !pod.ready)
    .map((pod) => ({ datacenter, pod: pod.name, phase: pod.phase, why: whyUnready(pod) }));
