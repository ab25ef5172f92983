import { records, text } from '../farm/loose.js';
import type { World } from './model.js';

/** A condition of a CacheCluster, once for all KubeClusters that have it alike. */
export interface ConditionView {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** RFC 3339: since when it has this status, in the first of the datacenters */
  readonly since: string;
  /** whose KubeClusters say so */
  readonly datacenters: readonly string[];
}

/** What a cache cluster says of itself that is well. */
const WELL: Readonly<Record<string, string>> = { Ready: 'True', Degraded: 'False', Progressing: 'False' };

/** As Barn wrote them last; none: it has not seen this cache cluster yet, or never runs. */
export function conditionsOf(world: Pick<World, 'copies'>, clusterName: string): readonly ConditionView[] {
  const found = new Map<string, ConditionView>();
  for (const copy of world.copies ?? []) {
    if (copy.clusterName !== clusterName) continue;
    for (const condition of records(copy.status?.conditions)) {
      const [type = '', status = '', reason = '', message = ''] = ['type', 'status', 'reason', 'message'].map((key) =>
        text(condition[key]),
      );
      const key = JSON.stringify([type, status, reason, message]);
      const known = found.get(key);
      const since = known?.since ?? text(condition.lastTransitionTime) ?? '';
      const datacenters = [...(known?.datacenters ?? []), copy.datacenter];
      found.set(key, { type, status, reason, message, since, datacenters });
    }
  }
  const types = Object.keys(WELL);
  const order = ({ type }: ConditionView): number => (types.indexOf(type) + types.length + 1) % (types.length + 1);
  return [...found.values()].sort((x, y) => order(x) - order(y));
}

/** Why it is not as it should be, in one word; undefined: it is, or nothing is known. */
export const troubleOf = (conditions: readonly ConditionView[]): string | undefined =>
  conditions.find(({ type, status }) => WELL[type] !== undefined && WELL[type] !== status)?.reason;
