/**
 * cdk8s makes every App leave a `construct-metadata.json` beside its manifests as soon as one validation is configured.
 * Its command line reads only the one directly in the output folder, so Apps in sub-folders lose their construct paths;
 * and a directory source of Argo CD reads every *.json as a manifest and fails on it. So: read them all, then remove them.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { record, text } from '../../src/farm/loose.js';

const FILE = 'construct-metadata.json';

type Paths = Readonly<Record<string, string>>;

export interface ConstructMetadata {
  /** construct path of a resource, by the App that wrote its file; cdk8s keeps one a name, whatever the kind */
  readonly pathOf: (manifestFile: string, resourceName: string) => string | undefined;
  /** files found, each known to describe manifests below its folder */
  readonly files: readonly string[];
}

function read(file: string): Paths | undefined {
  if (!existsSync(file)) return undefined;
  const { version, resources } = record(JSON.parse(readFileSync(file, 'utf8')));
  if (version !== '1.0.0') return undefined;
  return Object.fromEntries(
    Object.entries(record(resources)).map(([name, entry]) => [name, text(record(entry).path) ?? '']),
  );
}

/** An App writes its files into its folder, or into one folder a chart below it. */
const foldersOf = (manifestFile: string): readonly string[] => [dirname(manifestFile), dirname(dirname(manifestFile))];

/** @param resources the manifests' files and names; a metadata file that names none of those below it is not ours and is left alone */
export function readConstructMetadata(
  resources: readonly { readonly file: string; readonly name: string }[],
): ConstructMetadata {
  const cache = new Map<string, Paths | undefined>();
  const known = new Map<string, Paths>();
  for (const { file, name } of resources) {
    for (const folder of foldersOf(file)) {
      if (!cache.has(folder)) cache.set(folder, read(join(folder, FILE)));
      const paths = cache.get(folder);
      if (paths && Object.hasOwn(paths, name)) known.set(folder, paths);
    }
  }
  return {
    files: [...known.keys()].map((folder) => join(folder, FILE)),
    pathOf: (file, name) =>
      foldersOf(file)
        .map((folder) => known.get(folder)?.[name])
        .find((path) => path !== undefined),
  };
}

export function removeConstructMetadata(metadata: ConstructMetadata): void {
  for (const file of metadata.files) rmSync(file, { force: true });
}
