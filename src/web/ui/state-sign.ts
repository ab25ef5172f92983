import type { PodState } from '../../api/schemas.js';

/** A shape for each state of a pod, so that none is told by its colour alone; in the order of legends. */
export const STATE_SIGN: Readonly<Record<PodState, string>> = {
  serving: '●',
  standby: '◐',
  replica: '◆',
  idle: '○',
  moving: '▶',
  draining: '▼',
  locked: '■',
  unreachable: '✕',
};

export const POD_STATES = Object.keys(STATE_SIGN) as readonly PodState[];
export const isPodState = (text: string): text is PodState => Object.hasOwn(STATE_SIGN, text);
