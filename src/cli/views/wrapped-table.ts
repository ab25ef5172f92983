import { formatTable } from './print-listing.js';

/** A terminal that nobody has made wider has 80 columns, most have more. */
const WIDTH = 100;
/** The last column is never narrower: a message of one word a line cannot be read. */
const NARROWEST = 30;

/** Text in lines of at most `width` characters; a longer word stays whole. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length > 0 ? lines : [''];
}

/** A table of which the last column is wrapped, so that all of it fits in 100 columns, indented by two. */
export function wrappedTable(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const before = Array.from({ length: columns - 1 }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const left = before.reduce((sum, width) => sum + width + 3, 2);
  const width = Math.max(NARROWEST, WIDTH - left);
  const wrapped = rows.flatMap((row) =>
    wrap(row[columns - 1] ?? '', width).map((line, i) => [...row.slice(0, -1).map((cell) => (i ? '' : cell)), line]),
  );
  return formatTable(wrapped)
    .split('\n')
    .map((line) => `  ${line}`);
}
