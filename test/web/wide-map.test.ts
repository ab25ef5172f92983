import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { ApiParts, RunningApi } from '../../src/api/parts.js';
import { startApi } from '../../src/api/server.js';
import { openChromium } from './rig/chromium.js';
import { tellFigure } from './rig/figures.js';
import { pageWork } from './rig/page-work.js';
import { picture } from './rig/screenshots.js';
import { Visitor } from './rig/visitor.js';
import { WideSight } from './rig/wide-farm.js';

const PAGE = join(import.meta.dirname, '../../lib/web');
const PODS = 7_200;
/** a machine that is so many times slower than the one that runs the tests */
const SLOWER = 4;
const MOST_MS = 50;
const ROUNDS = 15;

const nobody = (): never => {
  throw new Error('nothing is changed here');
};
const control: ApiParts['control'] = {
  declared: async () => undefined,
  change: nobody,
  drain: nobody,
  rebalance: nobody,
  approve: () => false,
  clientsOf: async () => [],
};

const sight = new WideSight();
let api: RunningApi;
let browser: Browser;
const failures: unknown[] = [];

beforeAll(async () => {
  expect(existsSync(join(PAGE, 'index.html'))).toBe(true);
  const gate = { who: async () => undefined, may: async () => false };
  const told = { audit: () => undefined, failed: (error: unknown) => void failures.push(error) };
  const parts = { ...{ sight, control, gate, ...told }, openReading: true, page: PAGE, version: '0', now: Date.now };
  [api, browser] = await Promise.all([startApi(parts, { host: '127.0.0.1', port: 0 }), openChromium()]);
}, 30_000);
afterAll(async () => {
  await browser.close();
  await api.close();
});

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

describe(`the map of ${PODS} pods`, () => {
  test.each([
    ['of one pod', 1],
    ['of a tenth of them', PODS / 10],
    ['of all of them', PODS],
  ])(
    `stays smooth: an update %s is less than ${MOST_MS} ms of scripting on a slow machine`,
    async (what, busy) => {
      const visitor = await Visitor.open(browser, `http://${api.address}`, { viewport: { width: 1440, height: 900 } });
      await visitor.open('/map');
      await visitor.page.locator('[data-pod]').first().waitFor();
      expect(await visitor.page.locator('[data-pod]').count()).toBe(PODS);
      const work = await pageWork(visitor.page);
      const spent: { readonly scriptMs: number; readonly renderMs: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const pod = sight.pods[(round * 997) % PODS];
        if (!pod) throw new Error('no pod');
        const id = `${pod.datacenter}/${pod.name}`;
        const before = await work();
        sight.pass(busy, new Set([id]));
        await visitor.page.locator(`[data-pod="${id}"][data-state="unreachable"]`).waitFor({ state: 'attached' });
        const after = await work();
        spent.push({ scriptMs: after.scriptMs - before.scriptMs, renderMs: after.renderMs - before.renderMs });
      }
      const script = median(spent.map(({ scriptMs }) => scriptMs)) * SLOWER;
      const render = median(spent.map(({ renderMs }) => renderMs)) * SLOWER;
      const worst = Math.max(...spent.map(({ scriptMs }) => scriptMs)) * SLOWER;
      tellFigure(
        `an update ${what}, of ${PODS} on the map, ${SLOWER}x slower: ${script.toFixed(1)} ms of scripting (worst ${worst.toFixed(1)}, at most ${MOST_MS}), ${render.toFixed(1)} ms of layout and style`,
      );
      if (busy === PODS) await picture(visitor.page, 'map-7200');
      expect(visitor.watched.faults()).toEqual([]);
      expect(failures).toEqual([]);
      await visitor.close();
      expect(script).toBeLessThan(MOST_MS);
    },
    60_000,
  );
});
