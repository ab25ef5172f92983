import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { STREAM_LIMITS } from '../../src/api/page-stream.js';
import { openChromium } from './rig/chromium.js';
import { tellFigure } from './rig/figures.js';
import { type PageWork, pageWork } from './rig/page-work.js';
import { PlainGrid } from './rig/plain-grid.js';
import { picture } from './rig/screenshots.js';
import { Visitor } from './rig/visitor.js';
import { startWideApi, type WideApi } from './rig/wide-api.js';
import { idOf } from './rig/wide-farm.js';

const PODS = 7_200;
/** of what a plain page spends to change as many cells: its scripting and its painting */
const MOST_SCRIPT = 0.2;
/** the same, with painting, parsing what comes over the stream, and all else */
const MOST_IN_ALL = 1;
/** the page's code is compiled as it is used */
const WARM_UP = 4;
const ROUNDS = 11;
const FIGURES_MS = STREAM_LIMITS.figuresMs;

let api: WideApi;
let browser: Browser;
beforeAll(async () => {
  [api, browser] = await Promise.all([startWideApi(), openChromium()]);
}, 30_000);
afterAll(async () => {
  await browser?.close();
  await api?.close();
});
afterEach(() => {
  expect(api.failures).toEqual([]);
});

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const inAll = ({ scriptMs, restMs }: PageWork): number => scriptMs + restMs;

async function openMap(): Promise<Visitor> {
  const visitor = await Visitor.open(browser, api.origin, { viewport: { width: 1440, height: 900 } });
  await visitor.open('/map');
  await visitor.page.locator('[data-pod]').first().waitFor();
  expect(await visitor.page.locator('[data-pod]').count()).toBe(PODS);
  return visitor;
}

/** One pass in which so many pods have new figures and another pod has died; what the page did until it showed the death. */
async function update(visitor: Visitor, round: number, busy: number, work: () => Promise<PageWork>): Promise<PageWork> {
  const pod = api.sight.pods[(round * 997) % PODS];
  if (!pod) throw new Error('no pod');
  const id = idOf(pod);
  const shown = visitor.stateLeft(id, 'serving', 'idle');
  const before = await work();
  // Figures that nothing else goes with are told every few seconds only: they are all due now.
  api.later(FIGURES_MS);
  api.sight.pass(busy, new Set([id]));
  await shown;
  const after = await work();
  return { scriptMs: after.scriptMs - before.scriptMs, restMs: after.restMs - before.restMs };
}

describe(`the map of ${PODS} pods`, () => {
  test.each([
    ['one pod', 1],
    ['a tenth of them', PODS / 10],
    ['all of them', PODS],
  ])(
    'stays smooth: new figures of %s are less work than a change of all cells of a plain page',
    async (what, busy) => {
      const visitor = await openMap();
      const work = await pageWork(visitor.page);
      const plain = await PlainGrid.open(visitor.context, PODS);
      const ours: PageWork[] = [];
      const theirs: PageWork[] = [];
      for (let round = 0; round < WARM_UP + ROUNDS; round++) {
        await visitor.page.bringToFront();
        ours.push(await update(visitor, round, busy, work));
        theirs.push(await plain.update(round));
      }
      const script = median(ours.slice(WARM_UP).map(({ scriptMs }) => scriptMs));
      const all = median(ours.slice(WARM_UP).map(inAll));
      const peer = median(theirs.slice(WARM_UP).map(inAll));
      tellFigure(
        `new figures of ${what} on a map of ${PODS}: ${script.toFixed(1)} ms of scripting, ${all.toFixed(1)} ms in all; all cells of a plain page ${peer.toFixed(1)} ms: ${(script / peer).toFixed(2)} (at most ${MOST_SCRIPT}) and ${(all / peer).toFixed(2)} (at most ${MOST_IN_ALL}) of it`,
      );
      await visitor.page.bringToFront();
      if (busy === PODS) await picture(visitor.page, 'map-7200');
      expect(visitor.watched.faults()).toEqual([]);
      await visitor.close();
      expect(script / peer).toBeLessThan(MOST_SCRIPT);
      expect(all / peer).toBeLessThan(MOST_IN_ALL);
    },
    60_000,
  );
});
