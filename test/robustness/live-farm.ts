import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { declaredIn } from '../../src/barn/seed.js';
import type { FarmAccess } from '../../src/cli/farm-access.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { accessEmbedded } from '../../src/cli/start-farm.js';
import type { CacheClusterOptions } from '../../src/client/index.js';
import { splitAddress } from '../../src/farm/words.js';
import { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { deriveFacts } from '../../src/world/facts.js';
import { measureProgress } from '../../src/world/progress.js';
import { ContainerPrograms } from './container-programs.js';
import { farmOf } from './farms.js';
import { KubeRelays } from './kube-relays.js';
import type { FarmKind } from './scenario.js';
import type { Look, Place } from './stage.js';

/** The built command line; tools/robustness.mjs starts the harness in the project's folder. */
export const PROGRAM = join(process.cwd(), 'lib/src/cli/main.js');
const START_MS = 90_000;
/** last octet of the relay of a datacenter's API: no machine has it */
const RELAY = 254;

/** A running embedded farm of real processes, as the harness reaches it. */
export class LiveFarm {
  private constructor(
    readonly kind: FarmKind,
    readonly state: string,
    readonly embedded: EmbeddedFarm,
    readonly access: FarmAccess,
    readonly programs: ContainerPrograms,
    readonly relays: KubeRelays,
    /** leads to the API servers through addresses of the datacenters */
    readonly kubeconfig: string,
  ) {}

  static async start(kind: FarmKind): Promise<LiveFarm> {
    const state = mkdtempSync(join(tmpdir(), 'cachefarm-robust-'));
    const programs = new ContainerPrograms(state);
    const dist = join(state, 'dist');
    const farm = farmOf(kind);
    synthesizeFarm(farm, dist);
    const { cacheClusters: _, ...frame } = farm;
    writeFileSync(join(state, 'farm.json'), JSON.stringify(frame));
    const embedded = await EmbeddedFarm.start({
      ...{ dist, state, cachefarm: PROGRAM, log: () => undefined },
      searchPath: `${programs.folder}:${process.env.PATH}`,
      // The same pods are killed scenario after scenario: no CrashLoopBackOff.
      backOff: { baseMs: 0, maxMs: 0 },
    });
    const access = accessEmbedded(embedded);
    try {
      await embedded.ready(START_MS);
      const { settled } = await seedFarm(access, { timeoutMs: START_MS });
      if (!settled) throw new Error('the farm could not be seeded');
      const kubeconfig = join(state, 'kubeconfig-relayed');
      const datacenters = frame.datacenters.map(({ name }) => ({ name, ip: `${netOf(embedded, name)}.${RELAY}` }));
      const relays = await KubeRelays.start(datacenters, embedded.kubeconfig, kubeconfig);
      return new LiveFarm(kind, state, embedded, access, programs, relays, kubeconfig);
    } catch (error) {
      access.close();
      await embedded.stop();
      rmSync(state, { recursive: true, force: true });
      throw error;
    }
  }

  /** `127.70.1` of a datacenter */
  net(datacenter: string): string {
    return netOf(this.embedded, datacenter);
  }

  get datacenters(): readonly string[] {
    return this.embedded.frame.datacenters.map(({ name }) => name);
  }

  async look(): Promise<Look> {
    const world = await this.access.observe();
    const declared = declaredIn(this.embedded.frame, world);
    const facts = deriveFacts(declared, world);
    return { world, declared, facts, progress: measureProgress(declared, facts) };
  }

  async pods(): Promise<readonly Place[]> {
    const { world } = await this.look();
    return world.pods.map(({ name: pod, datacenter, machine, address }) => ({
      kind: 'redis',
      ...{ pod, datacenter, machine, address },
    }));
  }

  async sentinels(): Promise<readonly (Place & { readonly group: string })[]> {
    const { world } = await this.look();
    return world.groups.flatMap(({ sentinels }) =>
      sentinels.map(({ pod, group, datacenter, machine, address }) => ({
        kind: 'sentinel' as const,
        ...{ pod, group, datacenter, machine, address },
      })),
    );
  }

  /** What applications are told: their cache clusters and the sentinels of those. */
  async applications(): Promise<readonly CacheClusterOptions[]> {
    const { declared, world } = await this.look();
    return declared.cacheClusters.map(({ clusterName, clusterSize, sentinelGroup }) => ({
      ...{ clusterName, clusterSize, password: this.access.credentials.application },
      sentinels: world.groups
        .filter(({ name }) => name === sentinelGroup)
        .flatMap(({ sentinels }) => sentinels.map(({ address }) => splitAddress(address))),
    }));
  }

  async stop(): Promise<void> {
    this.access.close();
    await this.relays.close();
    await this.embedded.stop();
    rmSync(this.state, { recursive: true, force: true });
  }
}

function netOf(embedded: EmbeddedFarm, datacenter: string): string {
  const machine = embedded.machines().find((one) => one.datacenter === datacenter);
  if (!machine) throw new Error(`datacenter ${datacenter} has no machine`);
  return machine.address.split('.').slice(0, 3).join('.');
}
