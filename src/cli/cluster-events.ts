import { integer, type Loose, record, records, text } from '../farm/loose.js';
import type { KubeEndpoint } from '../world/kube.js';
import { RefusedByKube } from './kube-port.js';
import { read } from './kube-request.js';

/** ms; an API server that answers at all answers sooner */
const TIMEOUT_MS = 5_000;

/** An Event at a CacheCluster, once for all KubeClusters that tell it: Barn writes each to every one that has the object. */
export interface ClusterEvent {
  /** metadata.name of the CacheCluster */
  readonly object: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** how often it happened */
  readonly count: number;
  /** RFC 3339 */
  readonly first: string;
  readonly last: string;
  readonly datacenters: readonly string[];
}

export interface EventsSeen {
  /** the newest last */
  readonly events: readonly ClusterEvent[];
  /** KubeClusters that do not tell theirs, and why */
  readonly untold: readonly { readonly datacenter: string; readonly problem: string }[];
}

/** Times of the two forms that the API has an Event in, whoever wrote it. */
function eventOf(datacenter: string, event: Loose): ClusterEvent {
  const series = record(event.series);
  const made = text(record(event.metadata).creationTimestamp);
  const first = text(event.eventTime) ?? text(event.deprecatedFirstTimestamp) ?? made ?? '';
  return {
    object: text(record(event.regarding).name) ?? '',
    type: text(event.type) ?? '',
    reason: text(event.reason) ?? '',
    message: text(event.note) ?? '',
    count: integer(series.count) ?? integer(event.deprecatedCount) ?? 1,
    first,
    last: text(series.lastObservedTime) ?? text(event.deprecatedLastTimestamp) ?? first,
    datacenters: [datacenter],
  };
}

const key = ({ object, type, reason, message }: ClusterEvent): string =>
  JSON.stringify([object, type, reason, message]);

const joined = (count: number, one: ClusterEvent, other: ClusterEvent): ClusterEvent => ({
  ...one,
  count,
  // Times of one form sort as text.
  first: [one.first, other.first].sort()[0] ?? '',
  last: [one.last, other.last].sort()[1] ?? '',
  datacenters: [...new Set([...one.datacenters, ...other.datacenters])],
});

/** The same again in one KubeCluster happened again; in another it is the same told twice. */
function merge(told: readonly (readonly ClusterEvent[])[]): readonly ClusterEvent[] {
  const all = new Map<string, ClusterEvent>();
  for (const events of told) {
    const here = new Map<string, ClusterEvent>();
    for (const event of events) {
      const before = here.get(key(event));
      here.set(key(event), before ? joined(before.count + event.count, before, event) : event);
    }
    for (const [name, event] of here) {
      const before = all.get(name);
      all.set(name, before ? joined(Math.max(before.count, event.count), before, event) : event);
    }
  }
  return [...all.values()].sort((x, y) => (x.last < y.last ? -1 : x.last > y.last ? 1 : 0));
}

async function ask(endpoint: KubeEndpoint, namespace: string): Promise<readonly Loose[]> {
  const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const only = new URLSearchParams({ fieldSelector: 'regarding.kind=CacheCluster' });
  const { items } = await read<Loose>(endpoint, `${path}?${only}`, TIMEOUT_MS).catch((error: unknown) => {
    // An embedded farm has no field selectors, and no Events but ours.
    if (error instanceof RefusedByKube && error.code === 400) return read<Loose>(endpoint, path, TIMEOUT_MS);
    throw error;
  });
  return records(items).filter(({ regarding }) => record(regarding).kind === 'CacheCluster');
}

/** The Events of all cache clusters, as far as the KubeClusters tell them. Never throws: they are a help, not what was asked. */
export async function readClusterEvents(endpoints: readonly KubeEndpoint[], namespace: string): Promise<EventsSeen> {
  const asked = await Promise.allSettled(endpoints.map((endpoint) => ask(endpoint, namespace)));
  const told: (readonly ClusterEvent[])[] = [];
  const untold: EventsSeen['untold'][number][] = [];
  endpoints.forEach(({ datacenter }, i) => {
    const answer = asked[i];
    if (answer?.status === 'fulfilled') told.push(answer.value.map((event) => eventOf(datacenter, event)));
    else untold.push({ datacenter, problem: answer?.reason instanceof Error ? answer.reason.message : 'no answer' });
  });
  return { events: merge(told), untold };
}
