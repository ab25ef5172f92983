import { CAPACITY_HEADER, capacityRow } from './capacity-rows.js';
import type { Review } from './compare-manifests.js';
import { type Entry, type Section, sectionsOf } from './sections.js';

/** GitHub's limit of a comment, less what a workflow may put around it. */
const MAX_CHARACTERS = 60_000;
/** Entries a section; the first number with which the whole fits is taken. What is left out is counted. */
const MAX_ENTRIES = [100, 40, 20, 10, 5, 2] as const;
const MAX_FIELDS = 12;

const escaped = (text: string): string => text.replaceAll(/[\\`*_<|~[\]#@]/g, (character) => `\\${character}`);

/** A code span may hold backticks when its fence is longer than any run of them. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}

const cut = (lines: readonly string[], max: number, what: string): readonly string[] =>
  lines.length <= max ? lines : [...lines.slice(0, max), `${what}and ${lines.length - max} more`];

const MARK = { '+': 'added', '-': 'removed', '~': 'changed', '!': '**refused**' } as const;

const entryText = ({ mark, head, details, fields }: Entry): string =>
  [
    `- ${MARK[mark]} **${escaped(head)}**`,
    ...details.map((detail) => `  - ${escaped(detail)}`),
    ...cut(
      fields.map((field) => `  - ${code(field)}`),
      MAX_FIELDS,
      '  - ... ',
    ),
  ].join('\n');

const sectionText = ({ title, entries }: Section, maxEntries: number): string =>
  [`#### ${title}`, '', ...cut(entries.map(entryText), maxEntries, '- ... ')].join('\n');

const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

const capacityText = ({ capacity }: Review): string =>
  [
    '#### Capacity',
    '',
    row(CAPACITY_HEADER),
    `|${CAPACITY_HEADER.map(() => ' --- |').join('')}`,
    ...capacity.map((tier) => row(capacityRow(tier))),
  ].join('\n');

const VERDICT: Readonly<Record<Review['verdict'], string>> = {
  same: 'No difference.',
  changed: 'Nothing is deleted and made again.',
  refused: '**Refused**: objects would be deleted and made again.',
};

function render(review: Review, maxEntries: number): string {
  const head = `### Farm: ${escaped(review.from)} → ${escaped(review.to)}\n\n${VERDICT[review.verdict]}`;
  if (review.verdict === 'same') return `${head}\n`;
  const sections = sectionsOf(review).map((section) => sectionText(section, maxEntries));
  const capacity = review.capacity.length === 0 ? [] : [capacityText(review)];
  return `${[head, ...sections, ...capacity].join('\n\n')}\n`;
}

/** For a comment on a pull request; ends with a newline. */
export function renderMarkdown(review: Review): string {
  const fitting = MAX_ENTRIES.find((max) => render(review, max).length <= MAX_CHARACTERS);
  return render(review, fitting ?? 1);
}
