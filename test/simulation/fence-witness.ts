/** Whether a pod that its own fence has opened shuts itself when its partition went elsewhere at that time, by what is so. */
import type { Claim } from '../../src/farm/access.js';
import type { SimFarm } from './sim-farm.js';
import type { RedisEvent } from './sim-redis.js';
import { majorityOf } from './truth.js';
import type { Broken } from './violation.js';

/** ms after the opening: when the fence looks again, by when those who know better must be a majority, and by when the pod must be shut */
const LOOK_MS = 3_000;
const AGREED_MS = 12_000;
const SHUT_MS = 20_000;

interface Opened {
  readonly server: RedisEvent['server'];
  readonly claim: Extract<Claim, { kind: 'bound' }>;
  readonly text: string;
  readonly group: string;
  readonly at: number;
}

export class FenceWitness {
  constructor(
    readonly farm: SimFarm,
    readonly broken: Broken,
  ) {}

  opened(server: Opened['server'], claim: Opened['claim'], group: string): void {
    const { scheduler } = this.farm;
    const one: Opened = { server, claim, text: server.claim, group, at: scheduler.now };
    scheduler.after(LOOK_MS, () => {
      if (this.#elsewhere(one) > 0) scheduler.after(AGREED_MS - LOOK_MS, () => this.#mustShut(one));
    });
  }

  #mustShut(one: Opened): void {
    if (!this.#isLost(one)) return;
    this.farm.scheduler.after(SHUT_MS - AGREED_MS, () => {
      if (this.#isLost(one))
        this.broken(
          'shuts-itself',
          `${one.server.address} opened as ${one.text} ${SHUT_MS} ms ago, its partition went elsewhere, and it is open`,
        );
    });
  }

  /** Still open, while a majority that it could ask all the time gives its partition to another pod. */
  #isLost(one: Opened): boolean {
    const { server, text, group } = one;
    const size = this.farm.farm.sentinelGroups.find(({ name }) => name === group)?.size ?? 0;
    return server.claim === text && server.openFor.length > 0 && this.#elsewhere(one) >= majorityOf(size);
  }

  /** @returns how many sentinels give it to another pod at a higher epoch, of those that nothing has kept apart from it */
  #elsewhere({ server, claim, group, at }: Opened): number {
    const { farm } = this;
    const pod = farm.podAt(server.address);
    const life = pod?.process;
    if (!pod || pod.server !== server || !life || life.paused || life.troubledAt > at) return 0;
    return farm.sentinels.filter(({ record, process, ip, server: sentinel }) => {
      if (record.group !== group || !process || process.paused || process.troubledAt > at - LOOK_MS) return false;
      const { network } = farm;
      if (network.calmSince(ip, pod.ip) > at || network.calmSince(pod.ip, ip) > at) return false;
      const view = sentinel?.names().find(({ name }) => name === claim.partition);
      return view !== undefined && view.address !== server.address && view.epoch > claim.epoch;
    }).length;
  }
}
