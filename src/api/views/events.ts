import type { VoiceEvent } from '../../voice/voice-event.js';
import type { EventView } from '../schemas.js';

/** Only fields that are named here leave: no stack of an error, and nothing that is added to events later. */
export function eventView(event: VoiceEvent): EventView {
  const { seq, at, level, msg, reason, subject, cluster, partition, detail, actions, status, error } = event;
  const { ms, recoveryMs, receipts, count, subjects } = event;
  return {
    seq,
    at,
    level,
    msg,
    ...(reason === undefined ? {} : { reason }),
    ...(subject === undefined ? {} : { subject }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(partition === undefined ? {} : { partition }),
    ...(detail === undefined ? {} : { detail }),
    ...(actions === undefined ? {} : { actions: [...actions] }),
    ...(status === undefined ? {} : { status }),
    ...(ms === undefined ? {} : { ms }),
    ...(recoveryMs === undefined ? {} : { recoveryMs }),
    ...(receipts === undefined
      ? {}
      : {
          receipts: receipts.map(({ action, status: of, reason: why, ms: took }) => ({
            action,
            status: of,
            reason: why,
            ms: took,
          })),
        }),
    ...(count === undefined ? {} : { count }),
    ...(subjects === undefined ? {} : { subjects: [...subjects] }),
    ...(error === undefined ? {} : { error: { name: error.name, message: error.message } }),
  };
}
