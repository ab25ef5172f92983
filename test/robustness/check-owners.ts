import type { Finding } from './finding.js';
import type { History, Request } from './history.js';
import { clusterOf, kinship, PodTimes } from './spans.js';

/** `<partition> <client> <seq>` */
export const valueText = (partition: string, client: string, seq: number): string => `${partition} ${client} ${seq}`;

export const partitionIn = (value: string): string => value.split(' ')[0] ?? '';

const wrong = (text: string): Finding => ({ kind: 'wrongOwner', text });

/** Partitions of one cache cluster may share a standby for a while, and their keys differ: only another cache cluster's data is foreign. */
const isForeign = (value: string, partition: string): boolean => clusterOf(partitionIn(value)) !== clusterOf(partition);

function readsOfOthers({ requests }: History): readonly Finding[] {
  return requests.flatMap(({ client, partition, key, value, address, kind }) =>
    value != null && (kind === 'read' || kind === 'read-common') && isForeign(value, partition)
      ? [wrong(`${client} read ${key} of ${partition} and got "${value}" from ${address ?? 'somewhere'}`)]
      : [],
  );
}

/** An acknowledged write of a pod that was, from before it was sent until after it was answered, a stranger's or nobody's. */
function writesToOthers({ requests }: History, pods: PodTimes): readonly Finding[] {
  const isAnsweredWrite = ({ kind, error, address }: Request): boolean =>
    (kind === 'write' || kind === 'write-common') && error === undefined && address !== undefined;
  return requests.filter(isAnsweredWrite).flatMap(({ client, partition, key, address = '', sent, at }) => {
    const span = pods.during(address, sent, at);
    return span && kinship(span.claim, partition) === 'stranger'
      ? [wrong(`${client} wrote ${key} of ${partition} to ${address}, which was ${span.claim}`)]
      : [];
  });
}

/** Wrong-owner reads, writes and keys. */
export function checkOwners(history: History, pods = new PodTimes(history.podSpans)): readonly Finding[] {
  return [
    ...readsOfOthers(history),
    ...writesToOthers(history, pods),
    ...history.strayKeys.map(({ key, address, claim }) => wrong(`key ${key} is on ${address}, which is ${claim}`)),
  ];
}

/** Acknowledged writes on a pod that a sibling of the same cache cluster holds: allowed, counted. */
export function sharedWrites({ requests, podSpans }: History): number {
  const pods = new PodTimes(podSpans);
  return requests.filter(({ kind, error, address, sent, at, partition }) => {
    if (!kind.startsWith('write') || error !== undefined || address === undefined) return false;
    const span = pods.during(address, sent, at);
    return span !== undefined && kinship(span.claim, partition) === 'sibling';
  }).length;
}
