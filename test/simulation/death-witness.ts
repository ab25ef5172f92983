/** Whether a pod that is called dead could look dead to anybody, by what has really happened to it and to those who watch it. */
import type { SimFarm } from './sim-farm.js';
import { majorityOf } from './truth.js';

/** ms for which a trouble may still be seen: links that are made anew, down-after, what is on its way */
const TROUBLE_MS = 15_000;

export class DeathWitness {
  constructor(readonly farm: SimFarm) {}

  /** @returns why nobody can have had a reason to call it dead; undefined: somebody may */
  aliveness(_partition: string, address: string, group: string | undefined): string | undefined {
    const { farm } = this;
    const now = farm.scheduler.now;
    const pod = farm.podAt(address);
    const life = pod?.process;
    if (!pod || !life || life.paused || now - life.troubledAt < TROUBLE_MS) return undefined;
    const watching = farm.sentinels.filter(({ record }) => record.group === group);
    const calm = watching.filter(({ process, ip }) => {
      if (!process || process.paused || now - process.troubledAt < TROUBLE_MS) return false;
      const { network } = farm;
      return network.calmSince(ip, pod.ip) + TROUBLE_MS < now && network.calmSince(pod.ip, ip) + TROUBLE_MS < now;
    });
    if (watching.length - calm.length >= majorityOf(watching.length)) return undefined;
    return `${address} has run for ${Math.round(now - life.troubledAt)} ms, and ${calm.length} of ${watching.length} sentinels reach it`;
  }
}
