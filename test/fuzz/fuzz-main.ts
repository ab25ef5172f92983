/** The runner behind `npm run fuzz` (tools/fuzz.mjs). */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Crash, type Fuzzed, fuzzTarget, tryInput } from './fuzz-target.js';
import type { FuzzTarget } from './target.js';
import { TARGETS } from './targets/index.js';

const argv = process.argv.slice(2);
const optionOf = (name: string, otherwise: string): string => {
  const at = argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : (argv[at + 1] ?? otherwise);
};
const say = (text: string): unknown => process.stderr.write(`${text}\n`);

const CORPUS = optionOf('corpus', 'node_modules/.cache/cachefarm-fuzz/corpus');
const CRASHES = optionOf('crashes', 'node_modules/.cache/cachefarm-fuzz/crashes');
const nameOf = (input: Uint8Array): string => createHash('sha1').update(input).digest('hex').slice(0, 12);

function keptOf({ name }: FuzzTarget): readonly Uint8Array[] {
  const folder = join(CORPUS, name);
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder).map((file) => readFileSync(join(folder, file)));
}

/** mulberry32 */
function drawFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function saved({ name }: FuzzTarget, { input, error }: Crash): string {
  mkdirSync(CRASHES, { recursive: true });
  const file = join(CRASHES, `${name}-${nameOf(input)}`);
  writeFileSync(file, input);
  writeFileSync(`${file}.txt`, `${error}\n`);
  return file;
}

async function replay(target: FuzzTarget, file: string): Promise<number> {
  const error = await tryInput(target, readFileSync(file));
  say(error ? (error.stack ?? error.message) : 'nothing breaks');
  return error ? 1 : 0;
}

const rowOf = (name: string, { runs, seconds, edges, corpus, crashes }: Fuzzed): string =>
  [
    name.padEnd(14),
    String(runs).padStart(9),
    String(Math.round(runs / seconds)).padStart(8),
    String(edges).padStart(7),
    String(corpus.length).padStart(7),
    String(crashes.length).padStart(8),
  ].join(' ');

async function fuzz(chosen: readonly FuzzTarget[]): Promise<number> {
  const seconds = Number(optionOf('minutes', '1')) * 60;
  const seed = Number(optionOf('seed', String(Date.now() % 1_000_000)));
  const rows: { name: string; runs: number; runsPerSecond: number; edges: number; crashes: readonly string[] }[] = [];
  say(
    `seed ${seed}\n${['target'.padEnd(14), 'runs'.padStart(9), 'runs/s'.padStart(8), 'edges'.padStart(7), 'corpus'.padStart(7), 'crashes'.padStart(8)].join(' ')}`,
  );
  for (const target of chosen) {
    const until = performance.now() + (seconds * 1_000) / chosen.length;
    const fuzzed = await fuzzTarget(target, {
      until,
      draw: drawFrom(seed),
      corpus: keptOf(target),
      progress: (so) => argv.includes('--verbose') && say(rowOf(target.name, so)),
    });
    for (const input of fuzzed.corpus) writeFileSync(join(CORPUS, target.name, nameOf(input)), input);
    say(rowOf(target.name, fuzzed));
    const files = fuzzed.crashes.map((crash) => {
      const file = saved(target, crash);
      say(
        `  ${crash.signature}\n    ${crash.input.length} bytes in ${file}; again: npm run fuzz -- --target ${target.name} --replay ${file}`,
      );
      return file;
    });
    rows.push({
      name: target.name,
      runs: fuzzed.runs,
      runsPerSecond: Math.round(fuzzed.runs / fuzzed.seconds),
      edges: fuzzed.edges,
      crashes: files,
    });
  }
  const crashes = rows.reduce((sum, row) => sum + row.crashes.length, 0);
  if (argv.includes('--json')) process.stdout.write(`${JSON.stringify({ seed, targets: rows, crashes })}\n`);
  return crashes === 0 ? 0 : 1;
}

function chosenTargets(): readonly FuzzTarget[] {
  const names = optionOf('target', '').split(',').filter(Boolean);
  const unknown = names.filter((name) => !TARGETS.some((target) => target.name === name));
  if (unknown.length > 0) {
    say(`no target is called ${unknown.join(', ')}; there are ${TARGETS.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  return TARGETS.filter(({ name }) => names.length === 0 || names.includes(name));
}

const chosen = chosenTargets();
const [first] = chosen;
const file = optionOf('replay', '');
if (argv.includes('--list')) for (const { name, what } of TARGETS) say(`${name.padEnd(14)} ${what}`);
else process.exitCode = file !== '' && first ? await replay(first, file) : await fuzz(chosen);
for (const target of TARGETS) await target.close?.();
// Connections that are closing must not hold it.
setTimeout(() => process.exit(), 500).unref();
