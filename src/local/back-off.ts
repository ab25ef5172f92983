/**
 * The kubelet's CrashLoopBackOff: the first restart is immediate, the next wait 10 s, 20 s, ... up to 5 min; a container that
 * ran for twice the maximum (10 min) starts over. Source: kubernetes pkg/kubelet doBackOff, client-go flowcontrol.Backoff.
 */
export interface BackOffLimits {
  /** what the first restart waits; @default 0, as the kubelet */
  readonly firstMs?: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

export const KUBELET_BACK_OFF: BackOffLimits = { baseMs: 10_000, maxMs: 300_000 };

export interface BackOff {
  /** what the next restart will wait */
  readonly delayMs: number;
  /** ms since the epoch: the restart that set it */
  readonly at: number;
}

export function nextRestart(
  previous: BackOff | undefined,
  exitedAt: number,
  limits: BackOffLimits,
): { readonly waitMs: number; readonly backOff: BackOff } {
  if (!previous || exitedAt - previous.at > 2 * limits.maxMs) {
    const firstMs = limits.firstMs ?? 0;
    return { waitMs: firstMs, backOff: { delayMs: limits.baseMs, at: exitedAt + firstMs } };
  }
  const waitMs = previous.delayMs;
  return { waitMs, backOff: { delayMs: Math.min(2 * waitMs, limits.maxMs), at: exitedAt + waitMs } };
}
