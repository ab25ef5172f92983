import type { Page } from 'playwright-core';

/** ms of the main thread's CPU time since the page began */
export interface PageWork {
  /** scripts, their microtasks, the garbage they leave, what is painted: all but layout, style, and what the test asks */
  readonly scriptMs: number;
  /** layout and style */
  readonly renderMs: number;
}

/**
 * What the page's main thread has done, as Chromium counts it. In CPU time, so that other work on the machine does not count. Its
 * ScriptDuration alone would leave out what runs when a piece of a stream arrives.
 * @returns asks for it
 */
export async function pageWork(page: Page): Promise<() => Promise<PageWork>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const ms = (name: string): number => (metrics.find((metric) => metric.name === name)?.value ?? 0) * 1_000;
    const renderMs = ms('LayoutDuration') + ms('RecalcStyleDuration');
    return { scriptMs: ms('TaskDuration') - renderMs - ms('DevToolsCommandDuration'), renderMs };
  };
}
