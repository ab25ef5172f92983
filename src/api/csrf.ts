/**
 * A browser sends the cookie of a log-in along with whatever any page asks of us. A change by cookie therefore needs two things that a foreign
 * page cannot give: a header of its own making (it would have to be allowed by CORS, and nobody is), and the browser's word that the page is ours.
 */
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';

export const PAGE_HEADER = 'x-cachefarm-page';

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

/** The host that the browser's page came from; undefined: it says none, or `null`. */
function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

function isOurPage(request: FastifyRequest): boolean {
  const site = one(request.headers['sec-fetch-site']);
  const { origin, host } = request.headers;
  if (site === undefined && origin === undefined) return false;
  if (site !== undefined && site !== 'same-origin') return false;
  return origin === undefined || (host !== undefined && originHost(origin) === host.toLowerCase());
}

/** @throws ProblemError 403 */
export function refuseForeignPages(request: FastifyRequest): void {
  if (one(request.headers[PAGE_HEADER]) !== '1')
    throw new ProblemError(
      403,
      'a change by cookie needs the header `X-Cachefarm-Page: 1`; programs send a Bearer token',
    );
  if (!isOurPage(request))
    throw new ProblemError(403, 'a change by cookie must come from a page of this server (Origin, Sec-Fetch-Site)');
}
