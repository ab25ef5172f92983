import { KubeRefusal } from './kube-request.js';

const FIRST_MS = 250;
/** One list each ten seconds is no load for an API server that comes back, and a KubeCluster that is back is seen soon. */
const LAST_MS = 10_000;
/** Nobody is made to wait longer than this by a header: ms. */
const RETRY_AFTER_MS = 300_000;

/**
 * How long to rest before the next attempt: doubled with each failure, half of it by chance, so that all who lost one API server at the same
 * moment do not come back at the same moment. What the API server asks for (Retry-After) is kept, and a little more by chance.
 * @param failures in a row, this one included: 1, 2, …
 * @param chance 0 ≤ chance < 1
 * @returns ms
 */
export function restAfter(error: unknown, failures: number, chance: number): number {
  const full = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  const ours = full / 2 + (full / 2) * chance;
  const asked = error instanceof KubeRefusal ? (error.retryAfterMs ?? 0) : 0;
  return asked === 0 ? ours : Math.max(ours, Math.min(asked, RETRY_AFTER_MS) + ours);
}
