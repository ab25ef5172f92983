import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { LOCKED } from '../../src/farm/access.js';
import type { Farm } from '../../src/farm/model.js';
import { measureSpread } from '../../src/plan/placement/bounds.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { deriveFacts } from '../../src/world/facts.js';
import { measureProgress } from '../../src/world/progress.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { smallFarm } from '../builders/running-farm.js';

/** Until nothing is left to do. @returns the reasons, for a person to see what never ends */
function settle(imaginary: ImaginaryFarm, looks = true): readonly string[] {
  const all: string[] = [];
  for (let pass = 0; pass < 200; pass++) {
    const { decisions } = plan({
      declared: imaginary.farm,
      world: imaginary.world(),
      inFlight: new Set(),
      budget: { ...UNLIMITED, moves: 4 },
      failures: new Map(),
      now: 0,
      controller: 1,
      spread: looks && pass % 4 === 3,
    });
    if (decisions.length === 0 && (!looks || pass % 4 === 3)) return all;
    all.push(...decisions.map(({ reason, subject, detail }) => `${reason} ${subject} ${detail}`));
    imaginary.carryOut(decisions);
  }
  throw new Error(`not settled: ${all.slice(-12).join('\n')}`);
}

function seeded(farm: Farm = smallFarm()): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(farm);
  for (let pass = 0; pass < 12; pass++) imaginary.carryOut(planOnce(farm, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

/** What `kubectl get cachecluster -o wide` shows as SPREAD. */
const spreads = (imaginary: ImaginaryFarm): Readonly<Record<string, string>> =>
  Object.fromEntries(
    measureSpread(imaginary.farm, imaginary.world(), deriveFacts(imaginary.farm, imaginary.world())).map(
      ({ clusterName, datacenter, machine }) => [
        clusterName,
        `${datacenter.most - datacenter.bound}/${machine.most - machine.bound}`,
      ],
    ),
  );

/** Its processes end; its sentinels know what they knew when they are back. */
function lose(imaginary: ImaginaryFarm, lost: (pod: { datacenter: string; machine: string }) => boolean): void {
  const gone = new Set<string>();
  for (const pod of imaginary.pods)
    if (lost(pod)) {
      gone.add(pod.address);
      Object.assign(pod.state, { up: false, refused: true });
    }
  for (const sentinel of imaginary.sentinels)
    for (const view of sentinel.names.values()) {
      const members = imaginary.pods.filter(
        ({ state, address }) =>
          state.claim.kind === 'member' && state.claim.partition === view.partition && !gone.has(address),
      );
      const [heir] = members;
      if (gone.has(view.address) && heir) {
        // As Sentinel does it: a replica in step becomes the master.
        for (const { address, state } of members) state.master = address === heir.address ? undefined : heir.address;
        const replicas = [view.address, ...view.replicas.map(({ address }) => address)].filter(
          (address) => address !== heir.address,
        );
        sentinel.names.set(view.partition, {
          ...view,
          address: heir.address,
          epoch: view.epoch + 1,
          replicas: replicas.map((address) => ({
            address,
            flags: gone.has(address) ? ['slave', 's_down'] : ['slave'],
          })),
        });
        continue;
      }
      sentinel.names.set(view.partition, {
        ...view,
        flags: gone.has(view.address) ? ['master', 's_down'] : view.flags,
        replicas: view.replicas.map((one) => (gone.has(one.address) ? { ...one, flags: ['slave', 's_down'] } : one)),
      });
    }
}
function bringBack(imaginary: ImaginaryFarm): void {
  for (const { state } of imaginary.pods)
    if (!state.up)
      Object.assign(state, { up: true, claim: LOCKED, access: 'locked', openFor: [], keys: 0, master: undefined });
}

const GOOD = { 'User.id': '0/0', 'Chat.room': '0/0' };

describe('a farm of three datacenters with three machines each', () => {
  test('is as well spread as can be after the seed', () => expect(spreads(seeded())).toEqual(GOOD));

  const losses: readonly [string, (pod: { datacenter: string; machine: string }) => boolean][] = [
    ...['a', 'b', 'c'].map(
      (name) => [`datacenter ${name}`, (pod: { datacenter: string }) => pod.datacenter === name] as const,
    ),
    ...['a', 'b', 'c'].flatMap((name) =>
      [1, 2, 3].map(
        (i) => [`machine ${name}-m${i}`, (pod: { machine: string }) => pod.machine === `${name}-m${i}`] as const,
      ),
    ),
  ].map(([text, lost]) => [text, lost]);
  test.each(losses)('is so again some time after %s was lost and came back', (_, lost) => {
    const imaginary = seeded();
    lose(imaginary, lost);
    settle(imaginary);
    bringBack(imaginary);
    settle(imaginary);
    expect(spreads(imaginary)).toEqual(GOOD);
    const { farm } = imaginary;
    const progress = measureProgress(farm, deriveFacts(farm, imaginary.world()));
    expect(progress).toMatchObject({ serving: progress.declared, armed: progress.toArm });
  });

  test('is so again after one loss after the other', () => {
    const imaginary = seeded();
    for (const [, lost] of losses) {
      lose(imaginary, lost);
      settle(imaginary);
      bringBack(imaginary);
      settle(imaginary);
    }
    expect(spreads(imaginary)).toEqual(GOOD);
  });

  test('is so in the end when one datacenter was seeded first and the others came later', () => {
    const imaginary = new ImaginaryFarm(smallFarm());
    for (const pod of imaginary.pods) pod.state.up = pod.datacenter === 'a';
    for (let pass = 0; pass < 12; pass++)
      imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
    bringBack(imaginary);
    settle(imaginary);
    expect(spreads(imaginary)).toEqual(GOOD);
  });
});

describe('a partition that went to the standby of another datacenter, which has no other pod to spare', () => {
  /** Every pod is a partition's or a standby: 2 and 1 in each datacenter. */
  const tight = (): ImaginaryFarm =>
    seeded(
      smallFarm({
        tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378], replicas: 3 }],
        sentinelGroups: [{ name: 'main' }],
        cacheClusters: [{ clusterName: 'User.id', clusterSize: 6, tier: 'M1' }],
      }),
    );
  const standbysIn = (imaginary: ImaginaryFarm): readonly number[] =>
    ['a', 'b', 'c'].map(
      (name) =>
        imaginary.pods.filter(({ datacenter, state }) => datacenter === name && state.claim.kind === 'standby').length,
    );

  test('goes back as soon as a pod is idle where it came from: no look for a better spread is waited for', () => {
    const imaginary = tight();
    expect(standbysIn(imaginary)).toEqual([1, 1, 1]);
    const lost = imaginary.pods.find(({ datacenter, state }) => datacenter === 'a' && state.claim.kind === 'bound');
    lose(imaginary, ({ machine }) => machine === lost?.machine);
    settle(imaginary, false);
    expect([...standbysIn(imaginary)].sort()).toEqual([0, 1, 1]);
    bringBack(imaginary);
    expect(settle(imaginary, false).join()).toContain('SpreadBetter');
    expect(standbysIn(imaginary)).toEqual([1, 1, 1]);
    expect(spreads(imaginary)).toEqual({ 'User.id': '0/0' });
  });

  test('stays while none is idle, whatever is missing', () => {
    const imaginary = tight();
    const lost = imaginary.pods.find(({ datacenter, state }) => datacenter === 'a' && state.claim.kind === 'bound');
    lose(imaginary, ({ machine }) => machine === lost?.machine);
    settle(imaginary, false);
    expect(settle(imaginary, false)).toEqual([]);
  });
});

