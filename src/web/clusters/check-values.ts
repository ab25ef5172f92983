import type { ClusterView, LimitsView } from '../../api/schemas.js';
import { RESERVED_CLUSTER_NAMES } from '../../farm/access.js';
import { LIMITS } from '../../farm/limits.js';
import { BACKING_GROUP, CLUSTER_NAME, kubernetesName } from '../../farm/words.js';
import type { words } from '../words/clusters.js';
import { type ClusterValues, FIELDS, type Field } from './cluster-values.js';
import { neededPods } from './needed-pods.js';

/** What is said beside a field, as a key of the words and what is put into it. An error holds the form back, a warning does not. */
export interface Remark {
  readonly field: Field;
  readonly level: 'error' | 'warning';
  readonly key: keyof (typeof words)['en'];
  readonly vars?: Readonly<Record<string, string | number>>;
}

type Checks = (values: ClusterValues, limits: LimitsView, now: ClusterView | undefined) => Iterable<Remark>;

/** RFC 1123 subdomain, as src/farm/check-names.ts has it; that file would bring all checks of a farm into the page. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const error = (field: Field, key: Remark['key'], vars?: Remark['vars']): Remark => ({
  field,
  level: 'error',
  key,
  ...(vars ? { vars } : {}),
});
const warning = (field: Field, key: Remark['key'], vars?: Remark['vars']): Remark => ({
  ...error(field, key, vars),
  level: 'warning',
});

function* checkName(
  { clusterName }: ClusterValues,
  limits: LimitsView,
  now: ClusterView | undefined,
): Iterable<Remark> {
  if (now) return;
  const name = clusterName.trim();
  if (name === '') return yield error('clusterName', 'clusters.check.required');
  if (!CLUSTER_NAME.test(name)) return yield error('clusterName', 'clusters.check.name');
  if (RESERVED_CLUSTER_NAMES.includes(name)) return yield error('clusterName', 'clusters.check.nameReserved', { name });
  if (!OBJECT_NAME.test(kubernetesName(name))) return yield error('clusterName', 'clusters.check.nameKubernetes');
  if (limits.clusterNames.includes(name)) return yield error('clusterName', 'clusters.check.nameTaken', { name });
  const twin = limits.clusterNames.find((other) => kubernetesName(other) === kubernetesName(name));
  if (twin !== undefined) yield error('clusterName', 'clusters.check.nameTwin', { name: twin });
}

/** A whole number from min to max; empty is allowed where there is a default. */
function* range(field: Field, text: string, min: number, max: number, optional: boolean): Iterable<Remark> {
  const value = text.trim();
  if (value === '') {
    if (!optional) yield error(field, 'clusters.check.required');
    return;
  }
  if (!/^-?\d+$/.test(value)) return yield error(field, 'clusters.check.whole', { min, max });
  if (Number(value) < min || Number(value) > max) yield error(field, 'clusters.check.range', { min, max });
}

const limitOf = (field: Field): { readonly min: number; readonly max: number } =>
  LIMITS[`cacheClusters.${field}`] ?? { min: 0, max: Number.MAX_SAFE_INTEGER };

function* checkNumbers(values: ClusterValues, limits: LimitsView): Iterable<Remark> {
  yield* range('clusterSize', values.clusterSize, 1, limits.maxClusterSize, false);
  yield* range('partitionSize', values.partitionSize, 1, limits.maxPartitionSize, false);
  for (const field of ['standbys', 'minReplicas', 'importance'] as const) {
    const { min, max } = limitOf(field);
    yield* range(field, values[field], min, max, true);
  }
}

function* checkTier({ tier }: ClusterValues, limits: LimitsView): Iterable<Remark> {
  if (tier === '') yield error('tier', 'clusters.check.required');
  else if (!limits.tiers.some(({ name }) => name === tier)) yield error('tier', 'clusters.check.tierUnknown', { tier });
}

const isReplicated = ({ partitionSize }: ClusterValues): boolean => Number(partitionSize) > 1;

function* checkCopies(values: ClusterValues): Iterable<Remark> {
  const standbys = values.standbys.trim();
  if (isReplicated(values) && Number(standbys) > 0) yield error('standbys', 'clusters.check.standbysReplicated');
  if (!isReplicated(values) && standbys !== '' && Number(standbys) === 0)
    yield warning('standbys', 'clusters.check.noStandby');
  const least = Number(values.minReplicas);
  const most = Number(values.partitionSize) - 1;
  if (least > most && most >= 0) yield error('minReplicas', 'clusters.check.minReplicas', { most });
}

function* checkNames(values: ClusterValues, limits: LimitsView, now: ClusterView | undefined): Iterable<Remark> {
  const backing = values.backingGroup.trim();
  if (backing !== '' && !BACKING_GROUP.test(backing)) yield error('backingGroup', 'clusters.check.backingGroup');
  const said = values.sentinelGroup;
  // A group that was not touched may follow by itself, when the farm chose it.
  if (said === '' || said === now?.sentinelGroup) return;
  const group = limits.groups.find(({ name }) => name === said);
  if (!group) return yield error('sentinelGroup', 'clusters.check.groupUnknown', { group: said });
  if (group.replicated !== isReplicated(values))
    return yield error(
      'sentinelGroup',
      group.replicated ? 'clusters.check.groupReplicated' : 'clusters.check.groupPlain',
    );
  const free = group.maxPartitions - group.partitions;
  if (Number(values.clusterSize) > free) yield warning('sentinelGroup', 'clusters.check.groupFull', { free });
}

function* checkConsequences(values: ClusterValues, limits: LimitsView, now: ClusterView | undefined): Iterable<Remark> {
  const pods = neededPods(values, limits, now);
  if (pods && pods.missing > 0)
    yield warning('clusterSize', 'clusters.check.missing', {
      tier: pods.tier,
      more: pods.more,
      idle: pods.idle,
      missing: pods.missing,
    });
  if (!now) return;
  if (values.hash !== now.hash) yield warning('hash', 'clusters.check.hashMoves');
  if (Number(values.clusterSize) > 0 && Number(values.clusterSize) < now.clusterSize)
    yield warning('clusterSize', 'clusters.check.shrinks');
}

const CHECKS: readonly Checks[] = [checkName, checkNumbers, checkTier, checkCopies, checkNames, checkConsequences];

/**
 * What the browser can say at once. The API checks again and knows more; what it says is shown at the same fields.
 * @param now the cache cluster as it is; undefined: a new one
 */
export function checkValues(values: ClusterValues, limits: LimitsView, now?: ClusterView): readonly Remark[] {
  const remarks = CHECKS.flatMap((check) => [...check(values, limits, now)]);
  const order = (remark: Remark): number => FIELDS.indexOf(remark.field);
  return remarks.sort((x, y) => order(x) - order(y));
}

export const holdsBack = (remarks: readonly Remark[]): boolean => remarks.some(({ level }) => level === 'error');
