// What the two benches of real processes share: clock, machine, figures, and their section of docs/performance.md.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** Replacements are the subject here, so the brake on them (half of a cache cluster a minute) is wide open, and says so. */
export const BENCH_LIMITS = { windowMs: 60_000, share: 1, least: 10_000, moves: 4 };

/** ms on the machine's monotonic clock: the same in every process. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws Error that names `what` */
export async function until(what, holds, timeoutMs = 30_000, everyMs = 50) {
  for (const end = now() + timeoutMs; ; ) {
    const value = await holds();
    if (value) return value;
    if (now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await wait(everyMs);
  }
}

export function option(name, otherwise) {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
}

export const machine = () => ({
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  loadBefore: Number(loadavg()[0].toFixed(2)),
});

export function versions() {
  const packageOf = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;
  return {
    node: process.version,
    redis: /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
    ioredis: packageOf('../node_modules/ioredis/package.json'),
    cachefarm: packageOf('../package.json'),
  };
}

/** Nearest rank. */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

const tenth = (ms) => Math.round(ms * 10) / 10;

export function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return { p50: tenth(percentile(sorted, 0.5)), p99: tenth(percentile(sorted, 0.99)), max: tenth(sorted.at(-1)) };
}

export const facts = (record) =>
  Object.entries(record)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

const DOCUMENT = new URL('../docs/performance.md', import.meta.url);
const HEAD = '# Performance\n\nWritten by the benchmarks themselves (`-- --write`); nothing here is typed by hand.\n';

/** Replaces the section of one bench and leaves the others as they are. */
export function writeSection(name, title, text) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const section = `${open}\n## ${title}\n\n${new Date().toISOString().slice(0, 10)}\n\n\`\`\`text\n${text}\n\`\`\`\n${close}`;
  const before = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : HEAD;
  const [from, to] = [before.indexOf(open), before.indexOf(close)];
  const after =
    from < 0 || to < 0
      ? `${before.trimEnd()}\n\n${section}\n`
      : before.slice(0, from) + section + before.slice(to + close.length);
  writeFileSync(DOCUMENT, after);
}
