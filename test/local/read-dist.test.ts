import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readDist, UnreadableManifests } from '../../src/local/read-dist.js';
import { configMap, scratch, statefulSet, writeDist } from './small-dist.js';

const root = scratch();
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const dist = (change: (folder: string) => void = () => undefined): string => {
  const folder = writeDist(join(root, String(count++)), {
    datacenters: {
      b: [statefulSet({ name: 'z' }), statefulSet({ name: 'y' }), configMap('c', { k: 'v' })],
      a: [
        {
          kind: 'Secret',
          metadata: { name: 's' },
          data: { k: Buffer.from('v').toString('base64') },
          stringData: { l: 'w' },
        },
      ],
    },
    all: [{ kind: 'CacheCluster', metadata: { name: 'user.id' }, spec: {} }],
  });
  change(folder);
  return folder;
};

describe('the folder of manifests', () => {
  test('is read by datacenter, in declared order, sets by name', async () => {
    const [b, a] = await readDist(dist());
    expect([b?.datacenter.name, a?.datacenter.name]).toEqual(['b', 'a']);
    expect(b?.sets.map((set) => set.metadata.name)).toEqual(['y', 'z']);
    expect(b?.configMaps.get('c')?.get('k')).toBe('v');
    expect(Object.fromEntries(a?.secrets.get('s') ?? [])).toEqual({ k: 'v', l: 'w' });
  });

  test('gives every KubeCluster what is for all, and no one what is for Argo CD', async () => {
    const folder = dist((path) => {
      writeDist(join(path, 'argocd'), { datacenters: {} });
    });
    expect((await readDist(folder)).map((one) => one.cacheClusters.length)).toEqual([1, 1]);
  });

  const broken: Record<string, [(folder: string) => void, string]> = {
    'is not there': [(folder) => rmSync(folder, { recursive: true }), 'no such folder; synthesize the farm first'],
    'lacks a declared datacenter': [
      (folder) => rmSync(join(folder, 'a'), { recursive: true }),
      'no manifests for datacenter a',
    ],
    'lacks farm.json': [(folder) => rmSync(join(folder, 'a', '0.k8s.yaml')), 'no ConfigMap farm with farm.json'],
    'holds text that is no YAML': [(folder) => writeFileSync(join(folder, 'a', 'x.yaml'), 'a: [b'), 'x.yaml: '],
    'holds something that is no object': [
      (folder) => writeFileSync(join(folder, 'a', 'x.yaml'), 'a: b'),
      'without kind or metadata.name',
    ],
    'is empty': [
      (folder) => {
        for (const one of ['a', 'b']) rmSync(join(folder, one), { recursive: true });
      },
      'no manifests for datacenter (any)',
    ],
    'holds a datacenter of another farm': [
      (folder) => {
        const farm = configMap('farm', { 'farm.json': '{"name":"f","datacenters":[]}' });
        writeFileSync(join(folder, 'a', '0.k8s.yaml'), JSON.stringify(farm));
      },
      'farm f declares no datacenter a',
    ],
  };
  test.each(Object.entries(broken))('is refused when it %s', async (_, [change, message]) => {
    const reading = readDist(dist(change));
    await expect(reading).rejects.toThrow(UnreadableManifests);
    await expect(reading).rejects.toThrow(message);
  });
});
