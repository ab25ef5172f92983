import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declaredIn } from '../../src/barn/seed.js';
import type { FarmAccess } from '../../src/cli/farm-access.js';
import { accessEmbedded, startFarm } from '../../src/cli/start-farm.js';
import { defineFarm } from '../../src/farm/define.js';
import type { Farm } from '../../src/farm/model.js';
import type { FarmSpec } from '../../src/farm/schema.js';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { deriveFacts, type Facts } from '../../src/world/facts.js';
import type { World } from '../../src/world/model.js';

/** 3 datacenters x 3 machines, 24 pods, 2 sentinel groups: small enough to start in two seconds. */
export const smallFarm = (changes: Partial<FarmSpec> = {}): Farm =>
  defineFarm({
    name: 'small',
    datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 3, memory: '2Gi' } })),
    tiers: [
      { name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 3 },
      { name: 'M4', maxMemory: '128mb', memory: '192Mi', ports: [6381], replicas: 2 },
    ],
    sentinelGroups: [{ name: 'main' }, { name: 'replicated', replicated: true }],
    exporter: false,
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: 7, tier: 'M1' },
      { clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, tier: 'M4' },
    ],
    ...changes,
  });

export interface RunningFarm {
  readonly embedded: EmbeddedFarm;
  readonly access: FarmAccess;
  readonly log: readonly string[];
  look(): Promise<{ readonly farm: Farm; readonly world: World; readonly facts: Facts }>;
  stop(): Promise<void>;
}

/** Synthesizes a farm and runs it as real processes; the state folder goes with `stop`. */
export async function runFarm(farm: Farm): Promise<RunningFarm> {
  const state = mkdtempSync(join(tmpdir(), 'cachefarm-'));
  const log: string[] = [];
  const embedded = await startFarm({ farm, state, log: (line) => log.push(line) });
  const access = accessEmbedded(embedded);
  return {
    embedded,
    access,
    log,
    look: async () => {
      const world = await access.observe();
      const declared = declaredIn(embedded.frame, world);
      return { farm: declared, world, facts: deriveFacts(declared, world) };
    },
    stop: async () => {
      access.close();
      await embedded.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}
