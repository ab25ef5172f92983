/** A wish, planned and then written: the one way in which the command line and the HTTP API change what is declared. Data in, data out. */
import type { FarmFrame, Problem } from '../farm/model.js';
import { type PlannedChange, planChanges, type Wish } from './declared-change.js';
import type { AnsweredReading, DeclaredState } from './declared-state.js';
import { foreignOwner } from './foreign-owner.js';
import { type DeclaredObject, RefusedByKube } from './kube-port.js';
import { objectIn, putObject, removeObject, stampAbove, WasChanged } from './write-object.js';

/** Somebody else says what this CacheCluster is. */
export interface Foreign {
  readonly change: PlannedChange;
  readonly owner: string;
}

/** What would be written; nothing has been. */
export interface Proposal {
  readonly frame: FarmFrame;
  readonly state: DeclaredState;
  readonly changes: readonly PlannedChange[];
  /** anything here: nothing may be written */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** written all the same only by force */
  readonly foreign: readonly Foreign[];
  /** too many KubeClusters are silent for a deletion to count: nothing may be written */
  readonly unheard: boolean;
  /** RFC 3339: one time for all KubeClusters */
  readonly at: string;
}

/** What came of it in one KubeCluster. */
export interface Outcome {
  readonly datacenter: string;
  /** a line each; none: it took all */
  readonly problems: readonly string[];
  /** somebody else was faster there */
  readonly overtaken: boolean;
  /** HTTP codes with which its API refused */
  readonly codes: readonly number[];
}

export interface CarriedOut {
  readonly outcomes: readonly Outcome[];
  /** `<datacenter>/<cache cluster>` -> the object as it was written */
  readonly written: ReadonlyMap<string, DeclaredObject>;
}

export const writtenKey = (datacenter: string, clusterName: string): string => `${datacenter}/${clusterName}`;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The first foreign owner of any copy. */
export function ownerOf(state: DeclaredState, clusterName: string): string | undefined {
  const owners = state.answered.flatMap((reading) => {
    const object = objectIn(reading, clusterName);
    return (object && foreignOwner(object)) ?? [];
  });
  return owners[0];
}

/** Barn asks the same of a deletion (world/declarations.ts). */
const isUnheard = (frame: FarmFrame, { silent }: DeclaredState, changes: readonly PlannedChange[]): boolean =>
  silent.length * 2 > frame.datacenters.length && changes.some(({ wish }) => wish.kind === 'delete');

export function propose(frame: FarmFrame, state: DeclaredState, wishes: readonly Wish[]): Proposal {
  const planned = planChanges(frame, state.clusters, wishes);
  const foreign = planned.changes.flatMap((change) => {
    const owner = ownerOf(state, change.wish.clusterName);
    return owner === undefined ? [] : [{ change, owner }];
  });
  const unheard = isUnheard(frame, state, planned.changes);
  return { ...planned, frame, state, foreign, unheard, at: stampAbove(state.newest) };
}

type Write = (reading: AnsweredReading, change: PlannedChange) => Promise<unknown>;

async function inOne(reading: AnsweredReading, changes: readonly PlannedChange[], write: Write): Promise<Outcome> {
  const problems: string[] = [];
  const codes: number[] = [];
  let overtaken = false;
  for (const change of changes)
    await write(reading, change).catch((error: unknown) => {
      problems.push(`${change.wish.clusterName}: ${textOf(error)}`);
      overtaken ||= error instanceof WasChanged;
      if (error instanceof RefusedByKube) codes.push(error.code);
    });
  return { datacenter: reading.datacenter, problems, overtaken, codes };
}

/** Each change in each KubeCluster that answers, one KubeCluster not waiting for another. */
const inEach = (
  readings: readonly AnsweredReading[],
  changes: readonly PlannedChange[],
  write: Write,
): Promise<readonly Outcome[]> => Promise.all(readings.map((reading) => inOne(reading, changes, write)));

/** The KubeClusters check it all, and keep nothing. */
export const rehearse = (proposal: Proposal, force: boolean): Promise<readonly Outcome[]> =>
  inEach(proposal.state.answered, proposal.changes, (reading, change) => {
    const { clusterName } = change.wish;
    const { frame, state, at } = proposal;
    return change.wish.kind === 'put'
      ? putObject(frame, state, { reading, change, at, mode: { force, dryRun: true } })
      : removeObject(reading, clusterName, objectIn(reading, clusterName), true);
  });

/**
 * Two who saw the same meet in the first KubeCluster: who comes second there writes nowhere. Without it each could win in one of them, and
 * half of each wish be written.
 */
async function firstThenEach(
  [first, ...others]: readonly AnsweredReading[],
  changes: readonly PlannedChange[],
  write: Write,
): Promise<readonly Outcome[]> {
  if (!first) return [];
  const outcome = await inOne(first, changes, write);
  return outcome.overtaken
    ? [outcome, ...others.map(({ datacenter }) => ({ ...outcome, datacenter }))]
    : [outcome, ...(await inEach(others, changes, write))];
}

export interface CarryOutMode {
  /** also what belongs to others */
  readonly force: boolean;
  /** of several who want something else of the same at once one wins, and the others write nothing; @default false */
  readonly oneWins?: boolean;
}

/**
 * A deletion is first written on every copy, then the copies are taken away: only when every KubeCluster took it. Whatever ends this in the
 * middle, what is left says itself that it is deleted, and a copy that was out of reach is the older one.
 */
export async function carryOut(proposal: Proposal, { force, oneWins = false }: CarryOutMode): Promise<CarriedOut> {
  const { frame, state, changes, at } = proposal;
  const written = new Map<string, DeclaredObject>();
  const writeAll = oneWins ? firstThenEach : inEach;
  const outcomes = await writeAll(state.answered, changes, async (reading, change) => {
    const object = await putObject(frame, state, { reading, change, at, mode: { force, dryRun: false } });
    if (object) written.set(writtenKey(reading.datacenter, change.wish.clusterName), object);
  });
  const deletions = changes.filter(({ wish }) => wish.kind === 'delete');
  if (state.silent.length > 0 || outcomes.some(({ problems }) => problems.length > 0)) return { outcomes, written };
  const removed = await inEach(state.answered, deletions, (reading, { wish: { clusterName } }) =>
    removeObject(reading, clusterName, written.get(writtenKey(reading.datacenter, clusterName)), false),
  );
  return { outcomes: removed, written };
}
