/** Changes that would delete an object and make it again: refused by name. */

import { record, strings } from '../farm/loose.js';
import { LABEL } from '../farm/words.js';
import { pruneFate } from './argo.js';
import type { FieldChange } from './fields.js';
import type { Manifests } from './manifests.js';
import { type ObjectFields, replicasOf } from './object-changes.js';
import type { Paired } from './pair-objects.js';
import { type Pool, poolsOf } from './pools.js';

export interface Refusal {
  readonly reason: 'ImmutableField' | 'PoolRenamed' | 'SentinelPortMoved';
  readonly folder: string;
  readonly kind: string;
  /** of the object that would be deleted */
  readonly name: string;
  /** pods that would be deleted with it */
  readonly pods: number;
  readonly fields: readonly FieldChange[];
  readonly consequence: string;
}

const RUNS_PODS = ['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet'];

function immutableRefusal({ object, before, immutable }: ObjectFields): Refusal | undefined {
  if (immutable.length === 0) return undefined;
  const pods = RUNS_PODS.includes(before.kind) ? replicasOf(before) : 0;
  const loss = pods > 0 ? `, with its ${pods} pod${pods === 1 ? '' : 's'}` : '';
  return {
    reason: 'ImmutableField',
    folder: object.folder,
    kind: object.kind,
    name: object.name,
    pods,
    fields: immutable,
    consequence: `the API server refuses this change; it asks for deleting ${object.kind} ${object.name}${loss}, and making it anew. Give the new one another name, and move what it serves first`,
  };
}

/** Ports of sentinels follow from the place of their pool among the declared ones: one put before it, or taken out there, moves them all. */
function portRefusal({ object, before, template }: ObjectFields): Refusal | undefined {
  const labels = strings(record(object.json.metadata).labels);
  const fields = template.filter(({ path }) => /^spec\.containers\[sentinel\]\.ports\b/.test(path));
  if (object.kind !== 'StatefulSet' || labels[LABEL.role] !== 'sentinel' || fields.length === 0) return undefined;
  return {
    reason: 'SentinelPortMoved',
    folder: object.folder,
    kind: object.kind,
    name: object.name,
    pods: replicasOf(before),
    fields,
    consequence:
      'Service, NetworkPolicy, starting pods and clients go to the new port at once, the sentinels stay on the old one until they are deleted, and come back blank. ' +
      'Declare new pools of sentinel groups behind the others, and leave those that went in their place',
  };
}

/** The pool that came in the place of one that went: on its port, or else of its tier. Each stands in for one only. */
function successors(removed: readonly Pool[], added: readonly Pool[]): ReadonlyMap<Pool, Pool> {
  const found = new Map<Pool, Pool>();
  const same: readonly ((a: Pool, b: Pool) => boolean)[] = [(a, b) => a.port === b.port, (a, b) => a.tier === b.tier];
  for (const matches of same)
    for (const pool of removed.filter((candidate) => !found.has(candidate))) {
      const taken = [...found.values()];
      const heir = added.find(
        (candidate) =>
          !taken.includes(candidate) && candidate.datacenter === pool.datacenter && matches(pool, candidate),
      );
      if (heir) found.set(pool, heir);
    }
  return found;
}

const change = (path: string, from: unknown, to: unknown): readonly FieldChange[] =>
  from === to ? [] : [{ path, from, to }];

function renameRefusal(pool: Pool, heir: Pool, applications: readonly Manifests[]): Refusal {
  const stays = pruneFate(pool.object, applications).prune === 'kept';
  const clash = stays && pool.port === heir.port;
  return {
    reason: 'PoolRenamed',
    folder: pool.object.folder,
    kind: pool.object.kind,
    name: pool.name,
    pods: pool.replicas,
    fields: [
      ...change('metadata.name', pool.name, heir.name),
      ...change('metadata.namespace', pool.object.namespace, heir.object.namespace),
      ...change('tier', pool.tier, heir.tier),
      ...change('port', pool.port, heir.port),
    ],
    consequence: clash
      ? `a renamed pool is another pool: ${pool.name} stays (Prune=false) on host port ${pool.port}, so the pods of ${heir.name} find no machine; with ${pool.name} deleted, all its partitions start again empty`
      : `a renamed pool is another pool: ${pool.name} goes with its ${pool.replicas} pods and every key in them, ${heir.name} starts empty. Add the new pool beside it, move the cache clusters, then remove the old one`,
  };
}

/** In order of folder and name. @param applications newer manifests first */
export function refusals(
  { added, removed }: Paired,
  changed: readonly ObjectFields[],
  applications: readonly Manifests[],
): readonly Refusal[] {
  const renamed = [...successors(poolsOf(removed), poolsOf(added))].map(([pool, heir]) =>
    renameRefusal(pool, heir, applications),
  );
  const key = (refusal: Refusal): string => `${refusal.folder} ${refusal.kind} ${refusal.name}`;
  return [
    ...renamed,
    ...changed.flatMap((fields) => [immutableRefusal(fields) ?? [], portRefusal(fields) ?? []].flat()),
  ].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
