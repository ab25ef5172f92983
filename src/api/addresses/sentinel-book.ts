import { splitAddress } from '../../farm/words.js';
import type { GroupView, SentinelView } from '../../world/model.js';
import type { Pass } from '../parts.js';
import type { Sentinels } from '../schemas.js';
import { digestOf, tagOf } from './entity-tag.js';
import { unreadDatacenters } from './where-served.js';

type SentinelAddress = Sentinels[number]['sentinels'][number];

export interface KnownSentinels {
  /** text of the entity tag, without quotes */
  readonly tag: string;
  readonly body: Buffer;
}

const told = ({ datacenter, address, state }: SentinelView): SentinelAddress => {
  const { host, port } = splitAddress(address);
  return { datacenter, ip: host, port, address, up: state === 'up' };
};

/** Where the sentinels are. Those of a KubeCluster that cannot be read stay where they were, as not up: nobody has heard them. */
export class SentinelBook {
  #groups: Sentinels = [];
  #known: KnownSentinels | undefined;

  /** undefined: the farm has never been seen */
  get known(): KnownSentinels | undefined {
    return this.#known;
  }

  passed({ farm, world }: Pick<Pass, 'farm' | 'world'>): void {
    const keep = unreadDatacenters({ world }) !== undefined;
    if (!this.#known && world.datacenters.every(({ complete }) => !complete)) return;
    const views = new Map(world.groups.map((group) => [group.name, group]));
    this.#groups = farm.sentinelGroups.map(({ name, replicated, quorum }) => ({
      group: name,
      replicated,
      quorum,
      sentinels: this.#sentinelsOf(name, views.get(name), keep),
    }));
    const text = JSON.stringify(this.#groups);
    const tag = tagOf(digestOf(text));
    this.#known = { tag, body: Buffer.from(text) };
  }

  #sentinelsOf(group: string, view: GroupView | undefined, keep: boolean): SentinelAddress[] {
    const seen = view?.sentinels.map(told) ?? [];
    const before = this.#groups.find((one) => one.group === group)?.sentinels ?? [];
    const unseen = before.filter(({ address }) => !seen.some((one) => one.address === address));
    return [...seen, ...(keep ? unseen.map((one) => ({ ...one, up: false })) : [])];
  }
}
