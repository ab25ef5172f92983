import type { Container, PodSpec } from './manifest.js';
import { findContainerProgram, type ProgramOptions } from './programs.js';
import type { KubeManifests } from './read-dist.js';

/** Containers that cannot run on this machine. */
export class MissingPrograms extends Error {
  override readonly name = 'MissingPrograms';
}

const containersOf = (spec: PodSpec): readonly Container[] => [...(spec.initContainers ?? []), ...spec.containers];

/**
 * Looks for the programs of all sets before anything is started.
 * @returns a line for each thing that is left out
 * @throws MissingPrograms with a line for each program
 */
export function checkPrograms(manifests: readonly KubeManifests[], options: ProgramOptions): readonly string[] {
  const containers = manifests.flatMap(({ sets }) => sets.flatMap((set) => containersOf(set.spec.template.spec)));
  const programs = containers.map((container) => findContainerProgram(container, options));
  const missing = new Set(programs.flatMap((program) => (program.kind === 'missing' ? [program.why] : [])));
  if (missing.size > 0) throw new MissingPrograms(`the farm cannot run here:\n  ${[...missing].join('\n  ')}`);
  return [...new Set(programs.flatMap((program) => (program.kind === 'leftOut' ? [program.why] : [])))];
}
