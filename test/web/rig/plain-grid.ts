import type { BrowserContext, Page } from 'playwright-core';
import { type PageWork, pageWork } from './page-work.js';

/** So long after a frame it is painted. ms */
const PAINTED_MS = 20;

/** A page with nothing but so many cells, and no library: what the browser itself needs for a change of all of them, on this machine and right now. */
export class PlainGrid {
  private constructor(
    private readonly page: Page,
    private readonly work: () => Promise<PageWork>,
  ) {}

  static async open(context: BrowserContext, cells: number): Promise<PlainGrid> {
    const page = await context.newPage();
    await page.setContent(
      `<style>main { display: grid; grid-template-columns: repeat(120, 10px); gap: 1px } i { height: 10px }</style>
      <main>${'<i></i>'.repeat(cells)}</main>`,
    );
    return new PlainGrid(page, await pageWork(page));
  }

  /** Each cell gets another colour and another title, and they are painted. */
  async update(round: number): Promise<PageWork> {
    await this.page.bringToFront();
    const before = await this.work();
    await this.page.evaluate(`new Promise((done) => {
      document.querySelectorAll('i').forEach((cell, at) => {
        cell.style.background = \`hsl(\${(at * 7 + ${round} * 31) % 360} 50% 50%)\`;
        cell.title = \`pod \${at}, round ${round}\`;
      });
      requestAnimationFrame(() => setTimeout(done, ${PAINTED_MS}));
    })`);
    const after = await this.work();
    return { scriptMs: after.scriptMs - before.scriptMs, restMs: after.restMs - before.restMs };
  }
}
