import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { applyCommand } from '../../../src/cli/apply.js';
import { barnCommand } from '../../../src/cli/barn.js';
import type { CliIo } from '../../../src/cli/cli-io.js';
import { completeWords } from '../../../src/cli/complete-words.js';
import { deleteCommand } from '../../../src/cli/delete.js';
import { demoCommand } from '../../../src/cli/demo.js';
import { diffCommand } from '../../../src/cli/diff.js';
import { drainCommand } from '../../../src/cli/drain.js';
import { explainCommand } from '../../../src/cli/explain.js';
import { getCommand } from '../../../src/cli/get.js';
import { planCommand } from '../../../src/cli/plan.js';
import { rebalanceCommand } from '../../../src/cli/rebalance.js';
import { programOf, runProgram } from '../../../src/cli/run-program.js';
import { scaleCommand } from '../../../src/cli/scale.js';
import { seedCommand } from '../../../src/cli/seed.js';
import { upCommand } from '../../../src/cli/up.js';
import { Broken, bytes, type FuzzTarget, textOf } from '../target.js';
import { FRAME } from '../told-farm.js';

/** Folders and files that words may name; no farm is anywhere, so that no command gets to work. */
export const folder = mkdtempSync(join(tmpdir(), 'cachefarm-fuzz-'));
mkdirSync(join(folder, 'empty'));
const state = (name: string, frame: string, secrets = '{}', kubeconfig = '{}'): void => {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'farm.json'), frame);
  writeFileSync(join(folder, name, 'secrets.json'), secrets);
  writeFileSync(join(folder, name, 'kubeconfig'), kubeconfig);
};
state('garbage', 'not json');
state('null', 'null');
state('array', '[]');
state('halves', JSON.stringify(FRAME).slice(0, 400));
state('secrets', JSON.stringify(FRAME), 'not json');
state('kubeconfig', JSON.stringify(FRAME), '{"barn":"b"}', 'not: [a, kubeconfig');
writeFileSync(join(folder, 'file'), 'no farm, no manifest\n');
writeFileSync(join(folder, 'module.mjs'), 'export const farm = 5;\n');
writeFileSync(join(folder, 'broken.mjs'), 'export const = ;\n');

export const PLACES: readonly string[] = [
  'empty',
  'garbage',
  'null',
  'array',
  'halves',
  'secrets',
  'kubeconfig',
  'file',
  'module.mjs',
  'broken.mjs',
  'nowhere',
].map((name) => join(folder, name));

const io = (): CliIo => ({
  stdin: Readable.from([Buffer.from('clusterName: User.id\n')]),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});

const commands = () => [
  upCommand(),
  demoCommand(),
  seedCommand(),
  planCommand(),
  barnCommand(),
  applyCommand(io()),
  scaleCommand(io()),
  deleteCommand(io()),
  drainCommand(io()),
  rebalanceCommand(),
  getCommand(),
  explainCommand(),
  diffCommand(),
];

export const COMMANDS: readonly string[] = commands().map((command) => command.name());

/** Those that start a farm when the words happen to be right. */
const isStart = (words: readonly string[]): boolean =>
  words.some((word) => word === 'up' || word === 'demo') && !words.some((word) => word.startsWith('--farm'));

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** One command line in this process; its output is kept from the terminal. */
export async function runWords(words: readonly string[]): Promise<Ended> {
  const { argv, env } = process;
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  const status = process.exitCode;
  const ended = { out: '', err: '' };
  process.argv = ['node', 'cachefarm', ...words];
  process.env = { PATH: env.PATH ?? '', HOME: join(folder, 'empty'), CACHEFARM_STATE: join(folder, 'empty') };
  process.exitCode = 0;
  const keep = (where: 'out' | 'err') => (text: string | Uint8Array) => {
    ended[where] += String(text);
    return true;
  };
  process.stdout.write = keep('out') as typeof process.stdout.write;
  process.stderr.write = keep('err') as typeof process.stderr.write;
  try {
    await runProgram(commands());
    return { status: Number(process.exitCode), ...ended };
  } finally {
    [process.stdout.write, process.stderr.write] = [stdout, stderr];
    process.argv = argv;
    process.env = env;
    process.exitCode = status;
  }
}

/** @returns what is wrong with how it ended */
export function* faultsOf(words: readonly string[], { status, out, err }: Ended): Generator<string> {
  if (![0, 1, 2].includes(status)) yield `status ${status}`;
  if (
    /\n {4}at |node:internal|Cannot read propert|is not a function|is not iterable|\[object Object\]|UnhandledPromise/.test(
      err,
    )
  )
    yield `a stack, or what no person understands: ${err.slice(0, 400)}`;
  const isHelp =
    words.some((word) => /^(--help|--version|-V|-[a-z]*h)/.test(word)) ||
    words.includes('help') ||
    words.length === 0 ||
    words[0] === 'completion';
  const mayCompare = words[0] === 'diff';
  if (status !== 0 && err.trim() === '' && !mayCompare) yield 'failed without a word';
  if (status === 0 && !isHelp && !mayCompare) yield `succeeded at ${JSON.stringify(out.slice(0, 200))}`;
}

export async function tryWords(words: readonly string[]): Promise<void> {
  completeWords(programOf(commands()), words);
  if (words.includes('__complete') || isStart(words)) return;
  const faults = [...faultsOf(words, await runWords(words))];
  if (faults.length > 0) throw new Broken(`${JSON.stringify(words)}: ${faults.join('; ')}`);
}

export const commandLine: FuzzTarget = {
  name: 'command-line',
  what: 'words of a command line, one a line: no stack trace, status 0, 1 or 2 as documented, a message for each failure',
  seeds: [
    'get\npods\n-o\nwide',
    'seed\n--timeout\n5\n--json',
    `explain\nUser.id::0\n--state\n${join(folder, 'garbage')}`,
    `apply\n-f\n${join(folder, 'file')}\n--dry-run`,
    'drain\nmachine\na-m1\n--wait\n--timeout\n1',
    `diff\n${folder}\n${join(folder, 'empty')}\n-o\njson`,
    `get\nclusters\n--kubeconfig\n${join(folder, 'kubeconfig', 'kubeconfig')}`,
    'scale\nUser.id\n--size\n-5',
    'barn\n--listen\nx:99999\n--level\nloud',
    'completion\nbash',
  ].map(bytes),
  words: [
    ...COMMANDS,
    ...PLACES,
    'partitions',
    '-o',
    '--output',
    'json',
    '--state',
    '--farm',
    '--kubeconfig',
    '--context',
    '-n',
    '--namespace',
    '--dry-run',
    '--force',
    '--yes',
    '--size',
    '-f',
    '--live',
    '--max',
    '--wait',
    '--undo',
    '--',
    '-',
    '\n',
    '=',
    'talk',
  ],
  run: (input) =>
    tryWords(
      textOf(input)
        .split('\n')
        .filter((word) => !word.includes('\0'))
        .slice(0, 12),
    ),
  close: () => rmSync(folder, { recursive: true, force: true }),
};
