/** What was found by reading rather than by chance, each as one wrong thing in a settled farm. */
import { describe, expect, test } from '@jest/globals';
import { hear } from './heard-world.js';
import { passOver } from './pass-over.js';
import { applyFile } from './targets/cluster-files.js';
import { readTexts } from './targets/redis-text.js';
import { type Told, tellFarm } from './told-farm.js';

const told = tellFarm();
const replaced = (from: string | RegExp, to: string): Told =>
  JSON.parse(JSON.stringify(told).replace(from, to)) as Told;

describe('a claim is read and written back the same, or is none', () => {
  test.each(['bound/User.id::0/0001', 'bound/User.id::0/9999999999999999', 'standby/User.id/9007199254740991'])(
    '%s',
    (claim) => {
      expect(() => readTexts(`role:master\n\nuser marker off ~${claim}`)).not.toThrow();
    },
  );
});

describe('nothing unsafe is planned when', () => {
  test.each<[string, Told]>([
    ['a sentinel says an epoch of 2^64-1', replaced(/"config-epoch","\d+"/, '"config-epoch","18446744073709551615"')],
    [
      'the marker of a pod says an epoch of 16 nines',
      replaced(/~bound\/User\.id::0\/\d+/, '~bound/User.id::0/9999999999999999'),
    ],
  ])('%s', async (_, farm) => {
    const world = await hear(farm);
    expect(passOver(world)).toEqual([]);
    // Barn's own epochs go above all of these.
    const named = world.groups.flatMap(({ sentinels }) =>
      sentinels.flatMap((one) => (one.state === 'up' ? one.names.map(({ epoch }) => epoch) : [])),
    );
    const claimed = world.pods.flatMap(({ instance }) =>
      instance.state === 'up' && instance.claim && 'epoch' in instance.claim ? [instance.claim.epoch] : [],
    );
    expect(Math.max(...named, ...claimed)).toBeLessThan(2 ** 52);
  });

  test('the run id of a sentinel has commas in it: it is no sentinel', async () => {
    const world = await hear(replaced(/c{38,40}\d*/, 'aa,9,Other::0,6.6.6.6,1,9'));
    const ids = world.groups.flatMap(({ sentinels }) => sentinels.map((one) => (one.state === 'up' ? one.id : '')));
    expect(ids.filter((id) => id.includes(','))).toEqual([]);
    expect(passOver(world)).toEqual([]);
  });

  test('the address of a machine has commas in it: its pod has no address', async () => {
    const world = await hear(replaced(/"hostIP":"[\d.]+"/, '"hostIP":"10.0.0.1,1,evil"'));
    expect(world.pods.filter(({ address }) => address.includes(','))).toEqual([]);
    expect(passOver(world)).toEqual([]);
  });
});

test('a partitionSize that throws where a number is made of it is refused in words', async () => {
  await applyFile(JSON.stringify({ clusterName: 'User.id', partitionSize: { toString: 1, valueOf: 1 } }));
});
