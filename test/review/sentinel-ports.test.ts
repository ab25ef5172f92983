/** Ports of sentinels follow from the place of their pool among the declared ones; sentinels that run keep the port they were started with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { defineFarm } from '../../src/farm/define.js';
import type { FarmSpec } from '../../src/farm/schema.js';
import { compareManifests, type Review } from '../../src/review/compare-manifests.js';
import { parseManifests } from '../../src/review/parse-manifests.js';
import { readFolder } from '../../src/review/read-folder.js';
import { farmSpec, sentinelGroup } from '../builders/farm.js';

const root = mkdtempSync(join(tmpdir(), 'cachefarm-ports-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function review(from: FarmSpec, to: FarmSpec): Promise<Review> {
  const folder = mkdtempSync(join(root, 'review-'));
  const read = async (name: string, spec: FarmSpec) => {
    synthesizeFarm(defineFarm(spec), join(folder, name));
    return parseManifests(name, await readFolder(join(folder, name)));
  };
  return compareManifests(await read('from', from), await read('to', to));
}

const main = sentinelGroup();
const replicated = sentinelGroup({ name: 'replicated', replicated: true });
const pinned = farmSpec().cacheClusters.map((cluster) => ({
  ...cluster,
  sentinelGroup: (cluster.partitionSize ?? 1) > 1 ? 'replicated-0' : 'main-0',
}));
const withPools = (...sentinelGroups: readonly ReturnType<typeof sentinelGroup>[]): FarmSpec =>
  farmSpec({ sentinelGroups: [...sentinelGroups], cacheClusters: pinned });

test.each<[string, FarmSpec, FarmSpec]>([
  [
    'a pool before the others',
    withPools(main, replicated),
    withPools(sentinelGroup({ name: 'new' }), main, replicated),
  ],
  ['a first pool taken out', withPools(sentinelGroup({ name: 'old' }), main, replicated), withPools(main, replicated)],
])('%s would move the ports of all that run, and is refused', async (_, from, to) => {
  const { verdict, refused } = await review(from, to);
  expect(verdict).toBe('refused');
  expect(refused.map(({ name }) => name)).toEqual(expect.arrayContaining(['sentinel-main-0', 'sentinel-replicated-0']));
  expect(refused[0]).toMatchObject({
    reason: 'SentinelPortMoved',
    consequence: expect.stringContaining('Declare new pools of sentinel groups behind the others'),
  });
});

test('a pool behind the others moves none', async () => {
  const { verdict } = await review(
    withPools(main, replicated),
    withPools(main, replicated, sentinelGroup({ name: 'new' })),
  );
  expect(verdict).toBe('changed');
});
