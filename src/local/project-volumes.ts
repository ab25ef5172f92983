/** The pod's own folders that stand for its volumes. */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UnresolvedReference } from './container-env.js';
import type { Container, KeyedText, KeyItem, Volume } from './manifest.js';
import type { Replacement } from './substitute.js';

export interface VolumeSources {
  readonly configMap: (name: string) => KeyedText | undefined;
  readonly secret: (name: string) => KeyedText | undefined;
  /** host names -> addresses, in ConfigMaps only */
  readonly hosts: Replacement;
  /** files of a volume of another kind; undefined: it is not emulated */
  readonly other?: (volume: Volume) => Promise<VolumeFiles | undefined>;
}

/** What a volume of files holds. */
export interface VolumeFiles {
  /** path in the volume -> text */
  readonly text: KeyedText;
  readonly mode: number;
}

function pickItems(text: KeyedText, items: readonly KeyItem[] | undefined, object: string): KeyedText {
  if (!items) return text;
  return new Map(
    items.map(({ key, path }) => {
      const value = text.get(key);
      if (value === undefined) throw new UnresolvedReference(`${object} has no key ${key}`);
      return [path, value];
    }),
  );
}

function filesOf(volume: Volume, sources: VolumeSources): VolumeFiles | undefined {
  const source = volume.configMap ?? volume.secret;
  if (!source) return undefined;
  const [object, text] = volume.configMap
    ? [`configmap ${volume.configMap.name}`, sources.configMap(volume.configMap.name)]
    : [`secret ${volume.secret?.secretName}`, sources.secret(volume.secret?.secretName ?? '')];
  if (!text && !source.optional) throw new UnresolvedReference(`${object} not found`);
  const picked = pickItems(text ?? new Map(), text ? source.items : undefined, object);
  const shown = volume.configMap ? new Map([...picked].map(([key, value]) => [key, sources.hosts(value)])) : picked;
  return { text: shown, mode: source.defaultMode ?? 0o644 };
}

/** A rename a file, so that no reader ever sees half of one; unchanged files are left alone. */
async function syncFiles(folder: string, { text, mode }: VolumeFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const stale of (await readdir(folder)).filter(
    (file) => ![...text.keys()].some((key) => key.split('/')[0] === file),
  ))
    await rm(join(folder, stale), { recursive: true, force: true });
  for (const [key, value] of text) {
    const path = join(folder, key);
    if ((await readFile(path, 'utf8').catch(() => undefined)) === value) continue;
    await mkdir(dirname(path), { recursive: true });
    const draft = join(dirname(folder), `.draft-${process.pid}-${Math.random().toString(36).slice(2)}`);
    await writeFile(draft, value, { mode: 0o600 });
    await chmod(draft, mode & 0o777);
    await rename(draft, path);
  }
}

async function otherFiles(volume: Volume, sources: VolumeSources): Promise<VolumeFiles> {
  const files = await sources.other?.(volume);
  if (!files) throw new UnresolvedReference(`volume ${volume.name}: its kind is not emulated`);
  return files;
}

const isEmptyDir = (volume: Volume): boolean => volume.emptyDir !== undefined;

/**
 * Writes ConfigMaps and Secrets, makes empty folders; called again, it brings the files up to date as the kubelet does.
 * @throws UnresolvedReference for a ConfigMap, Secret or key that is not there, or a kind of volume that is not emulated
 */
export async function projectVolumes(
  folder: string,
  volumes: readonly Volume[],
  sources: VolumeSources,
): Promise<void> {
  for (const volume of volumes) {
    const files = filesOf(volume, sources);
    if (files) await syncFiles(join(folder, volume.name), files);
    else if (isEmptyDir(volume)) await mkdir(join(folder, volume.name), { recursive: true, mode: 0o700 });
    else await syncFiles(join(folder, volume.name), await otherFiles(volume, sources));
  }
}

/** What a reboot of the machine loses: memory-backed folders. */
export async function clearMemoryVolumes(folder: string, volumes: readonly Volume[]): Promise<void> {
  const lost = volumes.filter((volume) => volume.emptyDir?.medium === 'Memory');
  await Promise.all(lost.map((volume) => rm(join(folder, volume.name), { recursive: true, force: true })));
}

/** Mount path in the container -> folder here. */
export const mountFolders = (container: Container, folderOf: (volume: string) => string): ReadonlyMap<string, string> =>
  new Map(
    (container.volumeMounts ?? []).map((mount) => [
      mount.mountPath.replace(/\/+$/, ''),
      join(folderOf(mount.name), mount.subPath ?? ''),
    ]),
  );
