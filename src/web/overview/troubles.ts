/** What is wrong now, worst first, from all that the page knows live. */
import type { BrakesView, FarmMap, GroupsView, HealthView } from '../../api/schemas.js';
import { RANK, type Severity, severityOf } from '../brakes/brake-severity.js';
import { spareOf } from '../groups/group-state.js';

export type TroubleKind =
  | 'not-ready'
  | 'stale'
  | 'not-serving'
  | 'group-without-majority'
  | 'person-needed'
  | 'brake'
  | 'wait'
  | 'unarmed'
  | 'unreachable'
  | 'sentinel-down'
  | 'sentinel-tilted'
  | 'datacenter-unread'
  | 'machine-not-ready';

export interface Trouble {
  readonly kind: TroubleKind;
  readonly severity: Severity;
  readonly count: number;
  /** what it is about; the first few */
  readonly names: readonly string[];
  /** of a brake */
  readonly reason?: string;
  /** what is known of the cause */
  readonly why?: string;
  /** where more of it is */
  readonly to: string;
}

export interface Known {
  readonly health?: HealthView | undefined;
  readonly map?: Pick<FarmMap, 'datacenters' | 'pods'> | undefined;
  readonly groups?: GroupsView | undefined;
  readonly brakes?: BrakesView | undefined;
}

const NAMES = 3;
/** Told by what is down itself. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'GroupWithoutMajority',
  'SentinelUnreachable',
  'SentinelTilted',
  'DatacenterUnread',
]);
const firstOf = (names: readonly string[]): readonly string[] => [...new Set(names)].slice(0, NAMES);

function ofHealth({ ready, why, freshness, partitions }: HealthView): readonly (Trouble | undefined)[] {
  const missing = partitions ? partitions.declared - partitions.serving : 0;
  return [
    ready
      ? undefined
      : {
          kind: 'not-ready',
          severity: 'risk',
          count: 1,
          names: [],
          ...(why === undefined ? {} : { why }),
          to: '/timeline?kind=operator',
        },
    freshness?.stale
      ? {
          kind: 'stale',
          severity: 'risk',
          count: 1,
          names: [],
          ...(freshness.why === undefined ? {} : { why: freshness.why }),
          to: '/timeline?kind=operator,error',
        }
      : undefined,
    missing > 0 ? { kind: 'not-serving', severity: 'down', count: missing, names: [], to: '/clusters' } : undefined,
    partitions && partitions.armed < partitions.toArm
      ? { kind: 'unarmed', severity: 'risk', count: partitions.toArm - partitions.armed, names: [], to: '/clusters' }
      : undefined,
  ];
}

function ofGroups({ groups }: GroupsView): readonly (Trouble | undefined)[] {
  const mute = groups.filter((group) => spareOf(group) < 0);
  const sentinels = groups.flatMap((group) => group.sentinels.map((sentinel) => ({ ...sentinel, group: group.name })));
  const down = sentinels.filter(({ up }) => !up);
  const tilted = sentinels.filter(({ up, tilt }) => up && tilt);
  const about = (of: typeof sentinels): readonly string[] =>
    firstOf(of.map(({ pod, datacenter }) => `${datacenter}/${pod}`));
  return [
    mute.length > 0
      ? {
          kind: 'group-without-majority',
          severity: 'down',
          count: mute.length,
          names: firstOf(mute.map(({ name }) => name)),
          to: '/groups',
        }
      : undefined,
    down.length > 0
      ? { kind: 'sentinel-down', severity: 'risk', count: down.length, names: about(down), to: '/groups' }
      : undefined,
    tilted.length > 0
      ? { kind: 'sentinel-tilted', severity: 'risk', count: tilted.length, names: about(tilted), to: '/groups' }
      : undefined,
  ];
}

function ofMap({ datacenters, pods }: Pick<FarmMap, 'datacenters' | 'pods'>): readonly (Trouble | undefined)[] {
  const unread = datacenters.filter(({ complete }) => !complete);
  const notReady = datacenters.flatMap(({ machines }) => machines.filter(({ ready }) => !ready));
  const silent = pods.filter(({ state }) => state === 'unreachable');
  const why = unread.find(({ problem }) => problem !== undefined)?.problem;
  return [
    unread.length > 0
      ? {
          kind: 'datacenter-unread',
          severity: 'risk',
          count: unread.length,
          names: firstOf(unread.map(({ name }) => name)),
          ...(why === undefined ? {} : { why }),
          to: '/map',
        }
      : undefined,
    silent.length > 0
      ? {
          kind: 'unreachable',
          severity: 'risk',
          count: silent.length,
          names: firstOf(silent.map(({ id }) => id)),
          to: '/map',
        }
      : undefined,
    notReady.length > 0
      ? {
          kind: 'machine-not-ready',
          severity: 'risk',
          count: notReady.length,
          names: firstOf(notReady.map(({ name }) => name)),
          to: '/map',
        }
      : undefined,
  ];
}

function ofBrakes({ held }: BrakesView): readonly Trouble[] {
  const reasons = [...new Set(held.map(({ reason }) => reason))].filter((reason) => !TOLD_ELSEWHERE.has(reason));
  return reasons.map((reason) => {
    const of = held.filter((one) => one.reason === reason);
    const severity = severityOf(reason);
    const kind = reason === 'PersonNeeded' ? 'person-needed' : severity === 'note' ? 'wait' : 'brake';
    return {
      kind,
      severity,
      reason,
      count: of.length,
      names: firstOf(of.map(({ subject }) => subject)),
      to: '/brakes',
    };
  });
}

export function troublesOf({ health, map, groups, brakes }: Known): readonly Trouble[] {
  const all = [
    ...(health ? ofHealth(health) : []),
    ...(groups ? ofGroups(groups) : []),
    ...(map ? ofMap(map) : []),
    ...(brakes ? ofBrakes(brakes) : []),
  ].filter((trouble) => trouble !== undefined);
  return all.sort((x, y) => RANK[x.severity] - RANK[y.severity]);
}
