import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { compareManifests, type Review } from '../review/compare-manifests.js';
import { type ManifestFile, type Manifests, UnreadableInput } from '../review/manifests.js';
import { parseManifests } from '../review/parse-manifests.js';
import { readFolder } from '../review/read-folder.js';
import { readRevision } from '../review/read-revision.js';
import { renderJson } from '../review/render-json.js';
import { renderMarkdown } from '../review/render-markdown.js';
import { type Paint, renderText } from '../review/render-text.js';
import { CliError } from './cli-error.js';

const OUTPUTS = ['text', 'json', 'markdown'] as const;
type Output = (typeof OUTPUTS)[number];

/** As `kubectl diff` has it: above 1 is "do not go on". A refusal prints the whole review; an error prints only to stderr. */
export const DIFF_STATUS = { same: 0, changed: 1, refused: 2, error: 2 } as const;

const HELP = `
<a> and <b> are folders of manifests as cdk8s synth writes them, or git revisions of this
repository: <rev> reads ./dist of it, <rev>:<path> another folder; nothing is checked out.
A folder wins over a revision of the same name.

Exit status, as of kubectl diff:
  0  no difference
  1  differences, none of them refused
  2  refused: an object would be deleted and made again (the review is on stdout, "verdict"
     is "refused" in JSON), or an error (nothing on stdout, the reason on stderr)

Examples:
  cachefarm diff main dist
  cachefarm diff HEAD~1 HEAD -o markdown
  cachefarm diff v1.2.0:deploy/dist ./dist -o json`;

/** What the command touches beside git and the file system. */
export interface DiffIo {
  readonly cwd: string;
  readonly write: (text: string) => void;
  /** colours in text */
  readonly colour: boolean;
}

async function filesOf(cwd: string, name: string): Promise<readonly ManifestFile[]> {
  const found = await stat(resolve(cwd, name)).catch(() => undefined);
  if (found?.isDirectory()) return readFolder(resolve(cwd, name));
  if (found) throw new UnreadableInput(`${name} is a file; name the folder of manifests it is in`);
  return readRevision(cwd, name);
}

const readManifests = async (cwd: string, name: string): Promise<Manifests> =>
  parseManifests(name, await filesOf(cwd, name));

function render(review: Review, output: Output, colour: boolean): string {
  const paint: Paint = pc.createColors(colour);
  switch (output) {
    case 'json':
      return renderJson(review);
    case 'markdown':
      return renderMarkdown(review);
    case 'text':
      return renderText(review, paint);
  }
}

/**
 * @returns the exit status
 * @throws CliError with status 2 for whatever keeps the two from being compared
 */
export async function runDiff(a: string, b: string, output: Output, io: DiffIo): Promise<number> {
  try {
    const review = compareManifests(await readManifests(io.cwd, a), await readManifests(io.cwd, b));
    io.write(render(review, output, io.colour));
    return DIFF_STATUS[review.verdict];
  } catch (error) {
    // even a bug of ours must not end as 1, which says "differences"
    const message =
      error instanceof UnreadableInput
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    throw new CliError(`error: ${message}`, DIFF_STATUS.error);
  }
}

export function diffCommand(): Command {
  return new Command('diff')
    .description(
      'what a reviewer wants to know of two synthesized farms: keys, pods and restarts, and what would be lost',
    )
    .argument('<a>', 'before: a folder of manifests, or a git revision')
    .argument('<b>', 'after: likewise')
    .addOption(new Option('-o, --output <format>', 'output format').choices(OUTPUTS).default('text'))
    .addHelpText('after', HELP)
    .action(async (a: string, b: string, options: { readonly output: Output }) => {
      const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
      process.exitCode = await runDiff(a, b, options.output, {
        cwd: process.cwd(),
        write: (text) => process.stdout.write(text),
        colour,
      });
    });
}
