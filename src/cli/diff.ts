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
import type { AccessOptions } from './located-farm.js';
import { addAccessOptions } from './shared-options.js';

const OUTPUTS = ['text', 'json', 'markdown'] as const;
type Output = (typeof OUTPUTS)[number];

/** As `kubectl diff` has it: above 1 is "do not go on". A refusal prints the whole review; an error prints only to stderr. */
export const DIFF_STATUS = { same: 0, changed: 1, refused: 2, error: 2 } as const;

const HELP = `
<a> and <b> are folders of manifests as cdk8s synth writes them, or git revisions of this
repository: <rev> reads ./dist of it, <rev>:<path> another folder; nothing is checked out.
A folder wins over a revision of the same name.
With --live <a> is a folder of manifests (default dist), compared with the running farm by dry runs
of server-side apply: what an apply would change, and what the API servers would refuse.

Exit status, as of kubectl diff:
  0  no difference
  1  differences, none of them refused
  2  refused: an object would be deleted and made again (the review is on stdout, "verdict"
     is "refused" in JSON), or an error (nothing on stdout, the reason on stderr)

Examples:
  cachefarm diff main dist
  cachefarm diff HEAD~1 HEAD -o markdown
  cachefarm diff v1.2.0:deploy/dist ./dist -o json
  cachefarm diff --live dist --kubeconfig ~/.kube/config`;

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

/** Even a bug of ours must not end as 1, which says "differences". */
function failure(error: unknown): CliError {
  const plain = error instanceof UnreadableInput || error instanceof CliError;
  const message = plain ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CliError(`error: ${message}`, DIFF_STATUS.error);
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
    throw failure(error);
  }
}

/**
 * The same for a folder and the running farm. Notes and refusals go to `warn`.
 * @throws CliError with status 2 when the two cannot be compared
 */
export async function runLiveDiff(
  folder: string,
  options: AccessOptions & { readonly output: Output },
  io: DiffIo & { readonly warn: (text: string) => void },
): Promise<number> {
  try {
    const { reviewLive } = await import('./diff-live.js');
    const { review, notes, refused } = await reviewLive(resolve(io.cwd, folder), options);
    io.write(render(review, options.output, io.colour));
    for (const note of notes) io.warn(`note: ${note}\n`);
    for (const refusal of refused) io.warn(`refused by the API server: ${refusal}\n`);
    return refused.length > 0 ? DIFF_STATUS.refused : DIFF_STATUS[review.verdict];
  } catch (error) {
    throw failure(error);
  }
}

interface DiffOptions extends AccessOptions {
  readonly output: Output;
  readonly live?: boolean;
}

export function diffCommand(): Command {
  const command = new Command('diff')
    .description(
      'what a reviewer wants to know of two synthesized farms: keys, pods and restarts, and what would be lost',
    )
    .argument('[a]', 'before: a folder of manifests, or a git revision')
    .argument('[b]', 'after: likewise')
    .addOption(new Option('-o, --output <format>', 'output format').choices(OUTPUTS).default('text'))
    .option('--live', 'compare the running farm with what an apply of folder <a> would make of it')
    .addHelpText('after', HELP)
    .action(async (a: string | undefined, b: string | undefined, options: DiffOptions) => {
      const io = {
        cwd: process.cwd(),
        write: (text: string) => process.stdout.write(text),
        warn: (text: string) => process.stderr.write(text),
        colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
      };
      if (options.live && b !== undefined) command.error("error: with --live there is one folder, no 'b'");
      if (options.live) process.exitCode = await runLiveDiff(a ?? 'dist', options, io);
      else if (a === undefined || b === undefined)
        command.error(`error: missing required argument '${a === undefined ? 'a' : 'b'}'`);
      else process.exitCode = await runDiff(a, b, options.output, io);
    });
  return addAccessOptions(command);
}
