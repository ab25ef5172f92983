import type { Loose } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { suggest } from '../farm/nearest.js';
import { quote } from '../farm/quote.js';
import { readCacheCluster } from '../world/read-kube.js';
import { CliError } from './cli-error.js';
import type { DeclaredObject, KubeWriter } from './kube-port.js';

export type KubeReading =
  | { readonly datacenter: string; readonly writer: KubeWriter; readonly objects: readonly DeclaredObject[] }
  | { readonly datacenter: string; readonly problem: string };

export type AnsweredReading = Extract<KubeReading, { writer: KubeWriter }>;

/** A CacheCluster as the KubeClusters that answer declare it. */
export interface DeclaredCluster {
  readonly clusterName: string;
  /** with the sentinel group it has, also where its object names none */
  readonly spec: Loose;
  /** the object that counts */
  readonly object: DeclaredObject;
}

export interface DeclaredState {
  readonly answered: readonly AnsweredReading[];
  readonly silent: readonly { readonly datacenter: string; readonly problem: string }[];
  /** by name, sorted */
  readonly clusters: readonly DeclaredCluster[];
}

const textOf = (error: unknown): string => {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};

async function read(writer: KubeWriter): Promise<KubeReading> {
  const { datacenter } = writer;
  try {
    return { datacenter, writer, objects: await writer.list() };
  } catch (error) {
    return { datacenter, problem: textOf(error) };
  }
}

/** As Barn reads it (world/read-kube.ts): the highest generation counts, then the first datacenter. */
function mergeObjects(frame: FarmFrame, readings: readonly AnsweredReading[]): readonly DeclaredCluster[] {
  const newest = new Map<string, DeclaredObject>();
  for (const object of readings.flatMap(({ objects }) => objects)) {
    const key = String(object.spec.clusterName);
    const known = newest.get(key);
    if (!known || (object.metadata.generation ?? 0) > (known.metadata.generation ?? 0)) newest.set(key, object);
  }
  return [...newest]
    .map(([clusterName, object]) => {
      const { sentinelGroup } = readCacheCluster(frame, object);
      return { clusterName, object, spec: { ...object.spec, sentinelGroup } };
    })
    .sort((x, y) => (x.clusterName < y.clusterName ? -1 : 1));
}

/**
 * Reads the CacheClusters of every KubeCluster at once.
 * @throws CliError when none answers
 */
export async function readDeclared(frame: FarmFrame, writers: readonly KubeWriter[]): Promise<DeclaredState> {
  const read_ = await Promise.all(writers.map(read));
  const unknown = frame.datacenters
    .filter(({ name }) => !writers.some((writer) => writer.datacenter === name))
    .map(({ name, context }) => ({ datacenter: name, problem: `the kubeconfig has no context ${context}` }));
  const answered = read_.filter((one): one is AnsweredReading => 'writer' in one);
  const silent = [...read_.flatMap((one) => ('problem' in one ? [one] : [])), ...unknown];
  if (answered.length === 0)
    throw new CliError(
      [
        'no KubeCluster answers, nothing was changed:',
        ...silent.map((one) => `  ${one.datacenter}: ${one.problem}`),
      ].join('\n'),
    );
  return { answered, silent, clusters: mergeObjects(frame, answered) };
}

/** @throws CliError that says what was probably meant */
export function findCluster(state: DeclaredState, name: string): DeclaredCluster {
  const found =
    state.clusters.find(({ clusterName }) => clusterName === name) ??
    state.clusters.find(({ object }) => object.metadata.name === name);
  if (found) return found;
  const names = state.clusters.map(({ clusterName }) => clusterName);
  throw new CliError(`no cache cluster is called ${quote(name)}; ${suggest(name, names)}`);
}
