import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStart } from './process-start.js';

/** Who runs the farm of a state folder, and where it is reached. */
export interface LiveFarm {
  readonly pid: number;
  readonly started: string;
  readonly farm: string;
  /** `http://127.x.0.1:port`; empty while it has none yet */
  readonly address: string;
  readonly kubeconfig: string;
}

/** Another process runs this farm already. */
export class FarmIsRunning extends Error {
  override readonly name = 'FarmIsRunning';
  constructor(
    readonly state: string,
    readonly live: LiveFarm,
  ) {
    super(
      `a farm is already running in ${state} (process ${live.pid}). Stop it with: kill ${live.pid}, or use it: KUBECONFIG=${live.kubeconfig}, or choose another state folder.`,
    );
  }
}

const lockFile = (state: string): string => join(state, 'lock.json');

function readLock(file: string): LiveFarm | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LiveFarm;
  } catch {
    return undefined;
  }
}

/**
 * Finds the farm that runs in a state folder.
 * @returns undefined when none does, also after a crash
 */
export function attach(state: string): LiveFarm | undefined {
  const lock = readLock(lockFile(state));
  return isLive(lock) ? lock : undefined;
}

const isLive = (lock: LiveFarm | undefined): lock is LiveFarm =>
  lock !== undefined && processStart(lock.pid) === lock.started;

/** A lock whose process is gone is set aside. What a racing starter has put there meanwhile is put back. */
function clearStale(state: string): void {
  const aside = `${lockFile(state)}.${process.pid}`;
  try {
    renameSync(lockFile(state), aside);
    if (isLive(readLock(aside))) linkSync(aside, lockFile(state));
  } catch {
    // Another starter has cleared it, or holds it by now: the caller looks again.
  }
  rmSync(aside, { force: true });
}

/** A second call must not take away the lock of who came after. */
function releaseOnce(state: string): () => void {
  let held = true;
  return () => {
    if (held) rmSync(lockFile(state), { force: true });
    held = false;
  };
}

function draftOf(state: string, farm: Omit<LiveFarm, 'pid' | 'started'>): string {
  const mine: LiveFarm = { pid: process.pid, started: processStart(process.pid) ?? '', ...farm };
  const draft = join(state, `lock.${process.pid}.${Math.random().toString(36).slice(2)}`);
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  return draft;
}

/** What is known of the farm only after the folder was taken, by who holds it. */
export const tellLock = (state: string, farm: Omit<LiveFarm, 'pid' | 'started'>): void =>
  renameSync(draftOf(state, farm), lockFile(state));

/**
 * Takes the state folder for this process.
 * @returns the function that gives it back
 * @throws FarmIsRunning
 */
export function lockState(state: string, farm: Omit<LiveFarm, 'pid' | 'started'>): () => void {
  const draft = draftOf(state, farm);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      const live = attach(state);
      if (live) throw new FarmIsRunning(state, live);
      clearStale(state);
      try {
        linkSync(draft, lockFile(state));
        return releaseOnce(state);
      } catch {
        // Someone was faster: look again who it is.
      }
    }
    throw new Error(`cannot lock ${state}: remove ${lockFile(state)} if no farm runs there`);
  } finally {
    rmSync(draft, { force: true });
  }
}
