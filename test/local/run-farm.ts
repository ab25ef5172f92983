import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import type { EmbeddedFarmOptions } from '../../src/local/farm-options.js';
import type { ServedPod } from '../../src/local/kube-view.js';
import { type SmallDist, scratch, writeDist } from './small-dist.js';

/** Farms of one test file: started in folders of their own, stopped and removed by `end`. */
export class TestFarms {
  readonly #farms: EmbeddedFarm[] = [];
  readonly #folders: string[] = [];

  folder(): string {
    const folder = scratch();
    this.#folders.push(folder);
    return folder;
  }

  /** Starts a farm of hand-written manifests and waits until it is ready. */
  async run(
    dist: SmallDist,
    options: Partial<EmbeddedFarmOptions> & { readonly wait?: boolean } = {},
  ): Promise<EmbeddedFarm> {
    const folder = this.folder();
    const { wait = true, ...more } = options;
    const written = writeDist(join(folder, 'dist'), dist);
    const farm = await this.start({ dist: written, state: join(folder, 'state'), log: () => undefined, ...more });
    if (wait) await farm.ready(20_000);
    return farm;
  }

  async start(options: EmbeddedFarmOptions): Promise<EmbeddedFarm> {
    const farm = await EmbeddedFarm.start(options);
    this.#farms.push(farm);
    return farm;
  }

  async end(): Promise<void> {
    await Promise.all(this.#farms.splice(0).map((farm) => farm.stop()));
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

/** A pod as the farm shows it. */
export async function podOf(farm: EmbeddedFarm, datacenter: string, name: string): Promise<ServedPod> {
  const pods = (await farm.kube()).find((kube) => kube.datacenter === datacenter)?.pods ?? [];
  const pod = pods.find((one) => one.metadata.name === name);
  if (!pod) throw new Error(`no pod ${datacenter}/${name}`);
  return pod as ServedPod;
}

export const namesIn = async (farm: EmbeddedFarm, datacenter: string): Promise<readonly string[]> =>
  (await farm.kube())
    .filter((kube) => kube.datacenter === datacenter)
    .flatMap((kube) => kube.pods.map((pod) => pod.metadata.name))
    .sort();

const statusOf = (pod: ServedPod) => pod.status as unknown as Status;

interface Status {
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  readonly containerStatuses: readonly {
    readonly name: string;
    readonly restartCount: number;
    readonly state: Readonly<Record<string, { readonly reason?: string }>>;
  }[];
}

export const isReady = (pod: ServedPod): boolean =>
  statusOf(pod).conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
export const restarts = (pod: ServedPod): number => statusOf(pod).containerStatuses[0]?.restartCount ?? -1;
export const stateOf = (pod: ServedPod) => statusOf(pod).containerStatuses[0]?.state ?? {};
export const unschedulable = (pod: ServedPod): string | undefined =>
  statusOf(pod).conditions.find(({ type }) => type === 'PodScheduled')?.message;
