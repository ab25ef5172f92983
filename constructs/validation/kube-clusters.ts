/** Which KubeCluster the manifests of a folder go to. */

export interface KubeClusterOptions {
  /**
   * How KubeClusters are told apart: `one` takes all manifests for a single KubeCluster; `folder` takes each folder
   * directly below the output folder for one of its own, as the farm's `dist/<datacenter>/`.
   * @default one
   */
  readonly kubeClusters?: 'one' | 'folder';
  /**
   * With `folder`: folders whose manifests are applied to every KubeCluster.
   * @default ['all']
   */
  readonly sharedFolders?: readonly string[];
}

const folders = (file: string): readonly string[] => file.replaceAll('\\', '/').split('/').slice(0, -1);

/** The folder that all files have in common: cdk8s does not tell a plugin what the output folder is. */
function commonDepth(paths: readonly (readonly string[])[]): number {
  const [first, ...others] = paths;
  if (!first) return 0;
  const differs = first.findIndex((segment, i) => others.some((other) => other[i] !== segment));
  return differs < 0 ? first.length : differs;
}

/** @returns file -> names of the KubeClusters it is applied to; at least one each */
export function kubeClustersOf(
  files: readonly string[],
  options: KubeClusterOptions,
): ReadonlyMap<string, readonly string[]> {
  if ((options.kubeClusters ?? 'one') === 'one') return new Map(files.map((file) => [file, ['']]));
  const depth = commonDepth(files.map(folders));
  const shared = new Set(options.sharedFolders ?? ['all']);
  const folderOf = (file: string): string => folders(file)[depth] ?? '';
  const own = [...new Set(files.map(folderOf))].filter((folder) => !shared.has(folder));
  return new Map(files.map((file) => [file, shared.has(folderOf(file)) && own.length > 0 ? own : [folderOf(file)]]));
}
