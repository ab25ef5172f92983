import { useCallback, useRef, useState } from 'react';
import type { Change } from '../../api/schemas.js';
import { ProblemError } from '../request.js';
import type { ClusterWish } from './cluster-wish.js';
import { sendWish } from './send-wish.js';

const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const problemFrom = (error: unknown): ProblemError =>
  error instanceof ProblemError
    ? error
    : new ProblemError({ type: 'about:blank', title: 'Error', status: 0, detail: String(error) });

export interface Wishing {
  readonly busy: 'preview' | 'apply' | undefined;
  readonly preview: (wish: ClusterWish) => Promise<Change | ProblemError>;
  readonly apply: (wish: ClusterWish) => Promise<Change | ProblemError>;
}

/**
 * Sends wishes, one at a time. A wish that got no answer keeps its idempotency key, so that trying again does not do it twice; one that was
 * answered gets a new one, since the answer to the same key is the same.
 */
export function useWish(): Wishing {
  const [busy, setBusy] = useState<Wishing['busy']>();
  const pending = useRef<{ readonly body: string; readonly key: string }>(undefined);
  const sendIt = useCallback(async (wish: ClusterWish, dryRun: boolean): Promise<Change | ProblemError> => {
    const body = JSON.stringify(wish);
    if (!dryRun && pending.current?.body !== body) pending.current = { body, key: newKey() };
    setBusy(dryRun ? 'preview' : 'apply');
    try {
      const change = await sendWish(wish, dryRun ? { dryRun } : { idempotencyKey: pending.current?.key });
      if (!dryRun) pending.current = undefined;
      return change;
    } catch (error) {
      const problem = problemFrom(error);
      if (!dryRun && problem.problem.status !== 0) pending.current = undefined;
      return problem;
    } finally {
      setBusy(undefined);
    }
  }, []);
  const preview = useCallback((wish: ClusterWish) => sendIt(wish, true), [sendIt]);
  const apply = useCallback((wish: ClusterWish) => sendIt(wish, false), [sendIt]);
  return { busy, preview, apply };
}
