import type { SentinelInstance } from './sim-sentinel-instance.js';

/** One name as a sentinel believes it. */
export interface SentinelNameView {
  readonly name: string;
  /** `ip:port` */
  readonly address: string;
  readonly epoch: number;
}

interface Seen {
  readonly master: SentinelInstance;
  readonly at: SentinelInstance['address'];
  readonly view: SentinelNameView;
}

const see = (master: SentinelInstance): Seen => {
  const { name, currentAddress: at, configEpoch: epoch } = master;
  return { master, at, view: { name, address: `${at.ip}:${at.port}`, epoch } };
};

/** Names change rarely and are looked at all the time: the same object is given as long as they are the same. */
export class SentinelViews {
  #seen: readonly Seen[] = [];
  #views: readonly SentinelNameView[] = [];

  of(masters: ReadonlyMap<string, SentinelInstance>): readonly SentinelNameView[] {
    if (!this.#areAsSeen(masters)) {
      this.#seen = [...masters.values()].map(see);
      this.#views = this.#seen.map(({ view }) => view);
    }
    return this.#views;
  }

  #areAsSeen(masters: ReadonlyMap<string, SentinelInstance>): boolean {
    if (masters.size !== this.#seen.length) return false;
    let i = 0;
    for (const master of masters.values()) {
      const seen = this.#seen[i++];
      if (seen?.master !== master || seen.at !== master.currentAddress || seen.view.epoch !== master.configEpoch)
        return false;
    }
    return true;
  }
}
