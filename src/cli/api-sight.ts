/** What the HTTP API reads: the last pass of this process's Barn, and what its voice has told. Memory only: nobody is asked. */
import type { Pass, Sight } from '../api/parts.js';
import type { BarnEvent } from '../barn/barn.js';
import type { Voice } from '../voice/index.js';

export interface SightParts {
  readonly voice: Pick<Voice, 'events' | 'onEvent' | 'ready'>;
  /** whether this Barn leads; false before it runs */
  leads(): boolean;
  /** ms since the epoch */
  now(): number;
}

export interface ToldSight extends Sight {
  /** Never throws. */
  told(event: BarnEvent): void;
}

/** A follower passes every five seconds: twice that, and some. */
const LATE_MS = 12_000;

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

/** A pass that saw only half: nobody of whom an answer is made was there. */
function unseen({ world: { datacenters, groups } }: Pass): string | undefined {
  if (datacenters.length > 0 && datacenters.every(({ complete }) => !complete)) return 'no KubeCluster can be read';
  const lost = groups.filter(
    ({ sentinels }) => sentinels.filter(({ state }) => state === 'up').length * 2 <= sentinels.length,
  );
  return lost.length === 0
    ? undefined
    : `no majority of the sentinels of ${lost.map(({ name }) => name).join(', ')} answers`;
}

export function barnSight({ voice, leads, now }: SightParts): ToldSight {
  const listeners = new Set<(pass: Pass) => void>();
  let last: Pass | undefined;
  let failure: string | undefined;
  const passed = (event: Extract<BarnEvent, { kind: 'pass' }>): void => {
    const { farm, world, facts, plan, budget } = event;
    last = { farm, world, facts, plan, budget };
    failure = undefined;
    for (const listener of listeners) {
      // Whoever listens must not end the pass that tells him something.
      try {
        listener(last);
      } catch {}
    }
  };
  // The voice's words, not the event's own: secrets are taken out of them.
  voice.onEvent(({ msg, error }) => {
    if (msg === 'failed') failure = error?.message ?? 'an error';
  });
  return {
    told: (event) => {
      if (event.kind === 'pass') passed(event);
    },
    last: () => last,
    trouble: () => {
      if (!last) return failure === undefined ? undefined : `the farm was never seen: ${failure}`;
      const age = now() - last.world.observedAt;
      if (failure !== undefined) return `the last look failed: ${failure}`;
      return age > LATE_MS ? `the last look was ${seconds(age)} ago` : unseen(last);
    },
    events: (filter) => voice.events(filter),
    leads,
    ready: () => voice.ready(),
    onPass: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onEvent: (listener) => voice.onEvent(listener),
  };
}
