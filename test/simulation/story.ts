import type { FaultKind } from './faults.js';
import type { RunResult } from './run-seed.js';
import { INVARIANTS } from './violation.js';

/** Longest story that is printed whole, lines, and how many of its first and last are printed otherwise */
const LONGEST = 90;

/** For a person: what went wrong, which promise it breaks, what led there. */
export function storyOf(result: RunResult, steps: number): string {
  const { lines } = result;
  const told =
    lines.length <= LONGEST ? lines : [...lines.slice(0, LONGEST / 3), '     ...', ...lines.slice((-2 * LONGEST) / 3)];
  const broken = result.violations.map(
    ({ invariant, at, detail }) =>
      `${(at / 1_000).toFixed(3)} s: ${invariant}: ${INVARIANTS[invariant]}\n      ${detail}`,
  );
  return [
    `seed ${result.seed}, with ${result.faults.length} faults left:`,
    ...told.map((line) => `  ${line}`),
    ...broken.map((line) => `  VIOLATION at ${line}`),
    `  again: npm run sim -- --from ${result.seed} --seeds 1 --steps ${steps} --story --no-mutations`,
  ].join('\n');
}

const pad = (text: string | number, width: number): string => String(text).padStart(width);

/** Decisions of Barn by the faults that were there: an empty row or column is a blind spot. */
export function coverageTable(covered: ReadonlyMap<string, number>, kinds: readonly (FaultKind | 'none')[]): string {
  const reasons = [...new Set([...covered.keys()].map((key) => key.split(' ')[0] ?? ''))].sort();
  const widest = Math.max(8, ...reasons.map(({ length }) => length));
  const head = kinds
    .map((kind, i) => `  ${String.fromCharCode(97 + (i % 26))}${i >= 26 ? "'" : ''} ${kind}`)
    .join('\n');
  const mark = (i: number): string => pad(`${String.fromCharCode(97 + (i % 26))}${i >= 26 ? "'" : ''}`, 6);
  const rows = reasons.map(
    (reason) => reason.padEnd(widest) + kinds.map((kind) => pad(covered.get(`${reason} ${kind}`) ?? '.', 6)).join(''),
  );
  return ['Decisions under faults:', head, ' '.repeat(widest) + kinds.map((_, i) => mark(i)).join(''), ...rows].join(
    '\n',
  );
}
