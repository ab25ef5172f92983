/** Events as records: only fields that are named here leave. */
import { parsePartitionName } from '../farm/words.js';
import type { Action, Decision, Note } from '../plan/action.js';
import type { Reason } from '../plan/reasons.js';
import type { Receipt } from '../plan/receipt.js';
import type { ColdEvent, DecidedEvent, EndedEvent, FailedEvent, PassEvent } from './barn-events.js';
import type { GoneNote } from './held-notes.js';
import { REASON_ROLES } from './reason-roles.js';
import { recoveryOf } from './recovery.js';
import type { VoiceRecord } from './voice-event.js';

/** So many brakes of one reason that begin or end in one pass get a line each; more share one, or a lost datacenter would be all there is. */
const LINES_PER_REASON = 10;

const rounded = (ms: number): number => Math.round(ms * 1_000) / 1_000;

/** @param clusterNames cache clusters known to be there, for subjects that are one */
function about(
  subject: string,
  clusterNames: ReadonlySet<string>,
): Pick<VoiceRecord, 'subject' | 'cluster' | 'partition'> {
  const partition = parsePartitionName(subject);
  if (partition) return { subject, cluster: partition.clusterName, partition: subject };
  return clusterNames.has(subject) ? { subject, cluster: subject } : { subject };
}

function epochOf(action: Action): number {
  if ('epoch' in action) return action.epoch;
  return 'claim' in action && action.claim.kind !== 'locked' ? action.claim.epoch : 0;
}

function decision({ reason, subject, detail, actions }: Decision, clusterNames: ReadonlySet<string>) {
  const epoch = Math.max(0, ...actions.map(epochOf));
  return {
    reason,
    ...about(subject, clusterNames),
    detail,
    actions: actions.map(({ kind }) => kind),
    ...(epoch > 0 ? { epoch } : {}),
  };
}

/** Of a whole decision: what stopped it, or Done. */
export const statusOf = (receipts: readonly Receipt[]): Receipt['status'] =>
  receipts.find(({ status }) => status !== 'Done')?.status ?? 'Done';

export const describeDecided = (event: DecidedEvent, clusterNames: ReadonlySet<string>): VoiceRecord => ({
  level: 'info',
  msg: 'decided',
  ...decision(event.decision, clusterNames),
});

export function describeEnded(event: EndedEvent, clusterNames: ReadonlySet<string>): VoiceRecord {
  const status = statusOf(event.receipts);
  const recovery = recoveryOf(event);
  return {
    level: status === 'Done' ? 'info' : 'warn',
    msg: 'ended',
    ...decision(event.decision, clusterNames),
    status,
    ms: rounded(event.ms),
    ...(recovery ? { recoveryMs: rounded(recovery.ms) } : {}),
    receipts: event.receipts.map(({ action, status: of, reason, ms }) => ({
      action: action.kind,
      status: of,
      reason,
      ms: rounded(ms),
    })),
  };
}

/** In the words of the decision that Barn makes where a pod's own fence is not faster. */
export const describeCold = ({ decision: did }: ColdEvent, clusterNames: ReadonlySet<string>): VoiceRecord => ({
  level: 'info',
  msg: 'cold',
  ...decision(did, clusterNames),
});

/** Of an error only these three: libraries hang whole requests on theirs. */
export function describeFailed({ error }: FailedEvent): VoiceRecord {
  const known = error instanceof Error ? error : undefined;
  return {
    level: 'error',
    msg: 'failed',
    error: {
      name: known?.name ?? typeof error,
      message: known?.message ?? String(error),
      ...(known?.stack === undefined ? {} : { stack: known.stack }),
    },
  };
}

export const describePass = ({ world, farm, plan, ms }: PassEvent, first: boolean): VoiceRecord => ({
  level: first ? 'info' : 'debug',
  msg: first ? 'started' : 'pass',
  detail: `${farm.cacheClusters.length} cache clusters, ${world.pods.length} pods, ${plan.decisions.length} decisions, ${plan.notes.length} notes`,
  ms: rounded(ms),
});

function byReason<T extends Note>(notes: readonly T[]): ReadonlyMap<Reason, readonly T[]> {
  const groups = new Map<Reason, T[]>();
  for (const note of notes) {
    const group = groups.get(note.reason);
    if (group) group.push(note);
    else groups.set(note.reason, [note]);
  }
  return groups;
}

/** A line for each brake that begins or ends, or one for all of a reason when they are many. */
export function describeNotes(
  notes: readonly (Note | GoneNote)[],
  msg: 'holds' | 'over',
  clusterNames: ReadonlySet<string>,
): readonly VoiceRecord[] {
  return [...byReason(notes)].flatMap(([reason, group]): readonly VoiceRecord[] => {
    const level = msg === 'holds' && REASON_ROLES[reason] !== 'wait' ? 'warn' : 'info';
    if (group.length <= LINES_PER_REASON)
      return group.map((note) => ({
        level,
        msg,
        reason,
        ...about(note.subject, clusterNames),
        detail: note.detail,
        ...('ms' in note ? { ms: rounded(note.ms) } : {}),
      }));
    const subjects = group.slice(0, LINES_PER_REASON).map(({ subject }) => subject);
    return [{ level, msg, reason, count: group.length, subjects, detail: `first: ${group[0]?.detail ?? ''}` }];
  });
}
