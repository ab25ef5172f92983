/** Files and objects that a person writes, or a tool for him: a farm comes of them, or an error that says what is wrong with which. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { CliError } from '../../src/cli/cli-error.js';
import { locateFarm } from '../../src/cli/locate-farm.js';
import { parseFrame } from '../../src/cli/parse-frame.js';
import { farmSpec } from '../builders/farm.js';
import { fc } from '../builders/fast-check.js';
import { editor, edits, hostileText, hostileValue, NAMES } from './hostile.js';
import { nearlyRight } from './mutate.js';
import { Broken, type FuzzTarget, readable, refusal } from './target.js';
import { applyFile, clusterFiles } from './targets/cluster-files.js';
import { declare, farmSpecs } from './targets/farm-spec.js';
import { kubeconfigs } from './targets/kubeconfig.js';
import { manifests } from './targets/manifests.js';
import { redisTexts } from './targets/redis-text.js';
import { FRAME } from './told-farm.js';

const LIMITS = { numRuns: 200, interruptAfterTimeLimit: 1_200 } as const;
const targets = [clusterFiles, kubeconfigs, manifests, redisTexts, farmSpecs];
afterAll(async () => {
  for (const target of targets) await target.close?.();
});

describe('a farm in TypeScript', () => {
  const edited = editor(farmSpec({ exporter: 'sidecar', security: { auth: 'password' }, namespace: 'cachefarm' }));

  test('with wrong things in it is a farm, or InvalidFarm with a readable line for each problem', () => {
    fc.assert(
      fc.property(edits(6), (wrong) => void declare(edited(wrong))),
      LIMITS,
    );
  });

  test('that is anything at all is refused', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
        }),
        (spec) => void declare(spec),
      ),
      LIMITS,
    );
  });

  test.each<[string, () => unknown]>([
    [
      'a getter that throws',
      () => ({
        ...farmSpec(),
        get tiers() {
          throw new Error('no');
        },
      }),
    ],
    [
      'a proxy that throws',
      () =>
        new Proxy(farmSpec(), {
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    [
      'itself inside',
      () => {
        const spec: Record<string, unknown> = { ...farmSpec() };
        spec.cacheClusters = [spec];
        return spec;
      },
    ],
    [
      'a list of three thousand cache clusters',
      () =>
        farmSpec({
          cacheClusters: Array.from({ length: 3_000 }, (_, i) => ({
            clusterName: `C${i}`,
            clusterSize: 1_000_000,
            tier: 'M1',
          })),
        }),
    ],
  ])('%s is refused, in time', (_, make) => {
    const start = performance.now();
    expect(declare(make())).not.toEqual([]);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test.each(NAMES.filter((name) => !/^[A-Za-z][A-Za-z0-9._-]{0,62}$/.test(name)))(
    'the name %j is refused for a cache cluster, a tier, a datacenter, a group',
    (name) => {
      const base = farmSpec();
      for (const spec of [
        { ...base, cacheClusters: [{ clusterName: name, clusterSize: 1, tier: 'M1' }] },
        { ...base, tiers: [{ ...base.tiers[0], name }, ...base.tiers.slice(1)] },
        { ...base, datacenters: [{ ...base.datacenters[0], name }, ...base.datacenters.slice(1)] },
        { ...base, sentinelGroups: [{ name }] },
        { ...base, name },
        { ...base, namespace: name },
      ])
        expect(declare(spec)).not.toEqual([]);
    },
  );
});

const asTarget = (target: FuzzTarget) =>
  fc.asyncProperty(nearlyRight(target), async (input) => {
    await target.run(input);
  });

describe('text that is nearly right', () => {
  test.each(targets.map((target) => [target.what, target] as const))('%s', async (_, target) => {
    for (const seed of target.seeds) await target.run(seed);
    await fc.assert(asTarget(target), LIMITS);
  });

  test('a cache cluster of any values is written in YAML and in JSON, and refused whole or taken whole', async () => {
    const field = fc.constantFrom(
      'clusterName',
      'clusterSize',
      'partitionSize',
      'tier',
      'standbys',
      'minReplicas',
      'hash',
      'importance',
      'backingGroup',
      'sentinelGroup',
      'placement',
    );
    const wish = fc
      .dictionary(field, hostileValue(), { maxKeys: 5 })
      .map((fields) => ({ clusterName: 'User.id', ...fields }));
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 3 }), (wishes) =>
        applyFile(wishes.map((one) => JSON.stringify(one)).join('\n---\n')),
      ),
      LIMITS,
    );
  });
});

describe('farm.json of a ConfigMap or a state folder', () => {
  const edited = editor(FRAME);

  test('is a frame, or CliError that names it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          edits(4).map((wrong) => JSON.stringify(edited(wrong))),
          hostileText(),
        ),
        async (json) => {
          const error = await refusal(['CliError'], () => parseFrame(json, 'farm.json of a'));
          readable(error);
          if (error && !error.message.startsWith('farm.json of a')) throw new Broken(error.message);
        },
      ),
      LIMITS,
    );
  });

  test('a state folder that is none is named', async () => {
    await expect(locateFarm({ state: '/nowhere/\u0000x', farm: 'demo' }, {}, false)).rejects.toBeInstanceOf(CliError);
  });
});
