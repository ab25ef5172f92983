/** Planned changes as a person reads them, and as somebody has to write them into the farm's own declaration. */
import { stringify } from 'yaml';
import type { CacheCluster, FarmFrame } from '../farm/model.js';
import { kubernetesName } from '../farm/words.js';
import { movedKeys } from '../review/moved-keys.js';
import type { PlannedChange } from './declared-change.js';

type Field = keyof CacheCluster;
const FIELDS: readonly Field[] = [
  'clusterSize',
  'partitionSize',
  'minReplicas',
  'tier',
  'standbys',
  'importance',
  'backingGroup',
  'hash',
  'datacenters',
];

const valueText = (value: unknown): string =>
  value === undefined ? '(none)' : Array.isArray(value) ? value.join(', ') : String(value);
const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;
const line = (name: string, text: string): string => `  ${name.padEnd(14)} ${text}`;

const podsOf = ({ clusterSize, partitionSize, standbys, datacenters }: CacheCluster): number =>
  clusterSize * partitionSize + standbys * datacenters.length;

const podText = (cluster: CacheCluster): string =>
  `${podsOf(cluster)} of tier ${cluster.tier} (${cluster.clusterSize * cluster.partitionSize} for partitions and replicas, ${podsOf(cluster) - cluster.clusterSize * cluster.partitionSize} standbys)`;

function keysText(before: CacheCluster, after: CacheCluster): string {
  const moved = movedKeys(before, after);
  if (!moved) return 'none moves';
  const about = moved.by === 'ketama' ? 'about ' : '';
  return `${about}${percent(moved.share)} move to another partition (${before.clusterSize} -> ${after.clusterSize} partitions)`;
}

const groupText = (sentinelGroup: string): string => (sentinelGroup === '' ? 'left to Barn' : sentinelGroup);

function changed(before: CacheCluster, after: CacheCluster): readonly string[] {
  const differing = FIELDS.filter((field) => valueText(before[field]) !== valueText(after[field]));
  const group =
    before.sentinelGroup === after.sentinelGroup
      ? `${groupText(after.sentinelGroup)}, kept`
      : `${groupText(before.sentinelGroup)} -> ${groupText(after.sentinelGroup)}: its partitions are named anew`;
  return [
    ...differing.map((field) => line(field, `${valueText(before[field])} -> ${valueText(after[field])}`)),
    line('keys', keysText(before, after)),
    line('sentinel group', group),
    line(
      'pods',
      podsOf(before) === podsOf(after) && before.tier === after.tier
        ? podText(after)
        : `${podsOf(before)} of tier ${before.tier} -> ${podText(after)}`,
    ),
  ];
}

/** As it is already, as far as a person can tell. */
export const isUnchanged = ({ before, after }: Pick<PlannedChange, 'before' | 'after'>): boolean =>
  before !== undefined &&
  after !== undefined &&
  FIELDS.every((field) => valueText(before[field]) === valueText(after[field])) &&
  before.sentinelGroup === after.sentinelGroup;

/** Several lines, the first without indentation. */
export function changeText({ wish, before, after }: PlannedChange): string {
  const { clusterName } = wish;
  if (before && after) {
    return isUnchanged({ before, after })
      ? `${clusterName}: unchanged\n`
      : `${[`${clusterName}: changes`, ...changed(before, after)].join('\n')}\n`;
  }
  if (after) {
    const fields = FIELDS.filter((field) => after[field] !== undefined).map((field) =>
      line(field, valueText(after[field])),
    );
    return `${[`${clusterName}: new`, ...fields, line('sentinel group', after.sentinelGroup), line('pods', podText(after))].join('\n')}\n`;
  }
  if (!before) return `${clusterName}: deleted already, what is left of it is taken away\n`;
  const lost = `all: ${before.clusterSize} partition${before.clusterSize === 1 ? '' : 's'} end, what they cache is gone`;
  return `${[`${clusterName}: deleted`, line('keys', lost), line('sentinel group', `${groupText(before.sentinelGroup)}, freed`), line('pods', `${podText(before)} become idle`)].join('\n')}\n`;
}

const literal = (value: unknown): string =>
  typeof value === 'string'
    ? `'${value}'`
    : Array.isArray(value)
      ? `[${value.map(literal).join(', ')}]`
      : typeof value === 'object' && value !== null
        ? `{ ${Object.entries(value)
            .map(([key, inner]) => `${key}: ${literal(inner)}`)
            .join(', ')} }`
        : String(value);

/** The change where it has to be made instead: in the farm's TypeScript, or in the object's YAML. */
export function elsewhere(
  frame: FarmFrame,
  { wish, after, spec }: PlannedChange,
): { readonly typescript: string; readonly yaml: string } {
  const name = kubernetesName(wish.clusterName);
  if (!after)
    return {
      typescript: `take the entry of ${wish.clusterName} out of cacheClusters of farm ${frame.name}`,
      yaml: `its CacheCluster ${name} out of dist/all`,
    };
  const object = {
    apiVersion: 'cachefarm.dev/v1alpha1',
    kind: 'CacheCluster',
    metadata: { name, namespace: frame.namespace },
    spec,
  };
  return { typescript: `${literal(spec)},`, yaml: stringify(object) };
}

/** The same in one text, for a terminal. */
export function changeElsewhere(frame: FarmFrame, change: PlannedChange): string {
  const { typescript, yaml } = elsewhere(frame, change);
  if (!change.after) return `${typescript}, and ${yaml}`;
  const indented = yaml.trimEnd().replace(/^/gm, '    ');
  return `in TypeScript, cacheClusters of farm ${frame.name}:\n    ${typescript}\n  or in YAML, dist/all:\n${indented}`;
}
