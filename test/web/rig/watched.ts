import type { BrowserContext, ConsoleMessage, Page, Request, Response } from 'playwright-core';

/** What a browser says when a request fails; the request itself is watched, and known by its status. */
const ABOUT_A_REQUEST = /^Failed to load resource/;
/** a navigation, or the page itself, gave the request up: nobody waits for it */
const GIVEN_UP = 'net::ERR_ABORTED';

/** A part of a fault's line that a test brings about itself, and expects. */
export type Expected = RegExp;

/**
 * Everything a page must not do, while it does what a test is about: errors on the console, broken promises and exceptions, breaks of its
 * Content-Security-Policy, requests to anybody but its own server, answers of 4xx and 5xx, requests that came to nothing.
 */
export class Watched {
  readonly #faults: string[] = [];
  readonly #expected: Expected[] = [];
  readonly #responses: Response[] = [];

  constructor(
    context: BrowserContext,
    readonly origin: string,
  ) {
    context.on('page', (page) => this.#watch(page));
    context.on('request', (request) => this.#requested(request));
    context.on('response', (response) => this.#answered(response));
    context.on('requestfailed', (request) => this.#failed(request));
  }

  /** From now on a fault whose line this matches is part of the story. */
  expect(...parts: readonly Expected[]): void {
    this.#expected.push(...parts);
  }

  /** Something that was looked for and found. */
  fault(line: string): void {
    this.#faults.push(line);
  }

  /** A line each, without those that are expected. 5xx are never expected. */
  faults(): readonly string[] {
    return this.#faults.filter((line) => /^5\d\d /.test(line) || !this.#expected.some((part) => part.test(line)));
  }

  /** Every answer so far. */
  get responses(): readonly Response[] {
    return this.#responses;
  }

  #watch(page: Page): void {
    page.on('console', (message) => this.#said(message));
    page.on('pageerror', (error) => this.#faults.push(`exception: ${error.stack ?? error.message}`));
    page.on('crash', () => this.#faults.push('the page crashed'));
  }

  #said(message: ConsoleMessage): void {
    const bad = message.type() === 'error' || /Content Security Policy/i.test(message.text());
    if (bad && !ABOUT_A_REQUEST.test(message.text()))
      this.#faults.push(`console: ${message.text()} (${message.location().url}:${message.location().lineNumber})`);
  }

  #requested(request: Request): void {
    const url = new URL(request.url());
    if (url.origin !== this.origin && !['data:', 'blob:', 'about:'].includes(url.protocol))
      this.#faults.push(`external request: ${request.url()}`);
  }

  #answered(response: Response): void {
    this.#responses.push(response);
    if (response.status() >= 400)
      this.#faults.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  }

  #failed(request: Request): void {
    const why = request.failure()?.errorText ?? 'no reason';
    if (why !== GIVEN_UP) this.#faults.push(`failed: ${request.method()} ${request.url()}: ${why}`);
  }
}
