import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import type { Farm } from '../farm/model.js';
import { NAME } from '../farm/words.js';
import { EmbeddedFarm } from '../local/embedded-farm.js';
import { type Server, searchPathFor } from '../local/server-programs.js';
import { lockState } from '../local/state-lock.js';
import type { ConnectionOptions } from '../observe/connections.js';
import { CliError } from './cli-error.js';
import { accessThrough, type FarmAccess } from './farm-access.js';

export interface StartOptions {
  readonly farm: Farm;
  /** folder; made when missing */
  readonly state: string;
  readonly log: (line: string) => void;
  /** @default redis */
  readonly server?: Server;
}

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));

/** Synthesizes the farm into its state folder and begins to run what was synthesized: `awaitFarm` waits for it. */
export async function beginFarm(options: StartOptions): Promise<EmbeddedFarm> {
  const { farm, state } = options;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  // Before anything is written: what is there may be another farm's, which runs.
  const folder = resolve(state);
  const unlock = lockState(folder, { farm: farm.name, address: '', kubeconfig: join(folder, 'kubeconfig') });
  try {
    return await startLocked(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function startLocked(
  { farm, state, log, server = 'redis' }: StartOptions,
  unlock: () => void,
): Promise<EmbeddedFarm> {
  const searchPath = searchPathFor(server, state, process.env.PATH ?? '');
  const dist = join(state, 'dist');
  const { files } = synthesizeFarm(farm, dist);
  log(`synthesized farm ${farm.name}: ${files} manifests in ${dist}`);
  const { cacheClusters: _, ...frame } = farm;
  writeFileSync(join(state, 'farm.json'), JSON.stringify(frame));
  return EmbeddedFarm.start({ dist, state, log, searchPath, cachefarm: PROGRAM, unlock });
}

/** Until every pod is ready. @throws Error that names those which are not, and when the farm is stopped meanwhile */
export async function awaitFarm(embedded: EmbeddedFarm, log: (line: string) => void): Promise<void> {
  await embedded.ready(120_000);
  const pods = (await embedded.kube()).reduce((sum, kube) => sum + kube.pods.length, 0);
  log(`running: ${embedded.machines().length} machines, ${pods} pods (sentinels among them)`);
}

/** Synthesizes the farm into its state folder and runs what was synthesized, until every pod is ready. */
export async function startFarm(options: StartOptions): Promise<EmbeddedFarm> {
  const embedded = await beginFarm(options);
  try {
    await awaitFarm(embedded, options.log);
    return embedded;
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

/** The operator's sight of an embedded farm that runs in this very process. */
export function accessEmbedded(embedded: EmbeddedFarm, options: ConnectionOptions = {}): FarmAccess {
  return accessThrough(
    embedded.frame,
    embedded.secrets,
    embedded.frame.datacenters.map(({ name }) => ({
      datacenter: name,
      read: async () => {
        const objects = (await embedded.kube()).find((candidate) => candidate.datacenter === name);
        if (!objects) throw new Error(`the KubeCluster of ${name} does not answer`);
        return objects;
      },
    })),
    options,
  );
}

/** Runs the seed Job of the manifests, as Argo CD does after a sync. @throws CliError with the Job's own words */
export async function runSeedJob(embedded: EmbeddedFarm): Promise<number> {
  const start = performance.now();
  const { succeeded, reason, log } = await embedded.runJob(NAME.seedJob);
  if (!succeeded) throw new CliError(`the seed Job failed (${reason ?? 'no reason'}):\n${log}`);
  return Math.round(performance.now() - start);
}
