/** A farm that is only in memory, as wide as the page has to stay smooth on: 7,200 pods on 900 machines, a third of them serving. */

import type { Pass, Sight } from '../../../src/api/parts.js';
import { claimText } from '../../../src/farm/access.js';
import { defineFarm } from '../../../src/farm/define.js';
import type { Farm } from '../../../src/farm/model.js';
import { partitionName } from '../../../src/farm/words.js';
import { UNLIMITED } from '../../../src/plan/planning.js';
import { deriveFacts } from '../../../src/world/facts.js';
import type { RedisPod, World } from '../../../src/world/model.js';
import { ImaginaryFarm } from '../../builders/imaginary-farm.js';

const CLUSTERS = 24;
const PARTITIONS = 100;

const wideFarm = (): Farm =>
  defineFarm({
    name: 'wide',
    datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 300, memory: '64Gi' } })),
    tiers: [
      { name: 'M1', maxMemory: '1gb', memory: '1.5Gi', ports: [6378, 6379, 6380, 6381], replicas: 300 },
      { name: 'M4', maxMemory: '4gb', memory: '6Gi', ports: [6382, 6383, 6384], replicas: 300 },
      { name: 'M16', maxMemory: '16gb', memory: '24Gi', ports: [6385], replicas: 300 },
    ],
    sentinelGroups: [{ name: 'main' }],
    exporter: false,
    cacheClusters: Array.from({ length: CLUSTERS }, (_, index) => ({
      clusterName: `Wide.${index}`,
      clusterSize: PARTITIONS,
      tier: 'M1',
    })),
  });

/** Every partition bound to a pod of its own, and named by its group; no standbys. */
function bindAll(imaginary: ImaginaryFarm): void {
  const free = imaginary.pods.filter(({ tier }) => tier === 'M1');
  const sentinels = new Map<string, ImaginaryFarm['sentinels']>();
  for (const sentinel of imaginary.sentinels)
    sentinels.set(sentinel.group, [...(sentinels.get(sentinel.group) ?? []), sentinel]);
  let next = 0;
  for (const { clusterName, clusterSize, sentinelGroup } of imaginary.farm.cacheClusters)
    for (let index = 0; index < clusterSize; index++) {
      const pod = free[(next++ * 37) % free.length];
      const partition = partitionName(clusterName, index);
      if (!pod || claimText(pod.state.claim) !== 'locked') throw new Error(`no pod for ${partition}`);
      const claim = { kind: 'bound', partition, epoch: 1 } as const;
      Object.assign(pod.state, { claim, access: 'bound', openFor: [clusterName], keys: 1_000 });
      for (const { names } of sentinels.get(sentinelGroup) ?? [])
        names.set(partition, {
          partition,
          address: pod.address,
          epoch: 1,
          flags: ['master'],
          ...{ quorum: 2, downAfterMs: 1_000, failoverTimeoutMs: 5_000, otherSentinels: 2, replicas: [] },
        });
    }
}

/** As the map calls it. */
export const idOf = ({ datacenter, name }: RedisPod): string => `${datacenter}/${name}`;

/** Its figures of that round: by so much others than those of the round before that everybody is told of them. */
const withLoad = (pod: RedisPod, index: number, round: number): RedisPod =>
  pod.instance.state !== 'up'
    ? pod
    : {
        ...pod,
        instance: {
          ...pod.instance,
          usedMemoryBytes: 2 ** 28 + (index % 999) * 2 ** 16 + (round % 2) * 2 ** 26,
          load: {
            opsPerSecond: (1_000 + (index % 999)) * (1 + (round % 2)),
            hits: round * (90 + (index % 9)),
            misses: round * 10,
            clients: 5,
          },
        },
      };

/** What the API sees of it: `pass` makes the next pass, in which `busy` pods have new figures and `dead` do not answer; who was dead before is alive again. */
export class WideSight implements Sight {
  readonly #farm = wideFarm();
  readonly #imaginary = new ImaginaryFarm(this.#farm);
  readonly #listeners = new Set<(pass: Pass) => void>();
  #world: World;
  #alive: readonly RedisPod[];
  #pass: Pass;
  #round = 0;

  /** @param now ms since the epoch */
  constructor(readonly now: () => number) {
    bindAll(this.#imaginary);
    this.#world = { ...this.#imaginary.world(), observedAt: this.now() };
    this.#alive = this.#world.pods;
    this.#pass = this.#seen(this.#world);
  }

  get pods(): readonly RedisPod[] {
    return this.#world.pods;
  }

  /** Nothing is planned: the map does not show it. */
  #seen(world: World): Pass {
    const facts = deriveFacts(this.#farm, world);
    return { farm: this.#farm, world, facts, plan: { decisions: [], notes: [] }, budget: UNLIMITED };
  }

  pass(busy: number, dead: ReadonlySet<string> = new Set()): void {
    this.#round += 1;
    const every = busy === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(this.#world.pods.length / busy));
    this.#alive = this.#alive.map((pod, index) => (index % every === 0 ? withLoad(pod, index, this.#round) : pod));
    const gone = { state: 'unreachable', why: 'down', refused: true } as const;
    const pods = this.#alive.map((pod) => (dead.has(idOf(pod)) ? { ...pod, instance: gone } : pod));
    this.#world = { ...this.#world, observedAt: this.now(), pods };
    this.#pass = this.#seen(this.#world);
    for (const listener of this.#listeners) listener(this.#pass);
  }

  last = (): Pass => this.#pass;
  trouble = (): undefined => undefined;
  events = (): [] => [];
  leads = (): boolean => true;
  ready = (): { readonly ok: boolean } => ({ ok: true });
  onEvent = (): (() => void) => () => undefined;
  onPass = (listener: (pass: Pass) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
