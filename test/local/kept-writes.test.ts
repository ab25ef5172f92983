import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { APPLY, CRD, call, cluster, list, MERGE, one, type Served } from './farm-api.js';
import { TestFarms } from './run-farm.js';
import { type SmallDist, statefulSet, writeDist } from './small-dist.js';

const farms = new TestFarms();
afterEach(() => farms.end());

/** A farm that can be stopped and started again on the same state, with the same or other manifests. */
class Kept {
  readonly #folder = farms.folder();
  readonly log: string[] = [];
  farm: EmbeddedFarm | undefined;

  get state(): string {
    return join(this.#folder, 'state');
  }
  dist(all: SmallDist['all'] = []): string {
    return writeDist(join(this.#folder, 'dist'), {
      datacenters: { a: [statefulSet({ name: 's' })] },
      all: [CRD, ...all],
    });
  }
  async start(all: SmallDist['all'] = []): Promise<EmbeddedFarm> {
    await this.farm?.stop();
    this.farm = await farms.start({ dist: this.dist(all), state: this.state, log: (line) => void this.log.push(line) });
    await this.farm.ready(20_000);
    return this.farm;
  }
}

const get = async (farm: EmbeddedFarm): Promise<Served> => (await call(farm, 'GET', one)).body;
const scale = (farm: EmbeddedFarm, clusterSize: number) => call(farm, 'PATCH', one, { spec: { clusterSize } }, MERGE);

describe('what is written over the API survives a restart', () => {
  test('objects, their identity and generation, marks on machines and pods; versions go on rising', async () => {
    const kept = new Kept();
    const first = await kept.start();
    await call(first, 'POST', list, cluster());
    const written = (await scale(first, 5)).body;
    await call(first, 'PATCH', '/a/api/v1/nodes/a-m1', { metadata: { annotations: { x: '1' } } }, MERGE);
    await call(
      first,
      'PATCH',
      '/a/api/v1/namespaces/cachefarm/pods/s-0',
      { metadata: { annotations: { y: '2' } } },
      MERGE,
    );
    const second = await kept.start();
    expect(await get(second)).toEqual(written);
    expect((await call(second, 'GET', '/a/api/v1/nodes/a-m1')).body.metadata.annotations).toEqual({ x: '1' });
    expect((await call(second, 'GET', '/a/api/v1/namespaces/cachefarm/pods/s-0')).body.metadata.annotations).toEqual({
      y: '2',
    });
    const after = (await scale(second, 6)).body.metadata;
    expect(after.generation).toBe(3);
    expect(Number(after.resourceVersion)).toBeGreaterThan(Number(written.metadata.resourceVersion));
  });

  test('in a file for the owner only', async () => {
    const kept = new Kept();
    await call(await kept.start(), 'POST', list, cluster());
    expect(statSync(join(kept.state, 'kube', 'a.json')).mode & 0o777).toBe(0o600);
  });

  test('a file that cannot be read is named, and the way out', async () => {
    const kept = new Kept();
    await (await kept.start()).stop();
    const file = join(kept.state, 'kube', 'a.json');
    expect(existsSync(file)).toBe(true);
    writeFileSync(file, '{');
    await expect(kept.start()).rejects.toThrow(
      /kube\/a\.json .* cannot be read .* remove it to go back to the manifests/,
    );
  });
});

describe('manifests against what was written since', () => {
  const restarts: Record<string, (kept: Kept, all: SmallDist['all']) => Promise<EmbeddedFarm>> = {
    'over a restart': (kept, all) => kept.start(all),
    'when manifests are applied': async (kept, all) => {
      await kept.farm?.apply(kept.dist(all));
      return kept.farm as EmbeddedFarm;
    },
  };

  describe.each(Object.entries(restarts))('%s', (_, again) => {
    test('a manifest that did not change leaves alone what was written', async () => {
      const kept = new Kept();
      const farm = await kept.start([cluster()]);
      const before = await get(farm);
      expect(before.metadata.managedFields?.[0]).toMatchObject({ manager: 'cachefarm-cli', operation: 'Apply' });
      await scale(farm, 5);
      const after = await get(await again(kept, [cluster()]));
      expect(after).toMatchObject({ spec: { clusterSize: 5 }, metadata: { uid: before.metadata.uid, generation: 2 } });
    });

    test('a manifest that changed wins, identity and status stay', async () => {
      const kept = new Kept();
      const farm = await kept.start([cluster()]);
      const before = await get(farm);
      await call(farm, 'PATCH', one, { spec: { clusterSize: 5, backingGroup: 'db' } }, MERGE);
      await call(farm, 'PATCH', `${one}/status`, { status: { serving: 5 } }, MERGE);
      const after = await get(await again(kept, [cluster({ importance: 1 })]));
      expect(after.spec).toEqual({
        clusterName: 'User.id',
        clusterSize: 3,
        tier: 'M1',
        importance: 1,
        partitionSize: 1,
        hash: 'jump',
      });
      expect(after).toMatchObject({ status: { serving: 5 }, metadata: { uid: before.metadata.uid, generation: 3 } });
    });

    test('what was deleted stays deleted until its manifest changes', async () => {
      const kept = new Kept();
      await call(await kept.start([cluster()]), 'DELETE', one);
      expect((await get(await again(kept, [cluster()]))).spec).toBeUndefined();
      expect((await get(await again(kept, [cluster({ clusterSize: 4 })]))).spec.clusterSize).toBe(4);
    });

    test('a manifest that is gone takes its object with it, and no other', async () => {
      const kept = new Kept();
      const farm = await kept.start([cluster()]);
      await call(farm, 'POST', list, cluster({ clusterName: 'Own' }, { name: 'own' }));
      const { items = [] } = (await call(await again(kept, []), 'GET', list)).body;
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['own']);
    });

    test('a manifest that the CRD refuses is told and not taken over', async () => {
      const kept = new Kept();
      await kept.start([cluster()]);
      const after = await get(await again(kept, [cluster({ clusterSize: 0 })]));
      expect(after.spec.clusterSize).toBe(3);
      expect(kept.log.join('\n')).toMatch(/a: manifest of CacheCluster user\.id is not taken over: .*clusterSize/);
    });
  });

  test('`cachefarm apply` takes away what the manifest set: both write as cachefarm-cli', async () => {
    const farm = await new Kept().start([cluster({ backingGroup: 'db' })]);
    const applied = await call(farm, 'PATCH', `${one}?fieldManager=cachefarm-cli`, cluster(), APPLY);
    expect(applied.body.spec).not.toHaveProperty('backingGroup');
  });
});
