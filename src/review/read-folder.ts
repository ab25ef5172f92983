import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ManifestFile } from './manifests.js';

export const isManifestFile = (path: string): boolean => /\.ya?ml$/.test(path);

/** Reads every *.yaml below a folder, sorted by path; other files are none of our business. */
export async function readFolder(folder: string): Promise<readonly ManifestFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && isManifestFile(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths
      .sort()
      .map(async (path) => ({ path: relative(folder, path).split(sep).join('/'), text: await readFile(path, 'utf8') })),
  );
}
