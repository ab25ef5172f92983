import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Validation } from 'cdk8s-cli/plugins';
import { FarmValidation } from '../../constructs/validation/index.js';
import { redisObject, sentinelObject } from './manifests.js';
import { ScratchApp } from './scratch-app.js';

// compiles only while FarmValidation is what cdk8s calls a validation
const plugin: Validation = new FarmValidation({});

const PER_FOLDER = { kubeClusters: 'folder', sharedFolders: ['all', 'argocd'] };
const crd = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'crd' } };
const farm = (bent: Parameters<typeof redisObject>[0] = {}) => ({
  a: [redisObject(bent), sentinelObject()],
  b: [redisObject(), sentinelObject()],
  c: [redisObject(), sentinelObject()],
  all: [crd],
});
const onlyYaml = (files: readonly string[]) => files.filter((file) => !file.endsWith('.k8s.yaml'));

test('unknown rules in the properties are refused before anything is read', () => {
  expect(plugin).toBeDefined();
  expect(() => new FarmValidation({ rules: { nonsense: 'off' } })).toThrow('no validation rule is named nonsense');
});

describe('cdk8s synth with the plugin', () => {
  let app: ScratchApp;
  beforeAll(() => {
    app = ScratchApp.create();
  });
  afterAll(() => app.remove());

  test('loads the ES module, sees the Apps in sub-folders, passes, and leaves nothing but YAML in dist', async () => {
    const { status, output, dist, report } = await app.synth(farm(), PER_FOLDER);
    expect(output).toContain('Validations ended succesfully');
    expect(output).not.toContain('ExperimentalWarning');
    expect(status).toBe(0);
    expect(report.summary).toMatchObject({
      status: 'success',
      metadata: { Manifests: '7', Errors: '0', Warnings: '0' },
    });
    expect(dist).toHaveLength(7);
    expect(onlyYaml(dist)).toEqual([]);
  });

  test('ends with status 2 on a violation, names rule, file and construct, and still leaves nothing but YAML', async () => {
    const { status, dist, report } = await app.synth(farm({ container: { image: 'redis' } }), PER_FOLDER);
    expect(status).toBe(2);
    expect(onlyYaml(dist)).toEqual([]);
    expect(report.summary).toMatchObject({ status: 'failure', metadata: { Errors: '1' } });
    expect(report.violations).toHaveLength(1);
    expect(report.violations[0]).toMatchObject({
      ruleName: 'latest-image',
      violatingConstructs: [
        {
          resourceName: 'redis-m1-6378',
          manifestPath: 'dist/a/StatefulSet.redis-m1-6378.k8s.yaml',
          locations: ['construct: farm/the-redis-m1-6378', expect.stringContaining('redis has no tag')],
        },
      ],
    });
    expect(report.violations[0].recommendation).toMatch(/^\[error\] /);
  });

  test('an App that writes directly into dist gets its construct path from cdk8s itself', async () => {
    const { status, dist, report } = await app.synth({ '.': [redisObject({ container: { image: 'redis' } })] });
    expect(status).toBe(2);
    expect(dist).toEqual(['StatefulSet.redis-m1-6378.k8s.yaml']);
    expect(report.violations[0].violatingConstructs[0]).toMatchObject({ constructPath: 'farm/the-redis-m1-6378' });
    expect(report.violations[0].violatingConstructs[0].locations).toHaveLength(1);
  });

  test('properties soften a rule, or the whole plugin, and may keep the metadata', async () => {
    const objects = { '.': [redisObject({ container: { image: 'redis' } })] };
    expect(await app.synth(objects, { rules: { 'latest-image': 'warning' } })).toMatchObject({ status: 0 });
    expect(await app.synth(objects, { rules: { 'latest-image': 'warning' }, failOn: 'warning' })).toMatchObject({
      status: 2,
    });
    const kept = await app.synth(objects, { failOn: 'never', keepConstructMetadata: true });
    expect(kept).toMatchObject({ status: 0, dist: ['StatefulSet.redis-m1-6378.k8s.yaml', 'construct-metadata.json'] });
  });
});