describe('a cache cluster that is crowded, and where no single move helps', () => {
  /** Three::0, 1 and 2 may be apart in a, b and c only when Pair::1, at the one pod of c, makes room first. */
  const crowded = (): ImaginaryFarm => {
    const farm = smallFarm({
      cacheClusters: ['Pair', 'Three'].map((clusterName, i) => ({
        clusterName,
        clusterSize: 2 + i,
        tier: 'M1',
        standbys: 0,
      })),
    });
    const imaginary = new ImaginaryFarm(farm);
    const at = (machine: string) => imaginary.pods.find((pod) => pod.machine === machine);
    const only = at('c-m1');
    const places = new Map([
      ['Pair::0', at('b-m1')],
      ['Pair::1', only],
      ['Three::0', at('a-m1')],
      ['Three::1', at('a-m2')],
      ['Three::2', at('b-m2')],
    ]);
    for (const pod of imaginary.pods) if (pod.datacenter === 'c') pod.state.up = pod === only;
    for (const [partition, pod] of places) {
      if (!pod) throw new Error(`no pod for ${partition}`);
      const clusterName = partition.slice(0, partition.indexOf('::'));
      Object.assign(pod.state, {
        claim: { kind: 'bound', partition, epoch: 1 },
        access: 'unreplicated',
        openFor: [clusterName],
      });
      const view = { partition, address: pod.address, epoch: 1, quorum: 2, downAfterMs: 1, failoverTimeoutMs: 1 };
      for (const sentinel of imaginary.sentinels)
        sentinel.names.set(partition, { ...view, flags: ['master'], numOtherSentinels: 2, replicas: [] } as never);
    }
    return imaginary;
  };

  test('is spread all the same: the one that makes room moves first, and neither move is given up', () => {
    const imaginary = crowded();
    expect(spreads(imaginary)).toMatchObject({ Three: '1/0' });
    const told = settle(imaginary);
    expect(told.filter((line) => line.startsWith('MoveAbandoned'))).toEqual([]);
    expect(spreads(imaginary)).toEqual({ Pair: '0/0', Three: '0/0' });
  });

  test('waits while anything else is being done, wherever it is', () => {
    const imaginary = crowded();
    const spreading = (inFlight: ReadonlySet<string>) =>
      plan({
        declared: imaginary.farm,
        world: imaginary.world(),
        inFlight,
        budget: { ...UNLIMITED, moves: 4 },
        failures: new Map(),
        now: 0,
        controller: 1,
        spread: true,
      }).decisions.map(({ reason }) => reason);
    for (let pass = 0; pass < 20 && spreading(new Set())[0] !== 'SpreadBetter'; pass++)
      imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
    expect(spreading(new Set())).toEqual(['SpreadBetter']);
    expect(spreading(new Set(['Other::0']))).toEqual([]);
  });
});
