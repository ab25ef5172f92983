import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { TOKEN } from '../builders/fake-api-parts.js';
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
afterEach(() => farm.close());

describe('who fills in a form', () => {
  test('is still logged in after a log-in that was refused', async () => {
    farm = await FakeFarm.open(browser);
    const { visitor, page } = farm;
    await visitor.open('/clusters/new');
    await page.locator('.account-name').waitFor();
    const form = new ClusterForm(page);
    await form.fill({ clusterName: 'Mine' });
    await page.evaluate("location.hash = '#token=mistyped'");
    const [before = ''] = say('shell.login.failed', { why: '\n' }).split('\n');
    await page.getByText(before.trim()).first().waitFor();
    expect(await (await visitor.context.request.get('/v1/session')).json()).toMatchObject({ user: 'ann' });
    expect(await page.locator('.account-name').count()).toBe(1);
    expect(await form.field('clusterName').isDisabled()).toBe(false);
    expect(await form.field('clusterName').inputValue()).toBe('Mine');
  }, 30_000);

  test('keeps what he has typed when his token ends and he gives another one', async () => {
    farm = await FakeFarm.open(browser, false);
    const { visitor, page, fake } = farm;
    await visitor.open('/clusters/new');
    const form = new ClusterForm(page);
    await form.fill({ clusterName: 'Mine', clusterSize: '7' });
    fake.gate.people.delete(TOKEN.admin);
    await page.getByLabel(say('shell.login.token')).waitFor({ timeout: 20_000 });
    expect(await form.field('clusterName').isVisible()).toBe(false);
    fake.gate.people.set('another', { user: 'ann', groups: [], may: ['read', 'change', 'drain'] });
    await page.getByLabel(say('shell.login.token')).fill('another');
    await page
      .getByRole('main')
      .getByRole('button', { name: say('shell.login') })
      .click();
    await form.field('clusterName').waitFor();
    expect(await form.field('clusterName').inputValue()).toBe('Mine');
    expect(await form.field('clusterSize').inputValue()).toBe('7');
  }, 60_000);
});
