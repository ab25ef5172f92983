import { callKube, type KubeCall } from '../act/http-hand.js';
import { KubeRefused } from '../act/kube-hand.js';
import { record, records } from '../farm/loose.js';
import type { KubeEndpoint } from '../world/kube.js';
import { RefusedByKube } from './kube-port.js';

/** A conflict of versions is told from a conflict about who owns a field. */
const isStale = (status: unknown): boolean =>
  record(status).reason === 'Conflict' &&
  !records(record(record(status).details).causes).some(({ reason }) => reason === 'FieldManagerConflict');

/**
 * An answer that refuses is told from no answer.
 * @throws RefusedByKube, or another Error when nobody answers
 */
export async function ask<T>(endpoint: KubeEndpoint, call: KubeCall, timeoutMs: number): Promise<T> {
  try {
    return (await callKube(endpoint, call, timeoutMs)) as T;
  } catch (error) {
    if (!(error instanceof KubeRefused)) throw error;
    throw new RefusedByKube(error.code, isStale(error.status), error.message);
  }
}

export const read = <T>(endpoint: KubeEndpoint, path: string, timeoutMs: number): Promise<T> =>
  ask<T>(endpoint, { method: 'GET', path }, timeoutMs);
