import { afterAll, afterEach, beforeAll, describe, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openChromium } from './rig/chromium.js';
import { FakeFarm } from './rig/fake-farm.js';
import { say } from './rig/say.js';

let browser: Browser;
let farm: FakeFarm;
beforeAll(async () => {
  browser = await openChromium();
}, 30_000);
afterAll(() => browser?.close());
afterEach(() => farm.close());

const WITHIN = { timeout: 20_000 };

describe('what somebody else deletes is not shown on as if it were there', () => {
  test('a cache cluster', async () => {
    farm = await FakeFarm.open(browser);
    const { visitor, page, clusterName: name } = farm;
    await visitor.open(`/clusters/${name}`);
    await page.getByText(`${name}::0`).first().waitFor();
    await farm.delete(name);
    await page.getByText(say('clusters.unknown', { name })).first().waitFor(WITHIN);
    await page.getByText(`${name}::0`).first().waitFor({ state: 'detached' });
  }, 60_000);

  test('a partition', async () => {
    farm = await FakeFarm.open(browser);
    const { visitor, page } = farm;
    const name = `${farm.clusterName}::0`;
    await visitor.open(`/partitions/${name}`);
    const parts = page.getByRole('heading', { name: say('partition.barn') }).first();
    await parts.waitFor();
    await farm.delete(farm.clusterName);
    await page.getByText(say('partition.unknown', { name })).first().waitFor(WITHIN);
    await parts.waitFor({ state: 'detached' });
  }, 60_000);
});
