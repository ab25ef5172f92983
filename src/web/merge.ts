/** What a message of the stream does to what is known. Pods that did not change stay the same objects: rows are drawn again only where they did. */
import type { EventView, FarmMap, Freshness, MapPod } from '../api/schemas.js';

export type FarmFrame = Omit<FarmMap, 'pods'>;

export interface PodsMessage {
  readonly pods: readonly MapPod[];
  readonly gone: readonly string[];
  readonly freshness: Freshness;
}

/** Made once: comparing by localeCompare makes one each time. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });

const byPlace = (a: MapPod, b: MapPod): number =>
  BY_NUMBER.compare(a.datacenter, b.datacenter) || BY_NUMBER.compare(a.machine, b.machine) || a.port - b.port;

export function mergePods(known: readonly MapPod[], message: PodsMessage): MapPod[] {
  const changed = new Map(message.pods.map((pod) => [pod.id, pod]));
  const gone = new Set(message.gone);
  const kept: MapPod[] = [];
  for (const pod of known) {
    if (gone.has(pod.id)) continue;
    kept.push(changed.get(pod.id) ?? pod);
    changed.delete(pod.id);
  }
  return changed.size === 0 ? kept : [...kept, ...changed.values()].sort(byPlace);
}

/** A frame is a map without pods, so that the two may come in either order. */
export function mergeMap(
  known: FarmMap | undefined,
  frame: FarmFrame | undefined,
  pods: MapPod[],
): FarmMap | undefined {
  const base = frame ?? known;
  return base ? { ...base, pods } : undefined;
}

/** Barn may begin anew and count from 0 again: an event is what was said when, not its number alone. */
const keyOf = (event: EventView): string => `${event.at}/${event.seq}/${event.msg}/${event.subject ?? ''}`;

/** Newest first, each once, at most so many. */
export function mergeEvents(
  known: readonly EventView[],
  more: readonly EventView[],
  most = 1_000,
): readonly EventView[] {
  const seen = new Set(known.map(keyOf));
  const fresh = more.filter((event) => !seen.has(keyOf(event)));
  if (fresh.length === 0) return known;
  return [...fresh, ...known].sort((a, b) => b.at - a.at || b.seq - a.seq).slice(0, most);
}
