import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openChromium } from './rig/chromium.js';
import { ClusterForm } from './rig/cluster-form.js';
import { FakeFarm } from './rig/fake-farm.js';
import { say } from './rig/say.js';

let browser: Browser;
let farm: FakeFarm;
beforeAll(async () => {
  browser = await openChromium();
}, 30_000);
afterAll(() => browser?.close());
beforeEach(async () => {
  farm = await FakeFarm.open(browser);
});
afterEach(() => farm.close());

describe('answers that fail or come late', () => {
  test('the dialog that deletes asks again what it was not answered, when told to', async () => {
    const { visitor, page, clusterName } = farm;
    await visitor.open(`/clusters/${clusterName}`);
    await page.route('**/v1/clusters/*?dryRun=true', (route) => route.abort(), { times: 1 });
    await page.getByRole('button', { name: say('clusters.delete.button') }).click();
    const retry = page.getByRole('button', { name: say('clusters.form.retry') });
    await retry.click();
    await page.getByRole('dialog').getByText(say('clusters.preview.title')).waitFor();
    await retry.waitFor({ state: 'detached' });
  }, 40_000);

  test('a preview that is answered after the change was applied does not take its progress away', async () => {
    const { visitor, page } = farm;
    await visitor.open('/clusters/new');
    const form = new ClusterForm(page);
    await form.fill({ clusterName: 'Mine', clusterSize: '2', tier: 'M1' });
    await form.preview();
    let answer = (): void => undefined;
    const applied = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/v1/clusters?dryRun=true', async (route) => {
      await applied;
      await route.continue();
    });
    await form.field('clusterName').focus();
    const asked = page.waitForRequest('**/v1/clusters?dryRun=true');
    await page.keyboard.press('Enter');
    await asked;
    await form.apply();
    const late = page.waitForResponse('**/v1/clusters?dryRun=true');
    answer();
    await (await late).finished();
    // what came was read, and is drawn
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(await page.locator('[data-progress]').count()).toBe(1);
  }, 40_000);
});
