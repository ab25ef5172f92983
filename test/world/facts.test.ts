import { describe, expect, test } from '@jest/globals';
import { claimedCluster } from '../../src/farm/access.js';
import { defineFarm } from '../../src/farm/define.js';
import type { Farm } from '../../src/farm/model.js';
import { applicationUserOf, claimOf, deriveFacts, isOpen, partitionOf, partitionsOf } from '../../src/world/facts.js';
import type { NameView, RedisPod, SentinelView, World } from '../../src/world/model.js';
import { farmSpec } from '../builders/farm.js';
import { keepStandby, scatter } from '../builders/placed-farm.js';
import { slowFacts } from './slow-facts.js';

type Draw = (below: number) => number;

/** mulberry32 */
function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const farm = defineFarm(
  farmSpec({
    cacheClusters: [
      { clusterName: 'User.id', clusterSize: 6, tier: 'M1' },
      { clusterName: 'Item', clusterSize: 5, tier: 'M1', importance: 1 },
      { clusterName: 'Chat.room', clusterSize: 2, partitionSize: 3, tier: 'M4' },
    ],
  }),
);

const pick = <T>(draw: Draw, items: readonly T[]): T => items[draw(items.length)] as T;
const NAMES = ['User.id::0', 'User.id::5', 'Item::1', 'Item::9', 'Item::01', 'Gone::0', 'Chat.room::1', 'odd'];

/** One pod in four is not as it should be. */
function disturbPod(draw: Draw, world: World, pod: RedisPod): RedisPod {
  if (draw(4) > 0 || pod.instance.state !== 'up') return pod;
  const { instance } = pod;
  const epoch = draw(5);
  const partition = pick(draw, NAMES);
  const changes: readonly (() => RedisPod)[] = [
    () => ({ ...pod, instance: { state: 'unreachable', why: '', refused: draw(2) === 0 } }),
    () => ({ ...pod, instance: { ...instance, claim: undefined } }),
    () => ({ ...pod, instance: { ...instance, claim: { kind: 'incoming', partition, epoch } } }),
    () => ({ ...pod, instance: { ...instance, claim: { kind: 'bound', partition, epoch }, sentinelAccess: 'bound' } }),
    () => ({ ...pod, instance: { ...instance, claim: { kind: 'member', partition, epoch } } }),
    () => ({ ...pod, instance: { ...instance, claim: { kind: 'standby', clusterName: 'Item', epoch } } }),
    () => ({
      ...pod,
      instance: { ...instance, openFor: pick(draw, [[], ['User.id'], ['default'], ['Item', 'Gone']]) },
    }),
    () => ({ ...pod, draining: true }),
    () => ({ ...pod, address: pick(draw, world.pods).address }),
  ];
  return pick(draw, changes)();
}

function disturbName(draw: Draw, world: World, view: NameView): readonly NameView[] {
  if (draw(4) > 0) return [view];
  const { address } = pick(draw, world.pods);
  return pick<readonly NameView[]>(draw, [
    [],
    [{ ...view, address }],
    [{ ...view, address, epoch: view.epoch + draw(3) }],
    [{ ...view, flags: ['master', 's_down'] }],
    [{ ...view, quorum: 4 }],
    [{ ...view, replicas: [...view.replicas, { address, flags: ['slave'] }] }],
    [view, { ...view, partition: pick(draw, ['Gone::0', 'Item::9', 'Chat.room::0']) }],
  ]);
}

function disturbSentinel(draw: Draw, world: World, sentinel: SentinelView): SentinelView {
  if (sentinel.state !== 'up') return sentinel;
  const { id: _, tilt, names, ...rest } = sentinel;
  if (draw(8) === 0) return { ...rest, state: 'unreachable', why: 'down' };
  return {
    ...sentinel,
    tilt: tilt || draw(8) === 0,
    names: names.flatMap((view) => disturbName(draw, world, view)),
  };
}

/** A farm whose partitions are somewhere, and a World of it in which much is wrong. */
function randomScene(seed: number): { readonly farm: Farm; readonly world: World } {
  const draw = drawFrom(seed);
  const imaginary = scatter(farm, draw);
  const free = imaginary.pods.filter(({ state }) => state.claim.kind === 'locked');
  for (const name of ['User.id', 'Item'])
    keepStandby(imaginary, name, free[draw(free.length)] as (typeof free)[number]);
  const seen = imaginary.world();
  const world = {
    ...seen,
    pods: seen.pods.map((pod) => disturbPod(draw, seen, pod)),
    groups: seen.groups.map((group) => ({
      ...group,
      sentinels: group.sentinels.map((sentinel) => disturbSentinel(draw, seen, sentinel)),
    })),
  };
  const cacheClusters = farm.cacheClusters.filter(() => draw(6) > 0);
  return { farm: { ...farm, cacheClusters, auth: pick(draw, ['password', 'none'] as const) }, world };
}

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);
/** Sorted: names are listed by partition where all are declared, else by sentinel. */
const lists = (listed: ReadonlyMap<string, ReadonlySet<string>>) =>
  [...listed].map(([key, names]) => [key, ...[...names].sort()].join(' ')).sort();

