import { existsSync, readFileSync } from 'node:fs';

/** Of this package: from `lib/src/cli/`, or from the sources in `src/cli/`. */
export function packageVersion(): string {
  const [built, source] = ['../../../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));
  const file = [source, built].find((one) => one && existsSync(one));
  if (!file) throw new Error('this program is not in its package any more');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
