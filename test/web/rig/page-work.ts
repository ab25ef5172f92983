import type { Page } from 'playwright-core';

/** ms of the main thread's CPU time since the page began */
export interface PageWork {
  readonly scriptMs: number;
  /** layout, style and painting, and whatever else it did but for what the test asks */
  readonly restMs: number;
}

/**
 * What the page's main thread has done, as Chromium counts it. In CPU time, so that other work on the machine does not count.
 * @returns asks for it
 */
export async function pageWork(page: Page): Promise<() => Promise<PageWork>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const ms = (name: string): number => (metrics.find((metric) => metric.name === name)?.value ?? 0) * 1_000;
    const scriptMs = ms('ScriptDuration');
    return { scriptMs, restMs: ms('TaskDuration') - scriptMs - ms('DevToolsCommandDuration') };
  };
}
