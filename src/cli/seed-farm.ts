import { randomInt } from 'node:crypto';
import { Executor } from '../act/executor.js';
import { type SeedPass, type SeedResult, seed } from '../barn/seed.js';
import { CONTROLLERS } from '../plan/epoch.js';
import type { FarmAccess } from './farm-access.js';

export interface SeedRun {
  readonly timeoutMs: number;
  readonly onPass?: (pass: SeedPass) => void;
  readonly stopped?: () => boolean;
}

/** Seeds a farm that is reached: the same whether a Job, the command or the demo asks for it. */
export function seedFarm(access: FarmAccess, { timeoutMs, onPass, stopped }: SeedRun): Promise<SeedResult> {
  const executor = new Executor(access.connections, access.credentials, stopped ? { stopped } : {});
  return seed({
    frame: access.frame,
    observe: () => access.observe(),
    act: (decisions) => executor.run(decisions),
    now: () => performance.now(),
    wallClock: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    controller: randomInt(CONTROLLERS),
    timeoutMs,
    ...(onPass ? { onPass } : {}),
    ...(stopped ? { stopped } : {}),
  });
}
