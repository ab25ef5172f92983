import type { History, NameSpan, PodSpan, Request } from './history.js';
import type { Expectation } from './scenario.js';

/** Pods of the two cache clusters of a told history, and an idle one. */
export const AT = { user: '127.70.1.1:6378', session: '127.70.2.1:6378', idle: '127.70.3.1:6378' } as const;
const SENTINELS = ['127.70.1.2:26379', '127.70.2.2:26379', '127.70.3.2:26379'];
export const [BEGIN, END] = [1_000, 5_000];

export const expectation = (changes: Partial<Expectation> = {}): Expectation => ({
  ...{ unavailableMs: 500, wholeS: 2, bystanders: 0, ...changes },
});

export const podSpan = (changes: Partial<PodSpan>): PodSpan => ({
  ...{ address: AT.idle, from: BEGIN - 500, to: END + 500, runId: 'run-1', claim: 'locked', openFor: [] },
  ...{ role: 'master', flushes: 0, drops: 0, ...changes },
});

export const bound = (partition: string, address: string, changes: Partial<PodSpan> = {}): PodSpan => {
  const openFor = [partition.split('::')[0] ?? ''];
  return podSpan({ address, claim: `bound/${partition}/1025`, openFor, ...changes });
};

export const named = (partition: string, address: string, changes: Partial<NameSpan> = {}): readonly NameSpan[] =>
  SENTINELS.map((sentinel) => ({
    ...{ sentinel, group: 'main', partition, address, from: BEGIN - 500, to: END + 500, ...changes },
  }));

export const request = (partition: string, changes: Partial<Request> = {}): Request => ({
  ...{ client: 'plain', partition, kind: 'write', key: `${partition}:plain:0`, seq: 1 },
  ...{ sent: 2_000, at: 2_001, address: partition === 'User.id::0' ? AT.user : AT.session, ...changes },
});

/** A write every 20 ms, each of them answered by its own pod, but between two moments. */
export const traffic = (partition: string, away: readonly [number, number] = [0, 0]): readonly Request[] =>
  Array.from({ length: (END - BEGIN) / 20 }, (_, index) => BEGIN + index * 20)
    .filter((at) => at < away[0] || at > away[1])
    .map((at) => request(partition, { sent: at, at: at + 1, seq: at }));

/** A scenario in which one pod was struck and nothing was broken. */
export function toldHistory(changes: Partial<History> = {}): History {
  return {
    ...{ scenario: 'told', seed: 1, groups: { main: 3 }, partitions: ['User.id::0', 'Session::0'] },
    ...{ pods: Object.values(AT), struck: ['User.id::0'], strayKeys: [], unread: [], barn: [] },
    marks: [
      { at: BEGIN, kind: 'begin', text: 'told' },
      { at: 1_900, kind: 'fault', text: 'kill -9' },
      { at: 2_300, kind: 'proof', text: 'it is dead' },
      { at: 3_000, kind: 'end', text: '' },
      { at: 4_000, kind: 'whole', text: '' },
      { at: END, kind: 'settled', text: '' },
    ],
    stalls: [],
    requests: [...traffic('User.id::0', [2_000, 2_300]), ...traffic('Session::0')],
    podSpans: [bound('User.id::0', AT.user), bound('Session::0', AT.session), podSpan({})],
    nameSpans: [...named('User.id::0', AT.user), ...named('Session::0', AT.session)],
    ...changes,
  };
}
