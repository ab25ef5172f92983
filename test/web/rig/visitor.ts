import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { Watched } from './watched.js';

export interface VisitorOptions {
  /** logs in with it before the first page; @default nobody is logged in */
  readonly token?: string | undefined;
  readonly locale?: 'en-US' | 'ko-KR';
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

const PATIENCE_MS = 10_000;
const MOST_TABS = 120;
const DESKTOP = { width: 1280, height: 800 };

/** Runs in the page. */
const hasFocus = (element: unknown): boolean =>
  element === (globalThis as { readonly document?: { readonly activeElement: unknown } }).document?.activeElement;

/** Somebody with a browser of his own: his cookies, his language, one page, and all that it did wrong. */
export class Visitor {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly watched: Watched,
    readonly origin: string,
  ) {}

  static async open(browser: Browser, origin: string, options: VisitorOptions = {}): Promise<Visitor> {
    const { token, locale = 'en-US', colorScheme = 'light', viewport = DESKTOP } = options;
    const context = await browser.newContext({ baseURL: origin, locale, colorScheme, viewport });
    context.setDefaultTimeout(PATIENCE_MS);
    const watched = new Watched(context, origin);
    const visitor = new Visitor(context, await context.newPage(), watched, origin);
    if (token !== undefined) await visitor.#logIn(token);
    return visitor;
  }

  /** As the page does it, without its form: that has a test of its own. */
  async #logIn(token: string): Promise<void> {
    const headers = { 'x-cachefarm-page': '1', origin: this.origin };
    const response = await this.context.request.post('/v1/session', { data: { token }, headers });
    if (!response.ok()) throw new Error(`cannot log in: ${response.status()} ${await response.text()}`);
  }

  /** Opens a path and waits for its heading and for the live connection. */
  async open(path: string): Promise<void> {
    await this.page.goto(path);
    await this.shown();
  }

  /** The view is there: one heading, and nothing that says it is being read. */
  async shown(): Promise<void> {
    await this.page.locator('main h1').first().waitFor();
    await this.connected();
  }

  async heading(): Promise<string> {
    return (await this.page.locator('main h1').first().textContent())?.trim() ?? '';
  }

  async connected(): Promise<void> {
    await this.page.locator('[data-connection="live"]').first().waitFor({ state: 'attached' });
  }

  /** Presses Tab, forwards and once around, until it has the focus. @throws Error when it cannot be reached */
  async tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let step = 0; step < MOST_TABS; step++) {
      if (await target.evaluate(hasFocus)) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`${target} cannot be reached with ${MOST_TABS} times Tab`);
  }

  /** Whether what has the focus looks other than without it: an outline, or a shadow around it. */
  focusIsSeen(): Promise<boolean> {
    return this.page.evaluate<boolean>(`(() => {
      const style = getComputedStyle(document.activeElement);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    })()`);
  }

  /** Of the map as it is open now: when the pod's cell had none of these states for the first time, ms since the epoch, by the page's own clock. */
  stateLeft(id: string, ...states: readonly string[]): Promise<number> {
    return this.page.evaluate<number>(`new Promise((resolve) => {
      const cell = () => document.querySelector(${JSON.stringify(`[data-pod="${id}"]`)});
      const look = () => {
        if (${JSON.stringify(states)}.includes(cell()?.dataset.state)) return false;
        observer.disconnect();
        resolve(Date.now());
        return true;
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
      look();
    })`);
  }

  /** The map says so of the pod. */
  async podIs(id: string, state: string): Promise<void> {
    await this.page.locator(`[data-pod="${id}"][data-state="${state}"]`).waitFor();
  }

  /** Whether the map says so of the pod at this moment. */
  async isPod(id: string, state: string): Promise<boolean> {
    return (await this.page.locator(`[data-pod="${id}"][data-state="${state}"]`).count()) > 0;
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
