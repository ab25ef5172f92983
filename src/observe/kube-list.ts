/** Whole lists, page by page. */
import { type Loose, record } from '../farm/loose.js';
import type { KubeEndpoint } from '../world/kube.js';
import { askKube, KubeRefusal, wholeText } from './kube-request.js';

/** What is listed and watched. */
export interface Listing {
  /** `/api/v1/nodes` */
  readonly path: string;
  readonly labelSelector?: string;
}

export interface ListLimits {
  readonly signal: AbortSignal;
  /** without a byte: ms */
  readonly silentMs: number;
  /** objects a page; @default 500 */
  readonly pageSize?: number;
  /** a request is about to be sent */
  asked?(): void;
}

export interface Listed<T> {
  readonly objects: readonly T[];
  /** where a watch goes on */
  readonly version: string;
}

export function queryOf({ path, labelSelector }: Listing, query: Readonly<Record<string, string>>): string {
  const all = new URLSearchParams({ ...(labelSelector === undefined ? {} : { labelSelector }), ...query });
  return `${path}?${all}`;
}

interface Page extends Listed<Loose> {
  readonly next: string | undefined;
}

async function readPage(
  endpoint: KubeEndpoint,
  listing: Listing,
  query: Readonly<Record<string, string>>,
  { signal, silentMs, asked }: ListLimits,
): Promise<Page> {
  asked?.();
  const answer = await askKube(endpoint, queryOf(listing, query), { signal, answerMs: silentMs, silentMs });
  const body = record(JSON.parse(await wholeText(answer)));
  const { resourceVersion, continue: next } = record(body.metadata);
  if (!Array.isArray(body.items ?? []) || typeof resourceVersion !== 'string')
    throw new Error(`${listing.path}: the answer is no list`);
  const objects = (body.items ?? []) as readonly Loose[];
  return { objects, version: resourceVersion, next: typeof next === 'string' && next !== '' ? next : undefined };
}

/**
 * All pages are of one version. Should that expire between two of them (410), the list is asked for again in one piece, as client-go does:
 * who is too slow for pages once would be too slow again.
 * @param keep what is taken of an object: the page it came with is given up before the next one is asked for
 * @throws KubeRefusal, or Error when nobody answers to the end
 */
export async function listKube<T>(
  endpoint: KubeEndpoint,
  listing: Listing,
  keep: (object: Loose) => T,
  limits: ListLimits,
): Promise<Listed<T>> {
  const limit = String(limits.pageSize ?? 500);
  let page = await readPage(endpoint, listing, { limit }, limits);
  let objects = page.objects.map(keep);
  while (page.next !== undefined) {
    try {
      page = await readPage(endpoint, listing, { limit, continue: page.next }, limits);
    } catch (error) {
      if (!(error instanceof KubeRefusal) || error.code !== 410) throw error;
      objects = [];
      page = await readPage(endpoint, listing, {}, limits);
    }
    for (const object of page.objects) objects.push(keep(object));
  }
  return { objects, version: page.version };
}
