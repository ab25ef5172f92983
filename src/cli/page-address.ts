/** Where a person opens the page of an embedded farm. */
import type { EmbeddedFarm } from '../local/embedded-farm.js';

const POLL_MS = 100;
const ASK_MS = 1_000;
/** ms that a page which answers waits for the one of the Barn that leads: only there is a held partition let go on */
const PATIENCE_MS = 5_000;

async function leads(page: string): Promise<boolean | undefined> {
  try {
    const response = await fetch(`${page}/v1/health`, { signal: AbortSignal.timeout(ASK_MS) });
    const health: unknown = await response.json();
    return typeof health === 'object' && health !== null && 'leads' in health && health.leads === true;
  } catch {
    return undefined;
  }
}

/**
 * Waits until a Barn of the farm serves its page. The token is in the fragment, which no browser sends anywhere: the page takes it out.
 * @returns undefined: none does, the farm has none, or it is stopped meanwhile
 */
export async function pageAddress(embedded: EmbeddedFarm, timeoutMs = 30_000): Promise<string | undefined> {
  if (!embedded.frame.web) return undefined;
  const until = performance.now() + timeoutMs;
  let first: { readonly page: string; readonly at: number } | undefined;
  const withToken = (page: string): string => `${page}/#token=${embedded.pageToken}`;
  while (performance.now() < until && !embedded.stopped) {
    const pages = embedded.pages();
    const answers = await Promise.all(pages.map(leads));
    const leading = pages[answers.indexOf(true)];
    if (leading !== undefined) return withToken(leading);
    const answering = pages[answers.indexOf(false)];
    if (answering !== undefined) first ??= { page: answering, at: performance.now() };
    if (first && performance.now() - first.at > PATIENCE_MS) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return first && withToken(first.page);
}
