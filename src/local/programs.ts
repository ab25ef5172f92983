import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from './manifest.js';

/** What a container runs here: a program and the arguments before the container's own; or why it is left out or cannot run. */
export type Program =
  | { readonly kind: 'run'; readonly command: readonly string[] }
  | { readonly kind: 'leftOut'; readonly why: string }
  | { readonly kind: 'missing'; readonly why: string };

const EXPORTERS = ['redis_exporter', 'prometheus-redis-exporter'];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @returns its absolute path, or undefined */
export function findProgram(name: string, searchPath: string): string | undefined {
  if (name.includes('/')) return isProgram(name) ? name : undefined;
  return searchPath
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isProgram);
}

export interface ProgramOptions {
  readonly searchPath: string;
  /** the built command-line program of this package; undefined: `cachefarm` containers cannot run */
  readonly cachefarm: string | undefined;
}

function fromImage(container: Container, options: ProgramOptions): Program {
  if (/redis_exporter/.test(container.image)) {
    const exporter = EXPORTERS.map((name) => findProgram(name, options.searchPath)).find((path) => path !== undefined);
    return exporter
      ? { kind: 'run', command: [exporter] }
      : { kind: 'leftOut', why: `neither ${EXPORTERS.join(' nor ')} is installed: pods run without metrics` };
  }
  if (/\/cachefarm[:@]|\/cachefarm$/.test(container.image)) return cachefarmProgram([], options);
  return {
    kind: 'missing',
    why: `container ${container.name}: image ${container.image} has no command and no known program here`,
  };
}

function cachefarmProgram(args: readonly string[], options: ProgramOptions): Program {
  return options.cachefarm === undefined
    ? { kind: 'missing', why: 'the cachefarm program is not built: npm run build' }
    : { kind: 'run', command: [process.execPath, options.cachefarm, ...args] };
}

/** There are no images: the manifest's own command from PATH, or the program that stands for the image's entrypoint. */
export function findContainerProgram(container: Container, options: ProgramOptions): Program {
  const [first, ...rest] = container.command ?? [];
  if (first === undefined) return fromImage(container, options);
  if (first === 'cachefarm') return cachefarmProgram(rest, options);
  const path = findProgram(first, options.searchPath);
  return path
    ? { kind: 'run', command: [path, ...rest] }
    : { kind: 'missing', why: `container ${container.name}: program ${first} is not installed` };
}
