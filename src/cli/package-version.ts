import { readFileSync } from 'node:fs';

/** Of this package. The bundle has no package.json beside it: tools/bundle.mjs puts the text of it in place of this file. */
export function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
