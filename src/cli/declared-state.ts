import type { Loose } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { suggest } from '../farm/nearest.js';
import { quote } from '../farm/quote.js';
import { kubernetesName } from '../farm/words.js';
import { mergeDeclarations } from '../world/declarations.js';
import { CliError } from './cli-error.js';
import type { DeclaredObject, KubeWriter } from './kube-port.js';

export type KubeReading =
  | { readonly datacenter: string; readonly writer: KubeWriter; readonly objects: readonly DeclaredObject[] }
  | { readonly datacenter: string; readonly problem: string };

export type AnsweredReading = Extract<KubeReading, { writer: KubeWriter }>;

/** A CacheCluster as the KubeClusters that answer declare it. */
export interface DeclaredCluster {
  readonly clusterName: string;
  readonly spec: Loose;
  /** the object that counts */
  readonly object: DeclaredObject;
}

export interface DeclaredState {
  readonly answered: readonly AnsweredReading[];
  readonly silent: readonly { readonly datacenter: string; readonly problem: string }[];
  /** by name, sorted */
  readonly clusters: readonly DeclaredCluster[];
  /** names of those that are deleted while objects of them are still there */
  readonly deleted: readonly string[];
  /** when the youngest of all copies was written: RFC 3339 without `Z`, empty when there is none */
  readonly newest: string;
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

/** As Barn reads it. */
function merge(
  frame: FarmFrame,
  readings: readonly AnsweredReading[],
): Pick<DeclaredState, 'clusters' | 'deleted' | 'newest'> {
  const declarations = mergeDeclarations(
    frame.datacenters.length,
    readings.map(({ datacenter, objects }) => ({ datacenter, cacheClusters: objects })),
  );
  return {
    clusters: declarations.flatMap(({ clusterName, counts }) =>
      counts ? [{ clusterName, object: counts.object, spec: counts.object.spec }] : [],
    ),
    deleted: declarations.flatMap(({ clusterName, counts }) => (counts ? [] : [clusterName])),
    newest: declarations.reduce(
      (most, { copies: [first] }) => (first && first.writtenAt > most ? first.writtenAt : most),
      '',
    ),
  };
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
  return { answered, silent, ...merge(frame, answered) };
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

/** The cache cluster of that name that is deleted, but not everywhere gone. */
export const findDeleted = (state: DeclaredState, name: string): string | undefined =>
  state.deleted.find((clusterName) => clusterName === name || kubernetesName(clusterName) === name);
