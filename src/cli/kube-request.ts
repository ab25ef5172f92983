import {
  ApiException,
  Observable,
  type ObservableMiddleware,
  type PatchStrategy,
  setHeaderMiddleware,
} from '@kubernetes/client-node';
import { RefusedByKube } from './kube-port.js';

/** client-node sets no limit of its own. */
const limited = (timeoutMs: number): ObservableMiddleware => ({
  pre: (request) => {
    request.setSignal(AbortSignal.timeout(timeoutMs));
    return new Observable(Promise.resolve(request));
  },
  post: (response) => new Observable(Promise.resolve(response)),
});

/** Options of one call of client-node that ends in time. */
export const calling = (timeoutMs: number, ...more: readonly ObservableMiddleware[]) => ({
  middleware: [limited(timeoutMs), ...more],
  middlewareMergeStrategy: 'append' as const,
});

export const patching = (timeoutMs: number, strategy: PatchStrategy) =>
  calling(timeoutMs, setHeaderMiddleware('Content-Type', strategy));

interface StatusBody {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string }[] };
}

function statusOf(body: unknown): StatusBody {
  if (typeof body !== 'string') return (body ?? {}) as StatusBody;
  try {
    return JSON.parse(body) as StatusBody;
  } catch {
    return { message: body };
  }
}

/**
 * An answer that refuses is told from no answer.
 * @throws RefusedByKube, or another Error when nobody answers
 */
export async function answered<T>(request: Promise<unknown>): Promise<T> {
  try {
    return (await request) as T;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw new Error('no answer in time');
    if (!(error instanceof ApiException)) throw error;
    const { message, reason, details } = statusOf(error.body);
    const conflict = details?.causes?.some((cause) => cause.reason === 'FieldManagerConflict') ?? false;
    throw new RefusedByKube(error.code, reason === 'Conflict' && !conflict, message ?? `HTTP ${error.code}`);
  }
}
