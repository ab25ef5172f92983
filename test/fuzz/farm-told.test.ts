/** What Kubernetes, pods and sentinels say, with wrong things in it: the pass goes on, and nothing that it plans is unsafe. */
import { describe, expect, test } from '@jest/globals';
import { fc } from '../builders/fast-check.js';
import { hear } from './heard-world.js';
import { edits, VALUES } from './hostile.js';
import { passOver } from './pass-over.js';
import { passOverTold } from './targets/farm-told.js';
import { FARM, settledWorld, type Told, tellFarm } from './told-farm.js';

const told = tellFarm();

describe('the settled farm', () => {
  test('is heard as it is: nothing to do, nothing unsafe', async () => {
    const world = await hear(told);
    const settled = settledWorld();
    expect(
      world.pods.map(({ address, instance }) => [address, instance.state === 'up' && instance.claimText]).sort(),
    ).toEqual(
      settled.pods.map(({ address, instance }) => [address, instance.state === 'up' && instance.claimText]).sort(),
    );
    expect(
      world.groups.map(({ name, sentinels }) => [name, sentinels.filter(({ state }) => state === 'up').length]),
    ).toEqual(FARM.sentinelGroups.map(({ name, size }) => [name, size]));
    expect(passOver(world)).toEqual([]);
  });
});

describe('a farm with wrong things in what it tells', () => {
  test('one wrong thing', async () => {
    await fc.assert(fc.asyncProperty(edits(1), passOverTold), { numRuns: 400, interruptAfterTimeLimit: 3_000 });
  }, 15_000);

  test('many wrong things', async () => {
    await fc.assert(fc.asyncProperty(edits(24), passOverTold), { numRuns: 200, interruptAfterTimeLimit: 3_000 });
  }, 15_000);
});

type Change = (told: Told) => Told;
const everywhere =
  (field: 'pods' | 'nodes' | 'cacheClusters', with_: unknown): Change =>
  (one) => ({ ...one, kube: one.kube.map((kube) => ({ ...kube, [field]: [...kube[field], with_] })) });

describe('one wrong object', () => {
  test.each(VALUES.map((value) => [JSON.stringify(value)?.slice(0, 60), value] as const))(
    '%s among pods, machines and cache clusters leaves the others as they are',
    async (_, value) => {
      for (const field of ['pods', 'nodes', 'cacheClusters'] as const)
        expect(passOver(await hear(everywhere(field, value)(told)))).toEqual([]);
    },
  );

  const spec =
    (fields: Readonly<Record<string, unknown>>): Change =>
    (one) => ({
      ...one,
      kube: one.kube.map((kube) => ({
        ...kube,
        cacheClusters: kube.cacheClusters.map((object) => {
          const cluster = object as { spec: Readonly<Record<string, unknown>> };
          return cluster.spec.clusterName === 'User.id' ? { ...cluster, spec: { ...cluster.spec, ...fields } } : object;
        }),
      })),
    });
  test.each<[string, Change]>([
    ['a size of nothing', spec({ clusterSize: null })],
    ['a size that is a text', spec({ clusterSize: 'many' })],
    ['a size below zero', spec({ clusterSize: -1 })],
    ['a size beyond all memory', spec({ clusterSize: 1e15 })],
    ['copies beyond all memory', spec({ partitionSize: 1e15 })],
    ['standbys beyond all memory', spec({ standbys: 1e15 })],
    ['places that are no list', spec({ placement: { datacenters: 'a' } })],
    ['no tier', spec({ tier: 7 })],
    [
      'no spec',
      (one) => ({
        ...one,
        kube: one.kube.map((kube) => ({ ...kube, cacheClusters: [{ metadata: { name: 'user.id' } }] })),
      }),
    ],
  ])('a CacheCluster with %s gives no pod back and takes no name away', async (_, change) => {
    const start = performance.now();
    const world = await hear(change(told));
    expect(passOver(world)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(world.datacenters.every(({ complete, problem }) => !complete && /cannot be read/.test(problem ?? ''))).toBe(
      true,
    );
  });

  test('fields of a later version are no fault', async () => {
    const world = await hear(spec({ colour: 'green', placement: { datacenters: ['a', 'b', 'c'], zones: [] } })(told));
    expect(world.datacenters.map(({ complete }) => complete)).toEqual([true, true, true]);
    expect(world.cacheClusters).toHaveLength(2);
  });
});