describe('facts of random worlds', () => {
  test('are what the plain derivation gives', () => {
    for (const seed of SEEDS) {
      const { farm, world } = randomScene(seed);
      const facts = deriveFacts(farm, world);
      const slow = slowFacts(farm, world);
      const partitions = facts.partitions.map(
        ({ name, index, cluster, group, known, bare, agreed, leading, epoch, claimedBy, incoming }) => ({
          name,
          index,
          cluster,
          group,
          known,
          bare,
          agreed,
          leading,
          epoch,
          claimedBy,
          incoming,
        }),
      );
      for (const { first, known } of facts.partitions) expect(first).toBe(known[0]?.view);
      expect({ seed, partitions }).toEqual({ seed, partitions: slow.partitions });
      expect(facts.strays.map(({ epoch: _, ...stray }) => stray)).toEqual(slow.strays);
      expect(lists(facts.listed)).toEqual(lists(slow.listed));
      expect([facts.podAt, facts.upSentinels, facts.standbys]).toEqual([slow.podAt, slow.upSentinels, slow.standbys]);
    }
  });

  test('give the pod at the leading address, and the highest epoch of sentinels and claims', () => {
    for (const seed of SEEDS) {
      const { farm, world } = randomScene(seed);
      const { partitions, podAt } = deriveFacts(farm, world);
      for (const { leading, at, epoch, claimedBy, incoming, highestEpoch } of partitions) {
        const [claimant, ...others] = claimedBy;
        const claimed = others.length === 0 && claimant?.address === leading ? claimant : undefined;
        expect(at).toBe(claimed ?? (leading === undefined ? undefined : podAt.get(leading)));
        const claims = [...claimedBy, ...incoming].map((pod) => (claimOf(pod) as { epoch: number }).epoch);
        expect(highestEpoch).toBe(Math.max(epoch, ...claims));
      }
    }
  });

  test('find a partition by its name and those of a cache cluster in order', () => {
    const { farm, world } = randomScene(1);
    const facts = deriveFacts(farm, world);
    for (const partition of facts.partitions) expect(partitionOf(facts, partition.name)).toBe(partition);
    expect(partitionOf(facts, 'Gone::0')).toBeUndefined();
    expect(farm.cacheClusters.flatMap((cluster) => partitionsOf(facts, cluster))).toEqual(facts.partitions);
  });

  test('call shut just those pods that hold something and are not open for it', () => {
    for (const seed of SEEDS) {
      const { farm, world } = randomScene(seed);
      const shut = world.pods.filter((pod) => {
        const claim = claimOf(pod);
        if (!claim || claim.kind === 'locked' || claim.kind === 'incoming') return false;
        return !isOpen(pod, applicationUserOf(farm.auth, claimedCluster(claim) as string));
      });
      const named = (pods: readonly RedisPod[]) => pods.filter((pod) => !JSON.stringify(claimOf(pod)).includes('odd'));
      expect(named(deriveFacts(farm, world).shut)).toEqual(named(shut));
    }
  });

  test('never call settled what has a claimant, a state or a place that is not as declared', () => {
    let settled = 0;
    for (const seed of SEEDS) {
      const { farm, world } = randomScene(seed);
      for (const fact of deriveFacts(farm, world).partitions) {
        if (!fact.settled) continue;
        settled++;
        const { cluster, at, agreed, claimedBy, incoming, name } = fact;
        expect(claimedBy).toEqual([at]);
        expect([incoming.length, at?.address, at?.draining, at?.tier]).toEqual([0, agreed, false, cluster.tier]);
        expect(at && claimOf(at)).toMatchObject({ kind: 'bound', partition: name });
        expect(cluster.datacenters).toContain(at?.datacenter);
      }
    }
    expect(settled).toBeGreaterThan(100);
  });

  test('call uniform only what every sentinel that answers says alike', () => {
    for (const seed of SEEDS) {
      const { farm, world } = randomScene(seed);
      const { partitions, upSentinels } = deriveFacts(farm, world);
      for (const { uniform, standby, known, group } of partitions) {
        const said = new Set(
          known.map(({ view: { epoch: _, otherSentinels: _o, ...view } }) =>
            JSON.stringify({ ...view, replicas: view.replicas.map(({ address }) => address) }),
          ),
        );
        const calm = known.every(({ view }) => view.flags.join() === 'master' && view.replicas.length <= 1);
        const all = known.length > 0 && known.length === upSentinels.get(group.name)?.length;
        expect(uniform).toBe(all && calm && said.size === 1);
        expect(standby).toBe(uniform ? known[0]?.view.replicas[0]?.address : undefined);
      }
    }
  });
});
