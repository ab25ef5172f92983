import { CAPACITY_HEADER, capacityRow } from './capacity-rows.js';
import type { Review } from './compare-manifests.js';
import { type Entry, type Section, sectionsOf } from './sections.js';

/** A comment may hold 65,536 characters; a section that would fill it is cut, and says so. */
const MAX_ENTRIES = 40;
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

const sectionText = ({ title, entries }: Section): string =>
  [`#### ${title}`, '', ...cut(entries.map(entryText), MAX_ENTRIES, '- ... ')].join('\n');

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

/** For a comment on a pull request; ends with a newline. */
export function renderMarkdown(review: Review): string {
  const head = `### Farm: ${escaped(review.from)} → ${escaped(review.to)}\n\n${VERDICT[review.verdict]}`;
  if (review.verdict === 'same') return `${head}\n`;
  const capacity = review.capacity.length === 0 ? [] : [capacityText(review)];
  return `${[head, ...sectionsOf(review).map(sectionText), ...capacity].join('\n\n')}\n`;
}
