import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openChromium } from './rig/chromium.js';
import { lookAt } from './rig/look-at.js';
import { say } from './rig/say.js';
import { Visitor } from './rig/visitor.js';
import { startWideApi, type WideApi } from './rig/wide-api.js';

/** Nobody of whom it does not know may read. */
const gate = {
  who: async (token: string) => (token === 'known' ? { user: 'somebody', groups: [] } : undefined),
  may: async () => true,
};

let api: WideApi;
let browser: Browser;
beforeAll(async () => {
  [api, browser] = await Promise.all([startWideApi({ openReading: false, gate }), openChromium()]);
}, 30_000);
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

describe('where reading needs a token', () => {
  test('nothing of the farm is shown before it is given; then the view that was asked for is there, and live', async () => {
    const visitor = await Visitor.open(browser, api.origin);
    const { page, watched } = visitor;
    watched.expect(/^401 GET /);
    await page.goto('/groups');
    await page.getByText(say('shell.login.why')).waitFor();
    await lookAt(visitor, 'closed');
    expect(await page.getByText('main-0').count()).toBe(0);
    await page.getByLabel(say('shell.login.token')).fill('known');
    await page
      .getByRole('main')
      .getByRole('button', { name: say('shell.login') })
      .click();
    await page.getByText('main-0', { exact: true }).first().waitFor();
    await visitor.connected();
    expect(new URL(page.url()).pathname).toBe('/groups');
    expect(watched.faults()).toEqual([]);
    expect(api.failures).toEqual([]);
    await visitor.close();
  }, 30_000);
});
