import { describe, expect, test } from '@jest/globals';
import { resolveFarm } from '../../src/farm/resolve.js';
import { deathOf, lostVoices } from '../../src/world/evidence.js';
import { deriveFacts, partitionOf } from '../../src/world/facts.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { put } from '../builders/placed-farm.js';

interface Scene {
  readonly up?: boolean;
  readonly refused?: boolean;
  /** of each of the three sentinels */
  readonly flags: readonly (readonly string[])[];
  readonly roleMs?: number;
  readonly tilted?: number;
}

const CUT = ['master', 'disconnected'];
const DOWN = ['master', 's_down', 'disconnected'];
const FINE = ['master'];

function judge({ up = false, refused = true, flags, roleMs, tilted }: Scene) {
  const farm = resolveFarm(farmSpec({ cacheClusters: [cacheCluster({ clusterSize: 1 })] }));
  const imaginary = new ImaginaryFarm(farm);
  const pod = imaginary.pods.find(({ tier }) => tier === 'M1');
  if (!pod) throw new Error('no pod');
  put(imaginary, 'User.id', 0, pod);
  Object.assign(pod.state, { up, refused });
  const sentinels = imaginary.sentinels.filter(({ group }) => group === farm.cacheClusters[0]?.sentinelGroup);
  sentinels.forEach((sentinel, i) => {
    sentinel.tilt = i === tilted;
    const view = sentinel.names.get('User.id::0');
    if (!view) throw new Error('no name');
    sentinel.names.set('User.id::0', { ...view, flags: flags[i] ?? FINE, ...(roleMs === undefined ? {} : { roleMs }) });
  });
  const facts = deriveFacts(farm, imaginary.world());
  const partition = partitionOf(facts, 'User.id::0');
  if (!partition) throw new Error('no partition');
  return { death: deathOf(facts, partition, pod.address), lost: lostVoices(partition, pod.address) };
}

describe('a pod is', () => {
  const scenes: Readonly<Record<string, readonly [Scene, ReturnType<typeof judge>]>> = {
    'crashed: it refuses us and two of three have lost it': [{ flags: [CUT, CUT, FINE] }, { death: 'crash', lost: 2 }],
    'not dead: it refuses us, one of three has lost it': [{ flags: [CUT, FINE, FINE] }, { death: undefined, lost: 1 }],
    'not dead: all have lost it, but it does not refuse us': [
      { refused: false, flags: [CUT, CUT, CUT] },
      { death: undefined, lost: 3 },
    ],
    'not dead: all have lost it, but it answers us': [
      { up: true, flags: [DOWN, DOWN, DOWN] },
      { death: undefined, lost: 3 },
    ],
    'silent: it does not answer and two of three have not heard of it for down-after': [
      { refused: false, flags: [DOWN, DOWN, FINE] },
      { death: 'silence', lost: 2 },
    ],
    'not dead: one of the two that say so is tilted': [
      { flags: [CUT, CUT, FINE], tilted: 1 },
      { death: undefined, lost: 1 },
    ],
    'not dead: the sentinels were given its address 20 ms ago and are not connected yet': [
      { flags: [CUT, CUT, CUT], roleMs: 20 },
      { death: undefined, lost: 0 },
    ],
    'crashed: they have had its address for a second': [
      { flags: [CUT, CUT, CUT], roleMs: 1_000 },
      { death: 'crash', lost: 3 },
    ],
    'dead although the address is new, when they say s_down': [
      { flags: [DOWN, DOWN, FINE], roleMs: 20 },
      { death: 'crash', lost: 2 },
    ],
  };
  test.each(Object.entries(scenes))('%s', (_, [scene, found]) => {
    expect(judge(scene)).toEqual(found);
  });
});
