import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** From the compiled command line (lib/src/cli), from the one file beside it (lib), and from where the Dockerfile puts that one (/usr/local/bin). */
const PLACES = ['../../web', 'web', '../share/cachefarm/web'];

/**
 * The built page, as it lies beside this program.
 * @param program the file that runs; a link is followed
 * @returns undefined: it was not built, the API is there alone
 */
export function pageFolder(program: string | undefined): string | undefined {
  if (program === undefined || !existsSync(program)) return undefined;
  const beside = dirname(realpathSync(program));
  const places = beside.endsWith(join('src', 'cli')) ? PLACES.slice(0, 1) : PLACES.slice(1);
  return places.map((place) => join(beside, place)).find((folder) => existsSync(join(folder, 'index.html')));
}
