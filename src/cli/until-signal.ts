/** Whether somebody waits for a signal, or one has come: in the state of this process, for signals are the process's. */
let heeded: 'not' | 'awaited' | 'ending' = 'not';

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process as if nobody listened. */
export function untilSignal(): Promise<NodeJS.Signals> {
  heeded = 'awaited';
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        heeded = 'ending';
        resolve(signal);
      });
  });
}

/**
 * Ends this process as SIGTERM does, once: a second one would cut its end short.
 * @returns false when nobody waits for a signal: there is nothing to end in order
 */
export function endInOrder(): boolean {
  if (heeded === 'awaited') {
    heeded = 'ending';
    process.kill(process.pid, 'SIGTERM');
  }
  return heeded === 'ending';
}
