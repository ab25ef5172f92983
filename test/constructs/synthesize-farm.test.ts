import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { InvalidManifests, synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { synthFarm } from '../../src/cli/synth-farm.js';
import { defineFarm } from '../../src/farm/define.js';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import type { FarmSpec } from '../../src/farm/schema.js';
import { farm as demo } from '../../src/farms/demo.js';
import { farm as talk } from '../../src/farms/talk.js';
import { filesBelow } from './synthesized.js';

const root = mkdtempSync(join(tmpdir(), 'cachefarm-synth-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
let folder = '';
beforeEach(() => {
  folder = join(root, String(count++));
});

/** Synthesizes into a new folder. */
function synthesized(farm: Farm): Map<string, string> {
  const outdir = join(root, String(count++));
  synthesizeFarm(farm, outdir, { repoUrl: 'https://git.test/farm.git' });
  return filesBelow(outdir);
}

function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

const small: FarmSpec = {
  name: 'small',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 4, memory: '2Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 4 }],
  cacheClusters: [{ clusterName: 'User.id', clusterSize: 4, tier: 'M1' }],
};

describe('names', () => {
  test('are those that are pinned', () => {
    const pinned = readFileSync(new URL('./object-names.txt', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const names = (farm: Farm): string[] =>
      [...synthesized(farm).keys()].map((path) => `${farm.name}/${path.replace('.k8s.yaml', '')}`);
    // A renamed StatefulSet is a lost cache, a renamed sentinel a lost vote: change object-names.txt only for what was never deployed.
    expect([...names(demo), ...names(talk).filter((name) => /StatefulSet|\.sentinel-/.test(name))]).toEqual(pinned);
  });

  test.each(['all', 'argocd'])('of datacenters are not the folder %s', (name) => {
    const farm = { ...demo, datacenters: demo.datacenters.map((d, i) => (i === 0 ? { ...d, name } : d)) };
    expect(() => synthesizeFarm({ ...farm, sentinelGroups: [] }, folder)).toThrow(
      `[datacenters.${name}] the folder ${name} is taken: it holds what is for every KubeCluster or for Argo CD; choose another name`,
    );
    expect(existsSync(folder)).toBe(false);
  });
});

describe('output', () => {
  test('is the same to the last byte every time', () => {
    expect(changedFiles(synthesized(talk), synthesized(talk))).toEqual([]);
  });

  test('is one file a resource, counted', () => {
    const { files } = synthesizeFarm(demo, folder);
    expect(filesBelow(folder).size).toBe(files);
  });

  test('has no file that is no manifest, even where cdk8s was told to describe its constructs', () => {
    process.env.CDK8S_RECORD_CONSTRUCT_METADATA = 'true';
    try {
      expect([...synthesized(demo).keys()].filter((path) => !path.endsWith('.k8s.yaml'))).toEqual([]);
    } finally {
      delete process.env.CDK8S_RECORD_CONSTRUCT_METADATA;
    }
  });

  test('is a file more for a cache cluster more', () => {
    const more = { clusterName: 'Session', clusterSize: 4, tier: 'M1' };
    const before = synthesized(defineFarm(small));
    const after = synthesized(defineFarm({ ...small, cacheClusters: [...small.cacheClusters, more] }));
    expect(changedFiles(before, after)).toEqual(['all/CacheCluster.session.k8s.yaml']);
  });

  test('changes in one file when a cache cluster is resized', () => {
    const before = synthesized(defineFarm(small));
    const after = synthesized(
      defineFarm({ ...small, cacheClusters: [{ clusterName: 'User.id', clusterSize: 5, tier: 'M1' }] }),
    );
    expect(changedFiles(before, after)).toEqual(['all/CacheCluster.user.id.k8s.yaml']);
  });

  test('changes no pod template of Redis when a cache cluster needs another sentinel group', () => {
    const tight: FarmSpec = { ...small, sentinelGroups: [{ name: 'main', maxPartitions: 4 }] };
    const before = synthesized(defineFarm(tight));
    const more = { clusterName: 'Session', clusterSize: 4, tier: 'M1' };
    const after = synthesized(defineFarm({ ...tight, cacheClusters: [...tight.cacheClusters, more] }));
    const inA = changedFiles(before, after).filter((path) => !/^[bc]\//.test(path));
    expect(inA).toEqual([
      'a/ConfigMap.farm.k8s.yaml',
      'a/ConfigMap.redis-scripts.k8s.yaml',
      'a/ConfigMap.sentinel-scripts.k8s.yaml',
      'a/Deployment.cachefarm-barn.k8s.yaml',
      'a/NetworkPolicy.cachefarm-operator.k8s.yaml',
      'a/PodDisruptionBudget.sentinel-main-1.k8s.yaml',
      'a/Service.sentinel-main-1.k8s.yaml',
      'a/StatefulSet.sentinel-main-1.k8s.yaml',
      'all/CacheCluster.session.k8s.yaml',
    ]);
  });

  test('has first in each folder what the rest of it needs, as kubectl takes files by name', () => {
    synthesizeFarm(demo, folder);
    for (const { name } of demo.datacenters) {
      const files = readdirSync(join(folder, name)).sort();
      expect(files.slice(0, 2)).toEqual([
        '00-CustomResourceDefinition.cacheclusters.cachefarm.dev.k8s.yaml',
        '00-Namespace.cachefarm.k8s.yaml',
      ]);
      expect(files.slice(2).filter((file) => file < 'A')).toEqual([]);
    }
    // kubectl looks the kinds of all files up before it applies the first: no definition beside what it defines.
    expect(readdirSync(join(folder, 'all')).filter((file) => !file.startsWith('CacheCluster.'))).toEqual([]);
  });

  test('is free of what an earlier run left, and of nothing else', () => {
    mkdirSync(join(folder, 'a'), { recursive: true });
    writeFileSync(join(folder, 'a', 'StatefulSet.gone.k8s.yaml'), '');
    writeFileSync(join(folder, 'a', 'notes.md'), '');
    synthesizeFarm(demo, folder);
    expect(readdirSync(join(folder, 'a'))).not.toContain('StatefulSet.gone.k8s.yaml');
    expect(readdirSync(join(folder, 'a'))).toContain('notes.md');
  });
});

describe('before anything is written', () => {
  const withClusters = (...names: string[]): Farm => {
    const [first] = demo.cacheClusters as [CacheCluster];
    return { ...demo, cacheClusters: names.map((clusterName) => ({ ...first, clusterName })) };
  };

  test('problems of all constructs are told together', () => {
    const farm: Farm = {
      ...withClusters('No such name'),
      tiers: demo.tiers.map((tier) => ({ ...tier, replicas: 0 })),
    };
    let caught: unknown;
    try {
      synthesizeFarm(farm, folder);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InvalidManifests);
    const { problems } = caught as InvalidManifests;
    expect(problems).toContain('[a/farm/tier-M1] replicas is 0, need a whole number from 1');
    expect(problems).toContain('[c/farm/tier-M16] replicas is 0, need a whole number from 1');
    expect(problems.at(-1)).toMatch(/^\[all\/farm\/No such name\] clusterName "No such name" must be a letter/);
    expect(existsSync(folder)).toBe(false);
  });

  test('two objects of one identity in a KubeCluster, and so in one file, are refused', () => {
    const farm: Farm = {
      ...withClusters('User.id', 'user.id'),
      tiers: demo.tiers.slice(0, 1).flatMap((tier) => [tier, { ...tier, name: 'm1' }]),
    };
    expect(() => synthesizeFarm(farm, folder)).toThrow(InvalidManifests);
    expect(() => synthesizeFarm(farm, folder)).toThrow(
      /\[a\/farm\/tier-m1\/6378\] apps\/StatefulSet\/cachefarm\/redis-m1-6378 is in the KubeCluster of a twice, first at a\/farm\/tier-M1\/6378; rename one/,
    );
    expect(() => synthesizeFarm(farm, folder)).toThrow(/CacheCluster\.user\.id is in the folder all twice/);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the app of cdk8s.yaml', () => {
  const run = async (env: Record<string, string>): Promise<{ status: number; stderr: string }> => {
    let stderr = '';
    const status = await synthFarm({
      env: { CDK8S_OUTDIR: folder, ...env },
      stderr: { write: (text: string) => (stderr += text) },
    });
    return { status, stderr };
  };
  const written = (name: string, text: string): string => {
    mkdirSync(root, { recursive: true });
    const path = join(root, name);
    writeFileSync(path, text);
    return path;
  };

  test.each([
    [{}, 'ApplicationSet.cachefarm-talk.k8s.yaml'],
    [{ CACHEFARM_FARM: 'demo' }, 'ApplicationSet.cachefarm-demo.k8s.yaml'],
  ])('with %j writes %s', async (env: Record<string, string>, file) => {
    expect((await run(env)).status).toBe(0);
    expect(existsSync(join(folder, 'argocd', file))).toBe(true);
  });

  test('a farm of somebody else is not synced from our repository: he names his own', async () => {
    const path = written('own.mjs', `export const farm = ${JSON.stringify(defineFarm(small))};`);
    const { status, stderr } = await run({ CACHEFARM_FARM: path });
    expect(status).toBe(0);
    expect(stderr).toContain('CACHEFARM_REPO=<address of your repository>');
    expect(existsSync(join(folder, 'argocd'))).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['a', 'all', 'b', 'c']);

    expect(await run({ CACHEFARM_FARM: path, CACHEFARM_REPO: 'https://git.test/ours.git' })).toEqual({
      status: 0,
      stderr: '',
    });
    const set = readFileSync(join(folder, 'argocd/ApplicationSet.cachefarm-small.k8s.yaml'), 'utf8');
    expect(set).toContain('repoURL: https://git.test/ours.git');
  });

  test('says what it could be given when it is given nothing of that', async () => {
    const { status, stderr } = await run({ CACHEFARM_FARM: 'tlak' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^CACHEFARM_FARM=tlak is neither talk nor demo nor a file \(.*\); name a JavaScript module/);
  });

  test('says what a module lacks that exports no farm', async () => {
    const path = written('empty.mjs', 'export const pharm = 1;');
    const { status, stderr } = await run({ CACHEFARM_FARM: path });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `${path} exports no \`farm\`: write \`export const farm = defineFarm({...})\`\n`,
    });
  });

  test('tells a farm with problems in its own words, without a stack trace, and writes nothing', async () => {
    const path = written(
      'wrong.mjs',
      "throw Object.assign(new Error('farm x has 1 problem:\\n  [name] is wrong'), { name: 'InvalidFarm' });",
    );
    expect(await run({ CACHEFARM_FARM: path })).toEqual({
      status: 1,
      stderr: 'farm x has 1 problem:\n  [name] is wrong\n',
    });
    expect(existsSync(folder)).toBe(false);
  });

  test('shows where a fault of the program itself lies', async () => {
    const path = written('bug.mjs', 'undefined.x;');
    expect((await run({ CACHEFARM_FARM: path })).stderr).toContain('bug.mjs');
  });
});

describe('the compiled app, run as cdk8s runs it', () => {
  const app = fileURLToPath(new URL('../../lib/src/cli/synth.js', import.meta.url));
  const library = new URL('../../lib/src/index.js', import.meta.url).href;
  const run = (name: string, spec: FarmSpec) => {
    const path = join(root, name);
    writeFileSync(
      path,
      `import { defineFarm } from '${library}';\nexport const farm = defineFarm(${JSON.stringify(spec)});\n`,
    );
    const env = { PATH: process.env.PATH ?? '', CDK8S_OUTDIR: folder, CACHEFARM_FARM: path };
    return spawnSync(process.execPath, [app], { env, encoding: 'utf8' });
  };

  test('tells warnings on stderr and goes on', () => {
    const { status, stdout, stderr } = run('two.mjs', { ...small, datacenters: small.datacenters.slice(0, 2) });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^warning: \[/);
    expect(existsSync(join(folder, 'a'))).toBe(true);
  });

  test('tells every problem of a farm and no stack, and writes nothing', () => {
    const { status, stdout, stderr } = run('bad.mjs', { ...small, tiers: [] });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^farm small has \d+ problems?:\n {2}\[/);
    expect(stderr).not.toContain('    at ');
    expect(existsSync(folder)).toBe(false);
  });
});
