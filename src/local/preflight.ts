import type { Container, PodSpec } from './manifest.js';
import { findContainerProgram, type ProgramOptions } from './programs.js';
import type { KubeManifests } from './read-dist.js';

/** Containers that cannot run on this machine. */
export class MissingPrograms extends Error {
  override readonly name = 'MissingPrograms';
}

const containersOf = (spec: PodSpec): readonly Container[] => [...(spec.initContainers ?? []), ...spec.containers];

/**
 * Looks for the programs of pods before any is started.
 * @returns a line for each thing that is left out
 * @throws MissingPrograms with a line for each program
 */
export function checkPrograms(specs: readonly PodSpec[], options: ProgramOptions): readonly string[] {
  const programs = specs.flatMap(containersOf).map((container) => findContainerProgram(container, options));
  const missing = new Set(programs.flatMap((program) => (program.kind === 'missing' ? [program.why] : [])));
  if (missing.size > 0) throw new MissingPrograms(`this cannot run here:\n  ${[...missing].join('\n  ')}`);
  return [...new Set(programs.flatMap((program) => (program.kind === 'leftOut' ? [program.why] : [])))];
}

/** The pods that a farm starts by itself. */
export const ownSpecs = (manifests: readonly KubeManifests[], deployments: boolean): readonly PodSpec[] =>
  manifests.flatMap((one) =>
    [...one.sets, ...(deployments ? one.deployments : [])].map((owner) => owner.spec.template.spec),
  );
