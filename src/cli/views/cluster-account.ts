/** What a CacheCluster says of itself: its conditions, and what happened to it lately. For a person, as `kubectl describe` tells it. */
import { kubernetesName } from '../../farm/words.js';
import { type ConditionView, conditionsOf } from '../../world/cluster-conditions.js';
import type { World } from '../../world/model.js';
import type { ClusterEvent, EventsSeen } from '../cluster-events.js';
import { age } from './age.js';
import { wrappedTable } from './wrapped-table.js';

export interface ClusterAccount {
  readonly clusterName: string;
  /** datacenters whose KubeClusters have the object */
  readonly copies: readonly string[];
  readonly conditions: readonly ConditionView[];
  readonly events: readonly Omit<ClusterEvent, 'object'>[];
  readonly untold: EventsSeen['untold'];
}

/** So many Events are printed, the newest; `-o json` has all. */
const LATEST = 10;

/** @param concerns which Events are meant, by their message; @default all */
export function accountOf(
  world: World,
  clusterName: string,
  { events, untold }: EventsSeen,
  concerns: (message: string) => boolean = () => true,
): ClusterAccount {
  const copies = (world.copies ?? []).filter((copy) => copy.clusterName === clusterName);
  const names = new Set([kubernetesName(clusterName), ...copies.map(({ name }) => name)]);
  return {
    clusterName,
    copies: copies.map(({ datacenter }) => datacenter),
    conditions: conditionsOf(world, clusterName),
    events: events
      .filter(({ object, message }) => names.has(object) && concerns(message))
      .map(({ object: _, ...event }) => event),
    untold,
  };
}

/** Where it is not the same everywhere, whose KubeClusters say so. */
const where = (datacenters: readonly string[], all: readonly string[]): string =>
  datacenters.length === all.length ? '' : ` (only ${datacenters.join(', ')})`;

function conditionLines({ clusterName, copies, conditions }: ClusterAccount, now: number): readonly string[] {
  if (conditions.length === 0)
    return [`Conditions of ${clusterName}: none yet; Barn writes them when it has seen the cache cluster`];
  const rows = conditions.map(({ type, status, reason, message, since, datacenters }) => [
    type,
    status,
    age(since, now),
    reason,
    `${message}${where(datacenters, copies)}`,
  ]);
  return [
    `Conditions of ${clusterName}:`,
    ...wrappedTable([['TYPE', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'], ...rows]),
  ];
}

function eventLines({ clusterName, events, untold }: ClusterAccount, now: number): readonly string[] {
  const silent = untold.map(({ datacenter, problem }) => `Events of ${datacenter} cannot be read: ${problem}`);
  if (events.length === 0) return [`Events of ${clusterName}: none; Kubernetes keeps them for an hour`, ...silent];
  const rows = events
    .slice(-LATEST)
    .map(({ type, reason, message, count, last }) => [age(last, now), type, reason, String(count), message]);
  const earlier = events.length - rows.length;
  return [
    `Events of ${clusterName}, the newest last${earlier > 0 ? ` (${earlier} earlier: -o json)` : ''}:`,
    ...wrappedTable([['AGE', 'TYPE', 'REASON', 'COUNT', 'MESSAGE'], ...rows]),
    ...silent,
  ];
}

/** @param now ms since the epoch */
export const formatAccount = (account: ClusterAccount, now: number): string =>
  `${[...conditionLines(account, now), '', ...eventLines(account, now)].join('\n')}\n`;

/** The same for a program. */
export const accountRecord = ({ conditions, events, untold }: ClusterAccount): Readonly<Record<string, unknown>> => ({
  conditions,
  events,
  ...(untold.length > 0 ? { eventsUnread: untold } : {}),
});
