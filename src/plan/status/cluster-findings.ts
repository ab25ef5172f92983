import type { DeclaredCopy } from '../../world/model.js';
import type { Note } from '../action.js';
import type { Reason } from '../reasons.js';
import type { ClusterHealth } from './cluster-health.js';
import type { Finding, Findings } from './condition.js';

/** Notes that a cache cluster is worse off with than declared, the gravest first. What merely waits (a move, the reserve) is not among them. */
const DEGRADING: readonly Reason[] = [
  'BarnIsolated',
  'NoSentinelGroup',
  'GroupWithoutMajority',
  'PersonNeeded',
  'BudgetSpent',
  'NoIdlePod',
  'PodClaimedByOther',
  'SentinelsDisagree',
  'PodUnreachable',
  'FailoverUnderWay',
  'DatacenterUnread',
  'DeclarationsDiffer',
  'StandbyUnavailable',
  'SentinelUnreachable',
  'SentinelTilted',
];

/** Notes that stop all that would be done for the cache cluster. */
const STOPPING: readonly Reason[] = ['BarnIsolated', 'NoSentinelGroup', 'GroupWithoutMajority', 'PersonNeeded'];
/** Notes of what is wanted and waits for its turn. */
const WAITING: readonly Reason[] = ['BudgetSpent', 'NoIdlePod', 'ReserveKept', 'MovesLimited', 'StandbyUnavailable'];

/** So many subjects are named; the rest is counted. */
const NAMED = 3;

function listed(names: readonly string[]): string {
  const rest = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const firstOf = (notes: readonly Note[], reasons: readonly Reason[]): Note | undefined => {
  for (const reason of reasons) {
    const note = notes.find((candidate) => candidate.reason === reason);
    if (note) return note;
  }
  return undefined;
};

const say = ({ subject, detail }: { readonly subject: string; readonly detail: string }): string =>
  detail === '' ? subject : `${subject}: ${detail}`;

/** All notes of one reason in one sentence. */
function sayAll({ notes }: ClusterHealth, { reason, detail }: Note): string {
  const subjects = [...new Set(notes.filter((note) => note.reason === reason).map(({ subject }) => subject))];
  return `${listed(subjects)}${detail === '' ? '' : `: ${detail}`}`;
}

const names = (partitions: readonly { readonly name: string }[]): string => listed(partitions.map(({ name }) => name));

/** Never True on doubt: what cannot be seen is Unknown. */
function ready(health: ClusterHealth, copy: DeclaredCopy): Finding {
  const { cluster, serving, lost, notes, decisions, unread } = health;
  const counted = `${serving} of ${cluster.clusterSize} partitions serve`;
  const isolated = firstOf(notes, ['BarnIsolated']);
  if (isolated)
    return { status: 'Unknown', reason: 'BarnIsolated', message: `${counted}, as far as seen; ${isolated.detail}` };
  if (unread.length > 0)
    return {
      status: 'Unknown',
      reason: 'DatacenterUnread',
      message: `${counted}, as far as seen; the KubeCluster of ${listed(unread)} cannot be read`,
    };
  if (serving < cluster.clusterSize) {
    const first = lost[0]?.name;
    const known =
      firstOf(notes, DEGRADING.slice(0, 4)) ??
      decisions.find(({ subject }) => subject === first) ??
      notes.find(({ subject }) => subject === first) ??
      decisions[0];
    return {
      status: 'False',
      reason: known?.reason ?? 'PartitionsNotServing',
      message: `${counted}${lost.length > 0 ? `, not ${names(lost)}` : ''}${known ? `; ${say(known)}` : ''}`,
    };
  }
  if (serving < copy.clusterSize)
    return {
      status: 'False',
      reason: 'DeclarationsDiffer',
      message: `${counted}, and this object declares ${copy.clusterSize}; ${firstOf(notes, ['DeclarationsDiffer'])?.detail ?? 'another declaration counts'}`,
    };
  return { status: 'True', reason: 'PartitionsServing', message: counted };
}

function underWay(health: ClusterHealth): Finding | undefined {
  const { decisions, moving, unnamed, strays, unarmed, notes } = health;
  const [decision] = decisions;
  if (decision)
    return {
      status: 'True',
      reason: decision.reason,
      message: `${decisions.length} ${decisions.length === 1 ? 'decision' : 'decisions'}; ${say(decision)}`,
    };
  if (moving.length > 0) return { status: 'True', reason: 'MoveCopying', message: `moving: ${names(moving)}` };
  if (firstOf(notes, [...STOPPING, ...WAITING])) return undefined;
  if (unnamed.length > 0)
    return {
      status: 'True',
      reason: unnamed.some(({ claimedBy }) => claimedBy.length > 0) ? 'PartitionNotNamed' : 'PartitionUnbound',
      message: `not named yet: ${names(unnamed)}`,
    };
  if (unarmed.length > 0)
    return { status: 'True', reason: 'StandbyNotArmed', message: `not armed yet: ${names(unarmed)}` };
  if (strays.length > 0) return { status: 'True', reason: 'NameRemoved', message: `still named: ${listed(strays)}` };
  return undefined;
}

function progressing(health: ClusterHealth): Finding {
  const going = underWay(health);
  if (going) return going;
  const held = firstOf(health.notes, [...STOPPING, ...WAITING]);
  if (held) return { status: 'False', reason: held.reason, message: `waits; ${sayAll(health, held)}` };
  const { lost } = health;
  if (lost.length === 0) return { status: 'False', reason: 'AsDeclared', message: 'nothing is under way' };
  const why = health.notes.find(({ subject }) => subject === lost[0]?.name);
  return {
    status: 'False',
    reason: why?.reason ?? 'PartitionsNotServing',
    message: `nothing is under way for ${names(lost)}${why ? `; ${why.detail}` : ''}`,
  };
}

function degraded(health: ClusterHealth): Finding {
  const { notes, lost, unnamed, unarmed, thin, decisions } = health;
  const grave = firstOf(notes, DEGRADING);
  if (grave) return { status: 'True', reason: grave.reason, message: sayAll(health, grave) };
  // What was never bound grows; what was bound and does not serve is broken.
  const broken = lost.filter((partition) => !unnamed.includes(partition));
  if (broken.length > 0) {
    const known = decisions.find(({ subject }) => subject === broken[0]?.name);
    return {
      status: 'True',
      reason: known?.reason ?? 'PartitionsNotServing',
      message: `not serving: ${names(broken)}${known ? `; ${say(known)}` : ''}`,
    };
  }
  if (unarmed.length > 0)
    return { status: 'True', reason: 'StandbyNotArmed', message: `serving without standby: ${names(unarmed)}` };
  const thinned = thin.filter((partition) => !unnamed.includes(partition));
  if (thinned.length > 0)
    return { status: 'True', reason: 'ReplicaMissing', message: `fewer pods than declared: ${names(thinned)}` };
  return { status: 'False', reason: 'AsDeclared', message: 'as much stands by as declared' };
}

/** What one object of the cache cluster says of it. */
export const clusterFindings = (health: ClusterHealth, copy: DeclaredCopy): Findings => ({
  Ready: ready(health, copy),
  Progressing: progressing(health),
  Degraded: degraded(health),
});
