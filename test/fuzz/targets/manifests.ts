import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubernetesName } from '../../../src/farm/words.js';
import { readDist } from '../../../src/local/read-dist.js';
import { compareManifests } from '../../../src/review/compare-manifests.js';
import { parseManifests } from '../../../src/review/parse-manifests.js';
import { renderMarkdown } from '../../../src/review/render-markdown.js';
import { bytes, type FuzzTarget, readable, refusal, textOf } from '../target.js';
import { FARM, FRAME } from '../told-farm.js';

const folder = mkdtempSync(join(tmpdir(), 'cachefarm-fuzz-'));
mkdirSync(join(folder, 'a'), { recursive: true });

const SEED = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'farm', namespace: 'cachefarm' },
    data: { 'farm.json': JSON.stringify({ ...FRAME, datacenters: FRAME.datacenters.slice(0, 1) }) },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'redis-m1-6378', namespace: 'cachefarm', labels: { 'cachefarm.dev/tier': 'm1' } },
    spec: {
      replicas: 2,
      template: {
        metadata: { labels: {} },
        spec: { containers: [{ name: 'redis', image: 'redis:7', resources: { limits: { memory: '1Gi' } } }] },
      },
    },
  },
  ...FARM.cacheClusters.slice(0, 1).map((spec) => ({
    apiVersion: 'cachefarm.dev/v1alpha1',
    kind: 'CacheCluster',
    metadata: { name: kubernetesName(spec.clusterName), namespace: 'cachefarm' },
    spec,
  })),
]
  .map((object) => JSON.stringify(object))
  .join('\n---\n');

const before = parseManifests('before', [{ path: 'a/all.yaml', text: SEED }]);

export async function readManifests(text: string): Promise<void> {
  readable(
    await refusal(['UnreadableInput'], () => {
      const after = parseManifests('after', [{ path: 'a/all.yaml', text }]);
      renderMarkdown(compareManifests(before, after));
      renderMarkdown(compareManifests(after, before));
    }),
  );
  writeFileSync(join(folder, 'a', 'all.yaml'), text);
  readable(await refusal(['UnreadableManifests'], () => readDist(folder)));
}

export const manifests: FuzzTarget = {
  name: 'manifests',
  what: 'manifests of a dist folder (`cachefarm diff`, `up`): compared and read, or refused with file and line',
  seeds: [bytes(SEED), bytes('kind: A\napiVersion: v1\nmetadata: {name: b}\n')],
  words: [
    'kind: ',
    'apiVersion: ',
    'metadata: ',
    'spec: ',
    'StatefulSet',
    'CacheCluster',
    'Job',
    'Deployment',
    'ConfigMap',
    'replicas: ',
    'null',
    '---\n',
    '[]',
    '{}',
    '"farm.json": "{}"',
    '&a ',
    '*a',
    '-1',
    '1e999',
  ],
  run: (input) => readManifests(textOf(input)),
  close: () => rmSync(folder, { recursive: true, force: true }),
};
