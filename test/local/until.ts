import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls until something holds.
 * @throws Error with `what` after `timeoutMs`
 */
export async function until(what: string, holds: () => unknown, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(20);
  }
}
