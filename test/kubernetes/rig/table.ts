import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

const DOCUMENT = new URL('../../../docs/kubernetes.md', import.meta.url);
const VERSIONS = new URL('../../../tools/kubernetes/', import.meta.url);
const HEAD = '# On Kubernetes\n';

/** `CACHEFARM_WRITE=1 npm run e2e -- test/kubernetes/failures.e2e.ts`: figures go into docs/kubernetes.md. */
export const WRITES = process.env.CACHEFARM_WRITE === '1';

/** What marks figures of a Kubernetes that is not the newest: nothing for the newest. @param version `v1.28.15` */
export function versionSuffix(version: string): string {
  const pinned = readdirSync(VERSIONS).filter((name) => /^v\d/.test(name));
  const [newest] = pinned.sort((x, y) => y.localeCompare(x, 'en', { numeric: true }));
  return version === newest ? '' : `-${version}`;
}

/** Nearest rank. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((x, y) => x - y);
  return Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
}

/** Columns as wide as their widest cell; the first one starts at the left, the others end at the right, the last starts at the left. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const pad = (cell: string, at: number): string => {
    const width = widths[at] ?? 0;
    return at === 0 || at === columns - 1 ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** Date, machine and versions, one line. */
export function circumstances(versions: Readonly<Record<string, string>>): string {
  const redis = /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? '?';
  const all = { ...versions, node: process.version, redis };
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`;
  const named = Object.entries(all).map(([name, version]) => `${name} ${version}`);
  return `${new Date().toISOString().slice(0, 10)}; ${machine}, load ${loadavg()[0]?.toFixed(1)}; ${named.join(', ')}`;
}

/** Prints, and puts it between its markers in docs/kubernetes.md when asked to. */
export function publish(name: string, title: string, text: string): void {
  process.stdout.write(`\n${title}\n${text}\n`);
  if (!WRITES) return;
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const section = `${open}\n## ${title}\n\n\`\`\`text\n${text}\n\`\`\`\n${close}`;
  const before = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : HEAD;
  const [from, to] = [before.indexOf(open), before.indexOf(close)];
  const after =
    from < 0 || to < 0
      ? `${before.trimEnd()}\n\n${section}\n`
      : before.slice(0, from) + section + before.slice(to + close.length);
  writeFileSync(DOCUMENT, after);
}
