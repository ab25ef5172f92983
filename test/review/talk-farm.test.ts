import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { defineFarm } from '../../src/farm/define.js';
import type { Farm, Tier } from '../../src/farm/model.js';
import { farm, talkSpec } from '../../src/farms/talk.js';
import { compareManifests, type Review } from '../../src/review/compare-manifests.js';
import { parseManifests } from '../../src/review/parse-manifests.js';
import { readFolder } from '../../src/review/read-folder.js';
import { renderMarkdown } from '../../src/review/render-markdown.js';
import { renderText } from '../../src/review/render-text.js';

/** The reviewed change is made to the resolved farm, so that each test changes one thing only. */
const withTier = (name: string, change: Partial<Tier>): Farm => ({
  ...farm,
  tiers: farm.tiers.map((tier) => (tier.name === name ? { ...tier, ...change } : tier)),
  cacheClusters: farm.cacheClusters.map((cluster) =>
    cluster.tier === name ? { ...cluster, tier: change.name ?? name } : cluster,
  ),
});

describe('the talk farm as it is synthesized', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'farm-review-'));
    synthesizeFarm(farm, join(folder, 'before'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = async (name: string) => parseManifests(name, await readFolder(join(folder, name)));
  async function review(after: Farm): Promise<Review> {
    rmSync(join(folder, 'after'), { recursive: true, force: true });
    synthesizeFarm(after, join(folder, 'after'));
    return compareManifests(await read('before'), await read('after'));
  }

  test('synthesized twice there is no difference', async () => {
    expect((await review(farm)).verdict).toBe('same');
  });

  test('User.id from 10 to 12: a sixth of its keys moves, and nothing else happens', async () => {
    // As a person does it: in the declaration, from which sentinel groups are dealt anew.
    const cacheClusters = talkSpec.cacheClusters.map((cluster) =>
      cluster.clusterName === 'User.id' ? { ...cluster, clusterSize: 12 } : cluster,
    );
    const changed = await review(defineFarm({ ...talkSpec, cacheClusters }));
    expect(changed).toMatchObject({
      verdict: 'changed',
      totals: { podsCreated: 0, podsDeleted: 0, podsToRestart: 0, movedPartitions: 0 },
      cacheClusters: [{ clusterName: 'User.id', movedKeys: { share: 2 / 12, by: 'jump' } }],
    });
    for (const list of [
      changed.refused,
      changed.pools,
      changed.templates,
      changed.added,
      changed.removed,
      changed.changed,
    ])
      expect(list).toEqual([]);
    expect(renderText(changed)).toContain('size 10 -> 12: 16.7 % of the keys move');
  });

  test('M4 from 30 to 35 replicas: two pools in each datacenter grow by 5', async () => {
    const { verdict, pools, totals, capacity } = await review(withTier('M4', { replicas: 35 }));
    expect(verdict).toBe('changed');
    expect(pools.map(({ datacenter, name, from, to }) => `${datacenter} ${name} ${from} ${to}`)).toEqual(
      ['a', 'b', 'c'].flatMap((dc) => [`${dc} redis-m4-6381 30 35`, `${dc} redis-m4-6382 30 35`]),
    );
    expect(totals).toMatchObject({ podsCreated: 30, podsDeleted: 0 });
    expect(capacity.find(({ tier }) => tier === 'M4')).toMatchObject({
      from: { pods: 180 },
      to: { pods: 210, overBound: false },
    });
  });

  test('another redis image: all 720 pods and the sentinels wait for a restart', async () => {
    const changed = await review({ ...farm, images: { ...farm.images, redis: 'docker.io/library/redis:8.0.1' } });
    expect(changed.refused).toEqual([]);
    const redis = changed.templates.filter(({ role }) => role === 'redis');
    expect(redis.reduce((sum, { pods }) => sum + pods, 0)).toBe(720);
    for (const { rollout, fields } of redis) {
      expect(rollout).toBe('OnDelete');
      expect(fields).toContainEqual({
        path: 'spec.containers[redis].image',
        from: farm.images.redis,
        to: 'docker.io/library/redis:8.0.1',
      });
    }
    expect(changed.templates.some(({ role, rollout }) => role === 'sentinel' && rollout === 'OnDelete')).toBe(true);
  });

  test('a tier renamed is refused, each of its pools by name', async () => {
    const changed = await review(withTier('M1', { name: 'S1' }));
    expect(changed.verdict).toBe('refused');
    expect(
      changed.refused.map(({ reason, folder: place, name, pods }) => `${reason} ${place} ${name} ${pods}`),
    ).toEqual(
      ['a', 'b', 'c'].flatMap((dc) => [6378, 6379, 6380].map((port) => `PoolRenamed ${dc} redis-m1-${port} 40`)),
    );
    expect(changed.removed.filter(({ kind }) => kind === 'StatefulSet').every(({ prune }) => prune === 'kept')).toBe(
      true,
    );
    expect(renderMarkdown(changed).length).toBeLessThan(65_536);
  });

  test('persistence switched on is refused: a StatefulSet cannot grow volume claims', async () => {
    const changed = await review(withTier('M16', { persistence: 'aof' }));
    expect(changed.refused).toHaveLength(3);
    expect(changed.refused[0]).toMatchObject({
      reason: 'ImmutableField',
      name: 'redis-m16-6383',
      pods: 60,
      fields: [{ path: 'spec.volumeClaimTemplates' }],
    });
  });
});
