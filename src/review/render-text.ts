import { CAPACITY_HEADER, capacityRow } from './capacity-rows.js';
import type { Review } from './compare-manifests.js';
import { type Entry, type Mark, type Section, sectionsOf } from './sections.js';

/** Colours, or functions that leave text as it is. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const same = (text: string): string => text;
export const PLAIN: Paint = { bold: same, dim: same, red: same, green: same, yellow: same };

const COLOUR: Readonly<Record<Mark, keyof Paint>> = { '+': 'green', '-': 'red', '~': 'yellow', '!': 'red' };

const entryLines = (paint: Paint, { mark, head, details, fields }: Entry): readonly string[] => [
  paint[COLOUR[mark]](`  ${mark} ${head}`),
  ...details.map((detail) => `      ${detail}`),
  ...fields.map((field) => paint.dim(`      ${field}`)),
];

const sectionLines = (paint: Paint, { title, entries }: Section): readonly string[] => [
  '',
  paint.bold(title),
  ...entries.flatMap((entry) => entryLines(paint, entry)),
];

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

const capacityLines = (paint: Paint, { capacity }: Review): readonly string[] =>
  capacity.length === 0 ? [] : ['', paint.bold('Capacity'), ...table([CAPACITY_HEADER, ...capacity.map(capacityRow)])];

const VERDICT: Readonly<Record<Review['verdict'], string>> = {
  same: 'no difference',
  changed: 'differences, none of them refused',
  refused: 'REFUSED: objects would be deleted and made again',
};

/** For a terminal; ends with a newline. */
export function renderText(review: Review, paint: Paint = PLAIN): string {
  const title = paint.bold(`${review.from} -> ${review.to}: ${VERDICT[review.verdict]}`);
  if (review.verdict === 'same') return `${title}\n`;
  return `${[title, ...sectionsOf(review).flatMap((section) => sectionLines(paint, section)), ...capacityLines(paint, review)].join('\n')}\n`;
}
