/** What the documents' tests need of Markdown: links, code blocks, table rows. */

/** Targets of `[text](target)`, code blocks left out. */
export function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replace(/^```.*?^```/gms, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** `## My title, here` -> `my-title-here`: the anchors that code hosts give to headings. */
export const anchorsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Code blocks of a language, in order. */
export const codeBlocks = (markdown: string, language: string): readonly string[] =>
  [...markdown.matchAll(/^```(\w*)\n(.*?)^```/gms)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '');

/** Text in backquotes. */
export const codeSpans = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');

/** Rows of the tables under a heading, cells trimmed, header and rule left out. */
export function tableRows(markdown: string, heading: string): readonly (readonly string[])[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

export interface Promised {
  readonly promise: string;
  /** test files and titles that hold it */
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  /** invariants of the simulation */
  readonly invariants: readonly string[];
  /** of the harness on real processes */
  readonly scenarios: readonly string[];
}

/** Names in the lines of an item that begin so. */
const namesAfter = (item: string, words: string): readonly string[] =>
  item.split('\n').flatMap((line) => (line.startsWith(`  ${words} `) ? codeSpans(line) : []));

/**
 * The promises of guarantees.md. A promise is a list item; each test that holds it is a line below: `  held by `test/x.test.ts`: "title"`.
 * Then perhaps the invariants that look for its opposite, `  searched by `one`, `other``, and scenarios, `  tried by `one`, `other``.
 */
export function promisesOf(markdown: string): readonly Promised[] {
  return [...markdown.matchAll(/^- (.+(?:\n {2}.+)*)/gm)].map((match) => {
    const item = match[1] ?? '';
    return {
      promise: (item.split('\n  held by ')[0] ?? item).replaceAll(/\s+/g, ' '),
      tests: [...item.matchAll(/^ {2}held by `([^`]+)`: "(.+)"$/gm)].map(([, file = '', title = '']) => ({
        file,
        title,
      })),
      invariants: namesAfter(item, 'searched by'),
      scenarios: namesAfter(item, 'tried by'),
    };
  });
}
