import type { ClusterChange, ClusterDetail, ClusterView, NewCluster } from '../../api/schemas.js';

export const FIELDS = [
  'clusterName',
  'clusterSize',
  'partitionSize',
  'tier',
  'standbys',
  'minReplicas',
  'hash',
  'importance',
  'backingGroup',
  'sentinelGroup',
] as const;
export type Field = (typeof FIELDS)[number];
export type ChangeableField = Exclude<Field, 'clusterName'>;
export const CHANGEABLE: readonly ChangeableField[] = FIELDS.filter((field) => field !== 'clusterName');

/** What stands in the form: text as it was typed; empty is the default, where a field has one. */
export type ClusterValues = Readonly<Record<Field, string>>;

const NUMBERS: ReadonlySet<Field> = new Set(['clusterSize', 'partitionSize', 'standbys', 'minReplicas', 'importance']);
/** The API takes null here, for "the default". The others are simply left out of a new one. */
const NULLABLE: ReadonlySet<Field> = new Set([
  'standbys',
  'minReplicas',
  'importance',
  'backingGroup',
  'sentinelGroup',
]);
const DEFAULTS: Readonly<Partial<Record<Field, string | number>>> = { partitionSize: 1, hash: 'jump' };

export const emptyValues = (tier = ''): ClusterValues => ({
  clusterName: '',
  clusterSize: '',
  partitionSize: '1',
  tier,
  standbys: '',
  minReplicas: '',
  hash: 'jump',
  importance: '',
  backingGroup: '',
  sentinelGroup: '',
});

export function valuesOf(cluster: ClusterView | ClusterDetail): ClusterValues {
  const text = (field: Field): string => String(cluster[field] ?? '');
  return Object.fromEntries(FIELDS.map((field) => [field, text(field)])) as ClusterValues;
}

/** As the API wants it: a number where it is one, null for the default. What is no number is sent as it is: the API says what is wrong. */
function wire(field: Field, text: string): string | number | null {
  const value = text.trim();
  if (value === '') return NULLABLE.has(field) ? null : (DEFAULTS[field] ?? '');
  return NUMBERS.has(field) && /^-?\d+$/.test(value) ? Number(value) : value;
}

/** A new cache cluster; what was left empty is left out. */
export function newCluster(values: ClusterValues): NewCluster {
  const said = FIELDS.filter((field) => values[field].trim() !== '');
  return Object.fromEntries(said.map((field) => [field, wire(field, values[field])])) as NewCluster;
}

export const changedFields = (from: ClusterValues, to: ClusterValues): readonly ChangeableField[] =>
  CHANGEABLE.filter((field) => from[field].trim() !== to[field].trim());

/** Only what differs: whoever changed another field meanwhile keeps his change. */
export const clusterChange = (from: ClusterValues, to: ClusterValues): ClusterChange =>
  Object.fromEntries(changedFields(from, to).map((field) => [field, wire(field, to[field])])) as ClusterChange;

/** Fields of a declaration (`before`, `after` of a change) in the form that a change takes; left out there: the default. */
export function fieldsOfSpec(
  spec: Readonly<Record<string, unknown>>,
  fields: readonly ChangeableField[],
): ClusterChange {
  const saidOf = (field: ChangeableField): unknown => spec[field] ?? (NULLABLE.has(field) ? null : DEFAULTS[field]);
  return Object.fromEntries(
    fields.map((field) => [field, saidOf(field)]).filter(([, value]) => value !== undefined),
  ) as ClusterChange;
}
