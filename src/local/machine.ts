import { LABEL } from '../farm/words.js';
import { MAX_MACHINES, machineAddress } from './address-block.js';
import type { KubeManifests } from './read-dist.js';

/** A KubeNode of the embedded farm: a loopback address that pods are put on. */
export interface Machine {
  readonly name: string;
  readonly datacenter: string;
  readonly address: string;
  /** undefined: not limited (a witness, which declares no machines) */
  readonly memoryBytes: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  running: boolean;
}

/** As declared; a witness gets as many as the largest of its sets needs to keep its sentinels apart. */
function machineCount({ datacenter, sets }: KubeManifests): number {
  const largest = Math.max(1, ...sets.map((set) => set.spec.replicas ?? 1));
  const count = datacenter.machines.count > 0 ? datacenter.machines.count : largest;
  if (count > MAX_MACHINES)
    throw new Error(
      `datacenter ${datacenter.name} has ${count} machines; the embedded farm holds ${MAX_MACHINES} a datacenter: run a smaller farm`,
    );
  return count;
}

/** The machines `<datacenter>-m1`, `-m2`, ... of one datacenter. */
export function machinesOf(manifests: KubeManifests, block: number, index: number): Machine[] {
  const { name, machines } = manifests.datacenter;
  return Array.from({ length: machineCount(manifests) }, (_, k) => ({
    name: `${name}-m${k + 1}`,
    datacenter: name,
    address: machineAddress(block, index, k + 1),
    memoryBytes: machines.count > 0 ? machines.memoryBytes : undefined,
    labels: { [LABEL.hostname]: `${name}-m${k + 1}`, [LABEL.zone]: name },
    running: true,
  }));
}
