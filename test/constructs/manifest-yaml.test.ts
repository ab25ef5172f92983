import { describe, expect, test } from '@jest/globals';
import { App, Chart, Yaml } from 'cdk8s';
import { parse } from 'yaml';
import { ArgoApplications } from '../../constructs/argo-applications.js';
import { CacheFarm } from '../../constructs/cache-farm.js';
import { ManifestYaml } from '../../constructs/manifest-yaml.js';
import { SharedObjects } from '../../constructs/shared-objects.js';
import { farm as demo } from '../../src/farms/demo.js';
import { farm as talk } from '../../src/farms/talk.js';
import { fc } from '../builders/fast-check.js';

const ours = (value: object): string => new ManifestYaml().stringify(value);

test('every manifest is what cdk8s itself would have written', () => {
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  for (const farm of [demo, talk]) {
    for (const { name } of farm.datacenters)
      new CacheFarm(chart, `${farm.name}-${name}`, { farm, datacenter: name, monitoring: 'podMonitor' });
    new SharedObjects(chart, farm.name, { farm });
    const { datacenters, namespace } = farm;
    new ArgoApplications(chart, `argo-${farm.name}`, {
      farm: farm.name,
      namespace,
      datacenters,
      repoUrl: 'https://git.test/x',
    });
  }
  const manifests = chart.toJson() as object[];
  const yaml = new ManifestYaml();
  for (const manifest of manifests) expect(yaml.stringify(manifest)).toBe(Yaml.stringify(manifest));
  expect(manifests.length).toBeGreaterThan(200);
});

describe('whatever a patch may put into a manifest', () => {
  const awkward: Record<string, unknown> = {
    'words that are no strings in YAML 1.1': ['yes', 'no', 'on', 'off', 'y', 'n', 'null', '~', 'true', 'False'],
    'strings that look like numbers': [
      '0',
      '1e3',
      '0x1f',
      '0o17',
      '017',
      '1_000',
      '12:30:45',
      '.5',
      '-',
      '.inf',
      '1.0',
    ],
    'dates, tags, anchors, comments': [
      '2026-11-21',
      '!x',
      '&x',
      '*x',
      '# x',
      'a # b',
      'a: b',
      '- a',
      '? a',
      '% a',
      '@a',
      '<<',
      '=',
      '`a',
      '{{.x}}',
      '[x]',
    ],
    'spaces at the ends': [' a', 'a ', '', ' ', '\t'],
    'text of several lines': [
      'a\nb',
      'a\nb\n',
      'a\n\n',
      '\na',
      ' a\nb',
      'a\n  b\n\nc\n',
      '---\na',
      'a\n...\nb',
      'a\n \nb',
    ],
    'text that is not ASCII': ['시험', 'naïve', '\u0000', '\u2028', '😀', '\r\n'],
    numbers: [0, -1, 1.5, 1e21, 2 ** 53 - 1],
    'nothing at all': [null, [], {}, [[]], [{}], [[1, [2]], { a: [] }]],
  };
  test.each(Object.entries(awkward))('%s are read back as written', (_, values) => {
    const list = values as unknown[];
    const object = {
      list,
      record: Object.fromEntries(list.map((value, i) => [`k${i}`, value])),
      deep: [{ a: { b: list } }],
    };
    expect(parse(ours(object), { version: '1.1' })).toEqual(object);
    const keyed = Object.fromEntries(list.filter((v) => typeof v === 'string' && v !== '').map((v) => [v, 1]));
    expect(parse(ours({ keyed }), { version: '1.1' })).toEqual({ keyed });
  });

  test('anything that is JSON is read back as written', () => {
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('record'),
      ),
      list: fc.array(tie('json'), { maxLength: 4 }),
      record: fc.dictionary(fc.string(), tie('json'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json, { minKeys: 1 }), (object) => {
        expect(parse(ours(object), { version: '1.1' })).toEqual({ ...object });
      }),
      { numRuns: 500 },
    );
  });
});
