/** Manifests as the tests read them: plain data, and the few ways into it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { parse } from 'yaml';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What a construct makes of itself in an app of its own. */
export function manifestsOf(make: (scope: Construct) => unknown): Manifest[] {
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  make(chart);
  return chart.toJson() as Manifest[];
}

/** What `app.synth()` complains about: one line each, without the heading. */
export function complaintsOf(make: (scope: Construct) => unknown): string[] {
  try {
    manifestsOf(make);
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

/** `folder/file` -> text, of everything below a folder. */
export function filesBelow(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

export const manifestsBelow = (folder: string): Map<string, Manifest> =>
  new Map([...filesBelow(folder)].map(([path, text]) => [path, parse(text) as Manifest]));

/** `spec.template.spec.containers.0.name`; undefined when there is no such thing. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** The one object of a kind (and name). */
export function only(manifests: Iterable<Manifest>, kind: string, name?: string): Manifest {
  const found = [...manifests].filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} objects of kind ${kind} ${name ?? ''}`);
  return first;
}
