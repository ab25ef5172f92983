/** One CacheCluster object in one KubeCluster: what is written, and trying again when another writer was faster. */
import { isDeepStrictEqual } from 'node:util';
import type { FarmFrame } from '../farm/model.js';
import { ANNOTATION, DOMAIN, kubernetesName } from '../farm/words.js';
import type { PlannedChange } from './declared-change.js';
import type { AnsweredReading, DeclaredState } from './declared-state.js';
import { ownKeys } from './foreign-owner.js';
import { type DeclaredObject, type KubeWriter, RefusedByKube, type WriteMode } from './kube-port.js';

/** tries of a write that another writer (Barn's status, too) was faster than */
const TRIES = 5;

export const objectIn = ({ objects }: AnsweredReading, clusterName: string): DeclaredObject | undefined =>
  objects.find(({ metadata }) => metadata.name === kubernetesName(clusterName));

/** Above all that was seen written, so that the last wish counts also where a clock is behind. */
export const stampAbove = (newest: string): string =>
  new Date(Math.max(Date.now(), newest === '' ? 0 : Date.parse(`${newest}Z`) + 1)).toISOString();

type Strings = Readonly<Record<string, string>>;

/** What this program wrote there before stays, and what the wish says is added. */
function ownMap(before: DeclaredObject | undefined, change: PlannedChange, map: 'labels' | 'annotations'): Strings {
  const own = before ? ownKeys(before, map) : new Set<string>();
  const kept = Object.entries(before?.metadata[map] ?? {}).filter(([key]) => own.has(key));
  const wished = change.wish.kind === 'put' ? change.wish[map] : undefined;
  return { ...Object.fromEntries(kept), ...wished };
}

/** As wished already, and everybody could be asked: then nothing is written that would only change the time. */
const isSettled = (state: DeclaredState, change: PlannedChange): boolean =>
  change.wish.kind === 'put' &&
  state.silent.length === 0 &&
  state.answered.every((reading) => {
    const object = objectIn(reading, change.wish.clusterName);
    return (
      object !== undefined &&
      object.metadata.annotations?.[ANNOTATION.deletedAt] === undefined &&
      isDeepStrictEqual(object.spec, change.spec)
    );
  });

function stampsOf(
  state: DeclaredState,
  before: DeclaredObject | undefined,
  change: PlannedChange,
  at: string,
): Strings {
  if (change.wish.kind === 'delete') return { [ANNOTATION.deletedAt]: at };
  const declaredAt = isSettled(state, change) ? before?.metadata.annotations?.[ANNOTATION.declaredAt] : at;
  return declaredAt === undefined ? {} : { [ANNOTATION.declaredAt]: declaredAt };
}

/** @param at RFC 3339: one time for all KubeClusters */
export function objectToWrite(
  frame: FarmFrame,
  state: DeclaredState,
  { before, change, at }: { before: DeclaredObject | undefined; change: PlannedChange; at: string },
): DeclaredObject {
  const labels = ownMap(before, change, 'labels');
  const {
    [ANNOTATION.declaredAt]: _,
    [ANNOTATION.deletedAt]: __,
    ...others
  } = ownMap(before, change, 'annotations') as Record<string, string>;
  const annotations = { ...others, ...stampsOf(state, before, change, at) };
  const version = before?.metadata.resourceVersion;
  return {
    apiVersion: `${DOMAIN}/v1alpha1`,
    kind: 'CacheCluster',
    metadata: {
      name: kubernetesName(change.wish.clusterName),
      namespace: frame.namespace,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    spec: change.wish.kind === 'delete' && before ? before.spec : change.spec,
  };
}

/** Somebody else declared something else of it since it was read. */
export class WasChanged extends Error {
  override readonly name = 'WasChanged';
  constructor(readonly clusterName: string) {
    super(`${clusterName} was changed by somebody else meanwhile; look, and run it again`);
  }
}

/** What of an object is declared; its status, labels and owners are not. A deletion is an annotation, of which the generation knows nothing. */
export const declarationOf = (object: DeclaredObject | undefined): string =>
  object === undefined
    ? ''
    : JSON.stringify([
        object.metadata.uid,
        object.metadata.generation,
        object.metadata.annotations?.[ANNOTATION.declaredAt],
        object.metadata.annotations?.[ANNOTATION.deletedAt],
      ]);

/** Tries again when only something else than its spec was written meanwhile. @throws WasChanged when the spec was; what else the API refuses */
export async function writeObject<T>(
  writer: KubeWriter,
  clusterName: string,
  seen: DeclaredObject | undefined,
  write: (before: DeclaredObject | undefined) => Promise<T>,
): Promise<T> {
  let before = seen;
  for (let tries = 1; ; tries++) {
    try {
      return await write(before);
    } catch (error) {
      if (!(error instanceof RefusedByKube && error.stale) || tries === TRIES) throw error;
      before = (await writer.list()).find(({ metadata }) => metadata.name === kubernetesName(clusterName));
      if (declarationOf(before) !== declarationOf(seen)) throw new WasChanged(clusterName);
    }
  }
}

/** Writes what is wished: the object as it shall be, or, of one that is there, that it is deleted. @returns the object as it is then */
export const putObject = (
  frame: FarmFrame,
  state: DeclaredState,
  { reading, change, at, mode }: { reading: AnsweredReading; change: PlannedChange; at: string; mode: WriteMode },
): Promise<DeclaredObject | undefined> =>
  writeObject(reading.writer, change.wish.clusterName, objectIn(reading, change.wish.clusterName), async (before) =>
    before || change.wish.kind === 'put'
      ? reading.writer.apply(objectToWrite(frame, state, { before, change, at }), mode)
      : undefined,
  );

/** Takes an object away; one that is not there is gone already. */
export const removeObject = (
  { writer }: AnsweredReading,
  clusterName: string,
  seen: DeclaredObject | undefined,
  dryRun: boolean,
): Promise<void> =>
  writeObject(writer, clusterName, seen, async (before) => {
    if (before) await writer.remove(before, dryRun);
  });
