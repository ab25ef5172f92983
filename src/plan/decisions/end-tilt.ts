/**
 * Sentinel ends TILT while it looks at a name, so one that tilts without any, as it started bare, stays so for ever; nobody would tell it any name
 * meanwhile, and two of three hold the whole group. It is given a throw-away name to look at, which is taken back once TILT is over. A tilted one
 * that knows names is left alone: each write is work, and work is what made it tilt.
 */
import { SELF_TEST_NAME } from '../../farm/access.js';
import type { UpSentinel } from '../../world/facts.js';
import type { Action } from '../action.js';
import { type Decide, sentinelRef } from '../planning.js';

/** No controller proves the hello on it: those are 0..1023. */
export const TILT_NAME = `${SELF_TEST_NAME}::1024`;
/** Nothing listens there, and so many sentinels never agree that it is down. */
const NOWHERE = '127.0.0.1:1';
const OPTIONS = { quorum: 99, downAfterMs: 3_600_000, failoverTimeoutMs: 3_600_000 };

function actionFor(sentinel: UpSentinel): Action | undefined {
  if (sentinel.tilt)
    return sentinel.names.length > 0
      ? undefined
      : {
          kind: 'name-partition',
          partition: TILT_NAME,
          sentinel: sentinelRef(sentinel),
          peers: [],
          address: NOWHERE,
          epoch: 0,
          options: OPTIONS,
          replace: false,
        };
  return sentinel.names.some(({ partition }) => partition === TILT_NAME)
    ? { kind: 'forget-name', partition: TILT_NAME, sentinel: sentinelRef(sentinel), address: NOWHERE }
    : undefined;
}

export const endTilt: Decide = ({ facts, input, decisions }) => {
  if (input.only) return;
  for (const sentinels of facts.upSentinels.values())
    for (const sentinel of sentinels) {
      const action = input.inFlight.has(sentinel.pod) ? undefined : actionFor(sentinel);
      if (!action) continue;
      const detail = `${sentinel.address}: ${action.kind === 'forget-name' ? 'over' : 'it knows no name'}`;
      decisions.push({ reason: 'TiltEnded', subject: sentinel.pod, detail, actions: [action] });
    }
};
