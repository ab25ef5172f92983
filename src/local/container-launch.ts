import { containerEnv, expandVariables } from './container-env.js';
import { downwardField, type PodFields } from './downward-api.js';
import type { Container } from './manifest.js';
import type { PodSurroundings } from './pod-surroundings.js';
import type { Launch } from './process-groups.js';
import { findContainerProgram } from './programs.js';
import { mountFolders } from './project-volumes.js';
import { replacePaths } from './substitute.js';

export interface LaunchPlace {
  readonly pod: PodFields;
  readonly around: PodSurroundings;
  /** folder of a volume */
  readonly folderOf: (volume: string) => string;
  /** working, home and temporary folder of the pod's containers */
  readonly home: string;
}

/** Text of the manifest, in two steps: variables first, then once over the result folders and addresses. */
function localText(container: Container, { pod, around, folderOf }: LaunchPlace) {
  const variables = containerEnv(container, { ...around, field: (path) => downwardField(pod, path) });
  const paths = replacePaths(mountFolders(container, folderOf));
  const hosts = around.hosts();
  return { variables, local: (text: string) => hosts(paths(text)) };
}

/** What a process is told that is not in the manifest: an image would have said it. */
const imageEnv = (place: LaunchPlace): Record<string, string> => ({
  PATH: place.around.programs.searchPath,
  HOME: place.home,
  TMPDIR: place.home,
  HOSTNAME: place.pod.machine,
});

/**
 * The process of a container.
 * @param command instead of the container's own: a probe or a hook
 * @throws Error when its program is missing, UnresolvedReference when its environment cannot be made
 */
export function containerLaunch(container: Container, place: LaunchPlace, command?: readonly string[]): Launch {
  const program = findContainerProgram(command ? { ...container, command } : container, place.around.programs);
  if (program.kind !== 'run') throw new Error(program.why);
  const { variables, local } = localText(container, place);
  const words = [...program.command, ...(command ? [] : (container.args ?? []))];
  const [file = '', ...args] = words.map((word) => local(expandVariables(word, variables)));
  const given = [...Object.entries(place.around.env ?? {}), ...variables];
  const env = Object.fromEntries(given.map(([name, value]) => [name, local(value)]));
  return { file, args, env: { ...imageEnv(place), ...env }, cwd: place.home };
}
