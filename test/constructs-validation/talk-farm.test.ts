import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { FarmValidation, type FarmValidationProps } from '../../constructs/validation/index.js';
import type { Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { farm as talk } from '../../src/farms/talk.js';

/** As in cdk8s.yaml. */
const PROPERTIES: FarmValidationProps = { kubeClusters: 'folder', sharedFolders: ['all', 'argocd'] };

describe('the farms of this project', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'farm-rules-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function violations(
    farm: Farm,
  ): Promise<{ broken: string[]; status: string | undefined; manifests: string | undefined }> {
    const dist = join(folder, farm.name);
    synthesizeFarm(farm, dist);
    const broken: string[] = [];
    let submitted: { status?: string; manifests?: string | undefined } = {};
    await new FarmValidation(PROPERTIES).validate({
      manifests: readdirSync(dist, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => join(dist, file)),
      metadata: {},
      parseManifest: (file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS()),
      report: {
        addViolation: ({ ruleName, violatingResources }) =>
          broken.push(
            ...violatingResources.flatMap(({ resourceName, locations }) =>
              locations.map((location) => `${ruleName} ${resourceName} ${location}`),
            ),
          ),
        submit: (status, metadata) => {
          submitted = { status, manifests: metadata?.Manifests };
        },
      },
    });
    return { broken, status: submitted.status, manifests: submitted.manifests };
  }

  test.each([talk, demo])('$name keeps every rule', async (farm) => {
    const { broken, status, manifests } = await violations(farm);
    expect(broken).toEqual([]);
    expect(status).toBe('success');
    expect(Number(manifests)).toBeGreaterThan(50);
  });

  test('an exporter on the port of another tier is found in every datacenter', async () => {
    const tiers = talk.tiers.map((tier) => (tier.name === 'M16' ? { ...tier, ports: [11_378] } : tier));
    const { broken, status } = await violations({ ...talk, name: 'clash', tiers });
    expect(status).toBe('failure');
    expect(broken).toHaveLength(3);
    for (const line of broken) expect(line).toContain('host port 11378/TCP is also taken by');
  });
});
