import { now, wait } from './clock.js';

/** Polls until something holds. @throws Error with `what` after timeoutMs */
export async function poll(what: string, holds: () => unknown, timeoutMs: number, everyMs = 25): Promise<void> {
  const deadline = now() + timeoutMs;
  while (!(await holds())) {
    if (now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await wait(everyMs);
  }
}
