import { kubernetesName } from '../../farm/words.js';
import { CHANGEABLE, type ChangeableField, type ClusterValues, clusterChange, newCluster } from './cluster-values.js';

/** What to change in Git instead of here: the API says the same when it refuses (`changeElsewhere`). */
export interface GitChange {
  readonly typescript: string;
  readonly yaml: string;
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
/** JSON is YAML: names of cache clusters such as `1.0` or `no` stay text. */
const scalar = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

/** What the farm says of who says nothing: not worth a line, unless it is what changes. */
const PLAIN: Readonly<Partial<Record<ChangeableField, readonly string[]>>> = {
  partitionSize: ['1'],
  standbys: ['0', '1'],
  minReplicas: ['0'],
  hash: ['jump'],
  importance: ['3'],
};

/** The group that the farm chose is shown like one that was named: it is said only when it changes. */
const isSaid = (field: ChangeableField, from: ClusterValues, to: ClusterValues): boolean =>
  from[field].trim() !== to[field].trim() ||
  (field !== 'sentinelGroup' && !(PLAIN[field] ?? []).includes(to[field].trim()));

/** @param from what is declared now; its fields stay unless `to` has others */
export function changeForGit(from: ClusterValues, to: ClusterValues): GitChange {
  const declared = newCluster(to);
  const removed = Object.entries(clusterChange(from, to)).flatMap(([field, value]) => (value === null ? [field] : []));
  const said = CHANGEABLE.filter((field) => declared[field] !== undefined && isSaid(field, from, to));
  const fields = ['clusterName', ...said] as const;
  const props = fields.map((field) => `${field}: ${literal(declared[field])}`);
  const spec = fields.map((field) => `  ${field}: ${scalar(declared[field])}`);
  const gone = removed.length > 0 ? ` // without ${removed.join(', ')}` : '';
  return {
    typescript: `{ ${props.join(', ')} },${gone}`,
    yaml: [
      'apiVersion: cachefarm.dev/v1alpha1',
      'kind: CacheCluster',
      'metadata:',
      `  name: ${kubernetesName(declared.clusterName)}`,
      'spec:',
      ...spec,
    ].join('\n'),
  };
}
