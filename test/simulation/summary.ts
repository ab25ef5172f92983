/** What many seeds come to, and how it is told; tools/sim.mjs adds up what its processes say. */
import { ACTS } from '../../src/voice/reason-roles.js';
import { FAULT_KINDS } from './faults.js';
import { coverageTable } from './story.js';

export { MUTATIONS } from './mutations.js';

export interface Summary {
  readonly seeds: number;
  /** seeds with any */
  readonly violations: number;
  readonly seconds: number;
  readonly failed: readonly number[];
  /** that the first of them broke */
  readonly invariant: string | undefined;
  readonly injected: readonly (readonly [string, number])[];
  readonly covered: readonly (readonly [string, number])[];
  readonly events: number;
  readonly virtualMs: number;
  readonly acknowledged: number;
}

type Counts = Summary['injected'];

function addCounts(all: readonly Counts[]): Counts {
  const sum = new Map<string, number>();
  for (const [key, count] of all.flat()) sum.set(key, (sum.get(key) ?? 0) + count);
  return [...sum];
}

/** Of processes that ran side by side. */
export function addUp(all: readonly Summary[]): Summary {
  const sum = (of: (one: Summary) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    seeds: sum(({ seeds }) => seeds),
    violations: sum(({ violations }) => violations),
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
    failed: all.flatMap(({ failed }) => failed).sort((x, y) => x - y),
    invariant: all.find(({ invariant }) => invariant !== undefined)?.invariant,
    injected: addCounts(all.map(({ injected }) => injected)),
    covered: addCounts(all.map(({ covered }) => covered)),
    events: sum(({ events }) => events),
    virtualMs: sum(({ virtualMs }) => virtualMs),
    acknowledged: sum(({ acknowledged }) => acknowledged),
  };
}

export const faultsOf = ({ injected }: Summary): number => injected.reduce((total, [, count]) => total + count, 0);

/** Faults that did nothing, and decisions that were never made: what so many seeds say nothing about. */
export function blindSpots({ injected, covered }: Summary): readonly string[] {
  const done = new Set(injected.flatMap(([kind, count]) => (count > 0 ? [kind] : [])));
  const decided = new Set(covered.map(([key]) => key.split(' ')[0]));
  const faults = FAULT_KINDS.filter((kind) => !done.has(kind));
  const reasons = ACTS.filter((reason) => !decided.has(reason));
  return [
    ...(faults.length > 0 ? [`Faults that never did anything: ${faults.join(', ')}`] : []),
    ...(reasons.length > 0 ? [`Decisions that were never made: ${reasons.join(', ')}`] : []),
  ];
}

export function reportOf(summary: Summary): string {
  const injected = new Map(summary.injected);
  const { seeds, seconds, virtualMs, events, acknowledged, violations } = summary;
  return [
    'Faults injected:',
    ...FAULT_KINDS.map((kind) => `  ${kind.padEnd(22)} ${injected.get(kind) ?? 0}`),
    coverageTable(new Map(summary.covered), ['none', ...FAULT_KINDS]),
    ...blindSpots(summary),
    `${seeds} seeds in ${seconds.toFixed(1)} s (${(seeds / seconds).toFixed(1)} a second): ${(virtualMs / 3_600_000).toFixed(1)} hours of farm, ` +
      `${events} events, ${acknowledged} writes; ${violations} seeds with violations`,
  ].join('\n');
}
