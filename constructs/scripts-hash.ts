import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Key of the pod annotation that makes a changed script a changed template, i.e. something OnDelete rolls out. */
export const CONFIG_HASH = 'cachefarm.dev/config-hash';

/** Short, stable digest of a ConfigMap's data. */
export function configHash(data: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256');
  for (const key of Object.keys(data).sort()) hash.update(`${key}\0${data[key]}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** Scripts by file name. They are beside this file in the sources and in the build. */
export const readScripts = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, readFileSync(new URL(`./scripts/${name}`, import.meta.url), 'utf8')]));
