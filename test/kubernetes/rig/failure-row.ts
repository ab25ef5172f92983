import type { Found } from './failure.js';
import { percentile } from './table.js';

/** What one round of a failure showed. */
export interface FailureRound {
  readonly found: Found;
  /** partitions whose pod the failure took */
  readonly struck: readonly string[];
  /** longest time without an acknowledged write of each partition that was struck, of all where none was: ms */
  readonly samples: readonly number[];
  /** partitions that were unavailable */
  readonly hit: number;
  /** until the farm was whole again: ms */
  readonly wholeMs: number;
  readonly double: readonly string[];
  readonly wrong: readonly string[];
  /** writes */
  readonly shared: number;
  readonly lateMs: number;
  readonly words: readonly string[];
}

export const FAILURE_HEAD: readonly string[] = [
  ...['failure', 'rounds', 'struck', 'hit', 'p50', 'p99', 'max', 'whole after', 'double', 'wrong', 'shared'],
  ...['Ready too long', 'takeover', 'in sync', 'the status said'],
];

/** The longest, or a dash where it was not measured. */
function longest(of: readonly (number | undefined)[]): string {
  const measured = of.flatMap((ms) => ms ?? []);
  return measured.length === 0 ? '-' : String(Math.round(Math.max(...measured)));
}

const sum = (of: readonly number[]): string => String(of.reduce((all, one) => all + one, 0));

/** One line of the table, over all rounds. */
export function failureRow(name: string, rounds: readonly FailureRound[]): readonly string[] {
  const samples = rounds.flatMap((round) => round.samples);
  const words = [...new Set(rounds.flatMap((round) => round.words))].sort();
  return [
    ...[name, String(rounds.length), sum(rounds.map(({ struck }) => struck.length)), sum(rounds.map(({ hit }) => hit))],
    ...[0.5, 0.99, 1].map((share) => String(percentile(samples, share))),
    (Math.max(...rounds.map(({ wholeMs }) => wholeMs)) / 1_000).toFixed(1),
    sum(rounds.map(({ double }) => double.length)),
    sum(rounds.map(({ wrong }) => wrong.length)),
    sum(rounds.map(({ shared }) => shared)),
    longest(rounds.map(({ lateMs }) => lateMs)),
    longest(rounds.map(({ found }) => found.takeoverMs)),
    longest(rounds.map(({ found }) => found.inSyncMs)),
    words.join(', ') || 'Ready',
  ];
}
