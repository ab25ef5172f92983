import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Loose } from '../farm/loose.js';
import type { StoredCacheCluster } from './cache-cluster-object.js';

/** What was written to the API of one KubeCluster, kept over restarts. */
export interface StoredKube {
  /** the highest resourceVersion given out when it was written */
  readonly version: number;
  /** manifest of a CacheCluster as it was last taken over: name -> digest */
  readonly manifests: Readonly<Record<string, string>>;
  readonly cacheClusters: readonly StoredCacheCluster[];
  /** `nodes/a-m1`, `pods/redis-m1-6378-0` -> merge patch */
  readonly marks: Readonly<Record<string, Loose>>;
}

export const EMPTY_KUBE: StoredKube = { version: 0, manifests: {}, cacheClusters: [], marks: {} };

/** @throws Error when the file is there and cannot be read */
export function readStore(file: string): StoredKube {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_KUBE;
    throw error;
  }
  try {
    return { ...EMPTY_KUBE, ...(JSON.parse(text) as Partial<StoredKube>) };
  } catch (error) {
    throw new Error(
      `${file} holds what was written to the API and cannot be read (${(error as Error).message}); mend it, or remove it to go back to the manifests`,
    );
  }
}

/** Whole or not at all: a crash leaves the old one. */
export function writeStore(file: string, stored: StoredKube): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(stored), { mode: 0o600 });
  renameSync(draft, file);
}
