import type { RedisPod } from '../../world/model.js';

/** A container that ran again for so long counts as sound. s */
export const RECENT_SECONDS = 3_600;

/**
 * It is down, or its container was started again within the hour: by a crash, a fence, or a machine that was down itself. A pod that is merely new (seeded,
 * rolled out) has not failed.
 */
export function isRecentFailure({ instance, restarts = 0 }: RedisPod): boolean {
  return instance.state === 'unreachable' || (restarts > 0 && instance.uptimeSeconds < RECENT_SECONDS);
}
