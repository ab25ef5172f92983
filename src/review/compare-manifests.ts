/** The whole review of two dists as one record; renderers only print it. */
import { cacheClustersOf } from './cache-clusters.js';
import { compareCapacity, type TierCapacity } from './capacity.js';
import { type CacheClusterChange, compareCacheClusters } from './compare-cache-clusters.js';
import type { Manifests } from './manifests.js';
import { fieldsOf, type TemplateChange, templateChange } from './object-changes.js';
import { pairObjects } from './pair-objects.js';
import {
  addedObjects,
  type ChangedObject,
  changedObjects,
  type ObjectName,
  type RemovedObject,
  removedObjects,
} from './plain-objects.js';
import { comparePools, type PoolChange } from './pools.js';
import { type Refusal, refusals } from './refusals.js';

export interface Review {
  /** version of this record as JSON */
  readonly format: 'cachefarm.dev/diff/v1';
  readonly from: string;
  readonly to: string;
  readonly verdict: 'same' | 'changed' | 'refused';
  readonly totals: {
    readonly podsCreated: number;
    readonly podsDeleted: number;
    readonly podsToRestart: number;
    readonly movedPartitions: number;
  };
  readonly refused: readonly Refusal[];
  readonly cacheClusters: readonly CacheClusterChange[];
  readonly pools: readonly PoolChange[];
  readonly templates: readonly TemplateChange[];
  readonly added: readonly ObjectName[];
  readonly removed: readonly RemovedObject[];
  readonly changed: readonly ChangedObject[];
  readonly capacity: readonly TierCapacity[];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function totals(
  pools: readonly PoolChange[],
  templates: readonly TemplateChange[],
  clusters: readonly CacheClusterChange[],
): Review['totals'] {
  return {
    podsCreated: sum(pools.map(({ from, to }) => Math.max(0, to - from))),
    podsDeleted: sum(pools.map(({ from, to }) => Math.max(0, from - to))),
    podsToRestart: sum(templates.map(({ pods }) => pods)),
    movedPartitions: sum(clusters.map(({ movedPartitions }) => movedPartitions)),
  };
}

/** @throws UnreadableInput for CacheClusters whose numbers are none */
export function compareManifests(from: Manifests, to: Manifests): Review {
  const paired = pairObjects(from, to);
  const fields = paired.kept.map(fieldsOf);
  const applications = [to, from];
  const parts = {
    refused: refusals(paired, fields, applications),
    cacheClusters: compareCacheClusters(cacheClustersOf(from), cacheClustersOf(to)),
    pools: comparePools(paired),
    templates: fields.flatMap((changed) => templateChange(changed) ?? []),
    added: addedObjects(paired.added),
    removed: removedObjects(paired.removed, applications),
    changed: changedObjects(fields, to),
  };
  const different = Object.values(parts).some((list) => list.length > 0);
  return {
    format: 'cachefarm.dev/diff/v1',
    from: from.source,
    to: to.source,
    verdict: parts.refused.length > 0 ? 'refused' : different ? 'changed' : 'same',
    totals: totals(parts.pools, parts.templates, parts.cacheClusters),
    ...parts,
    capacity: compareCapacity(from, to),
  };
}
