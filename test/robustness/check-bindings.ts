import { parseClaim } from '../../src/farm/access.js';
import type { Finding } from './finding.js';
import type { History, NameSpan } from './history.js';
import { clusterOf } from './spans.js';

const double = (text: string): Finding => ({ kind: 'doubleBound', text });

/** An epoch binds one pod only: partition and epoch on two of them is two owners, whenever each was seen. */
function claimsOfTwo({ podSpans }: History): readonly Finding[] {
  const owners = new Map<string, Set<string>>();
  for (const { claim, address } of podSpans) {
    if (parseClaim(claim)?.kind !== 'bound') continue;
    owners.set(claim, (owners.get(claim) ?? new Set()).add(address));
  }
  return [...owners].flatMap(([claim, of]) =>
    of.size > 1 ? [double(`${claim} is the claim of ${[...of].sort().join(' and ')}`)] : [],
  );
}

/** When it was so without doubt: ms, ms */
interface Times {
  readonly from: number;
  readonly to: number;
}

const overlap = (x: Times, y: Times): Times => ({ from: Math.max(x.from, y.from), to: Math.min(x.to, y.to) });

/** A partition was at an address for a majority of its group. */
export interface Held extends Times {
  readonly partition: string;
  readonly address: string;
}

/** When at least `needed` of these spans, each of another sentinel, held at once. */
function together(spans: readonly NameSpan[], needed: number): readonly Times[] {
  const edges = spans
    .flatMap(({ from, to }) => [
      { at: from, step: 1 },
      { at: to, step: -1 },
    ])
    .sort((x, y) => x.at - y.at || x.step - y.step);
  const found: Times[] = [];
  let [depth, since] = [0, 0];
  for (const { at, step } of edges) {
    if (step > 0 && depth + 1 === needed) since = at;
    if (step < 0 && depth === needed && at > since) found.push({ from: since, to: at });
    depth += step;
  }
  return found;
}

/** Who owned which address when, by majorities of sentinels. */
export function majorities({ nameSpans, groups }: Pick<History, 'nameSpans' | 'groups'>): readonly Held[] {
  const same = new Map<string, NameSpan[]>();
  for (const span of nameSpans) {
    const key = `${span.group} ${span.partition} ${span.address}`;
    const known = same.get(key);
    if (known) known.push(span);
    else same.set(key, [span]);
  }
  return [...same.values()].flatMap((spans) => {
    const [first] = spans;
    if (!first) return [];
    const needed = Math.floor((groups[first.group] ?? Number.POSITIVE_INFINITY) / 2) + 1;
    return together(spans, needed).map((times) => ({ partition: first.partition, address: first.address, ...times }));
  });
}

/** One pod under the names of two cache clusters at the same time. Of one cache cluster it may be: a standby takes over who falls. */
function namesOfTwo(history: History): readonly Finding[] {
  const held = majorities(history);
  return held.flatMap((one, index) =>
    held.slice(index + 1).flatMap((other) => {
      if (one.address !== other.address || clusterOf(one.partition) === clusterOf(other.partition)) return [];
      const { from, to } = overlap(one, other);
      if (to <= from) return [];
      return [double(`${one.address} was ${one.partition} and ${other.partition} for ${Math.round(to - from)} ms`)];
    }),
  );
}

export const checkBindings = (history: History): readonly Finding[] => [
  ...claimsOfTwo(history),
  ...namesOfTwo(history),
];

/** The longest time that two sentinels of a group gave different addresses of a partition, both without doubt: ms. */
export function dividedMs({ nameSpans }: Pick<History, 'nameSpans'>): {
  readonly ms: number;
  readonly partition: string;
} {
  let longest = { ms: 0, partition: '' };
  const byPartition = grouped(nameSpans);
  for (const [partition, spans] of byPartition) {
    const apart = spans
      .flatMap((one, index) =>
        spans
          .slice(index + 1)
          .filter((other) => other.sentinel !== one.sentinel && other.address !== one.address)
          .map((other) => overlap(one, other)),
      )
      .filter(({ from, to }) => to > from)
      .sort((x, y) => x.from - y.from);
    let run: Times | undefined;
    for (const times of apart) {
      run = run && times.from <= run.to ? { from: run.from, to: Math.max(run.to, times.to) } : times;
      if (run.to - run.from > longest.ms) longest = { ms: run.to - run.from, partition };
    }
  }
  return longest;
}

function grouped(spans: readonly NameSpan[]): ReadonlyMap<string, readonly NameSpan[]> {
  const groups = new Map<string, NameSpan[]>();
  for (const span of spans) groups.set(span.partition, [...(groups.get(span.partition) ?? []), span]);
  return groups;
}
