import type { FarmFrame, Problem } from '../farm/model.js';
import { changeElsewhere, changeText } from './change-text.js';
import { CliError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { type PlannedChange, planChanges, type Wish } from './declared-change.js';
import type { AnsweredReading, DeclaredState } from './declared-state.js';
import { foreignOwner } from './foreign-owner.js';
import type { DeclaredObject, WriteMode } from './kube-port.js';
import { objectIn, putObject, removeObject, stampAbove } from './write-object.js';

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function refuseForeign(frame: FarmFrame, state: DeclaredState, changes: readonly PlannedChange[]): void {
  const refused = changes.flatMap((change) => {
    const owners = state.answered.flatMap((reading) => {
      const object = objectIn(reading, change.wish.clusterName);
      return (object && foreignOwner(object)) ?? [];
    });
    const [owner] = owners;
    return owner === undefined
      ? []
      : [
          `  ${change.wish.clusterName} belongs to ${owner}, which would take a change made here back; make it there instead:\n  ${changeElsewhere(frame, change)}`,
        ];
  });
  if (refused.length > 0)
    throw new CliError(['nothing was changed:', ...refused, '  --force changes it all the same'].join('\n'));
}

interface Outcome {
  readonly datacenter: string;
  readonly problems: readonly string[];
}

/** Each change in each KubeCluster that answers, one KubeCluster not waiting for another. */
const inEach = (
  state: DeclaredState,
  changes: readonly PlannedChange[],
  write: (reading: AnsweredReading, change: PlannedChange) => Promise<unknown>,
): Promise<readonly Outcome[]> =>
  Promise.all(
    state.answered.map(async (reading) => {
      const problems: string[] = [];
      for (const change of changes)
        await write(reading, change).catch((error: unknown) =>
          problems.push(`${change.wish.clusterName}: ${textOf(error)}`),
        );
      return { datacenter: reading.datacenter, problems };
    }),
  );

const rehearse = (
  frame: FarmFrame,
  state: DeclaredState,
  changes: readonly PlannedChange[],
  at: string,
  force: boolean,
) =>
  inEach(state, changes, (reading, change) => {
    const { clusterName } = change.wish;
    return change.wish.kind === 'put'
      ? putObject(frame, state, { reading, change, at, mode: { force, dryRun: true } })
      : removeObject(reading, clusterName, objectIn(reading, clusterName), true);
  });

/**
 * A deletion is first written on every copy, then the copies are taken away: only when every KubeCluster took it. Whatever ends this in the
 * middle, what is left says itself that it is deleted, and a copy that was out of reach is the older one.
 */
async function carryOut(
  frame: FarmFrame,
  state: DeclaredState,
  { changes, at, force }: { changes: readonly PlannedChange[]; at: string; force: boolean },
): Promise<readonly Outcome[]> {
  const marked = new Map<string, DeclaredObject>();
  const outcomes = await inEach(state, changes, async (reading, change) => {
    const object = await putObject(frame, state, { reading, change, at, mode: { force, dryRun: false } });
    if (object) marked.set(`${reading.datacenter}/${change.wish.clusterName}`, object);
  });
  const deletions = changes.filter(({ wish }) => wish.kind === 'delete');
  if (state.silent.length > 0 || outcomes.some(({ problems }) => problems.length > 0)) return outcomes;
  return inEach(state, deletions, (reading, { wish: { clusterName } }) =>
    removeObject(reading, clusterName, marked.get(`${reading.datacenter}/${clusterName}`), false),
  );
}

function refuseFailed(outcomes: readonly Outcome[]): void {
  const lines = outcomes.flatMap(({ datacenter, problems }) => problems.map((one) => `  ${datacenter}: ${one}`));
  if (lines.length > 0) throw new CliError(['nothing was changed, the API refuses it:', ...lines].join('\n'));
}

const consequence = (changes: readonly PlannedChange[]): string =>
  changes.some(({ after }) => !after)
    ? 'what it still declares is older and stays deleted; run this again when it is back, and the rest is taken away'
    : 'it keeps the older declaration, and Barn follows the newest it can read; run this again when it is back';

function report(
  state: DeclaredState,
  changes: readonly PlannedChange[],
  outcomes: readonly Outcome[],
  io: Pick<CliIo, 'out' | 'err'>,
): void {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  const took = outcomes.filter(({ problems }) => problems.length === 0).map(({ datacenter }) => datacenter);
  for (const { datacenter, problems } of failed)
    for (const problem of problems) io.err(`${datacenter} did not take it (${problem}): ${consequence(changes)}\n`);
  if (took.length === 0) throw new CliError('no KubeCluster took it whole');
  io.out(
    `written to ${took.join(', ')}${state.silent.length + failed.length > 0 ? `, not to ${[...state.silent, ...failed].map(({ datacenter }) => datacenter).join(', ')}` : ''}\n`,
  );
}

/** Barn asks the same of a deletion (world/declarations.ts). */
function refuseUnheard(frame: FarmFrame, { silent }: DeclaredState, changes: readonly PlannedChange[]): void {
  if (silent.length * 2 <= frame.datacenters.length || changes.every(({ wish }) => wish.kind === 'put')) return;
  const away = silent.map(({ datacenter, problem }) => `  ${datacenter}: ${problem}`);
  throw new CliError(
    [
      'nothing was changed: a deletion counts for nothing while more than half of the KubeClusters may declare otherwise, and these do not answer:',
      ...away,
    ].join('\n'),
  );
}

function wouldHave(farm: string, problems: readonly Problem[]): CliError {
  const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
  const lines = problems.map(({ path, message }) => `  [${path}] ${message}`);
  return new CliError([`nothing was changed; farm ${farm} would have ${count}:`, ...lines].join('\n'));
}

/** @throws CliError: every problem of the farm as it would be, somebody else's object, an API that refuses, nobody who answers */
export async function writeDeclared(
  frame: FarmFrame,
  state: DeclaredState,
  wishes: readonly Wish[],
  mode: WriteMode,
  io: Pick<CliIo, 'out' | 'err'>,
): Promise<void> {
  const { changes, problems, warnings } = planChanges(frame, state.clusters, wishes);
  if (problems.length > 0) throw wouldHave(frame.name, problems);
  for (const change of changes) io.out(changeText(change));
  for (const { path, message } of warnings) io.err(`warning: [${path}] ${message}\n`);
  for (const { datacenter, problem } of state.silent)
    io.err(`${datacenter} does not answer (${problem}): ${consequence(changes)}\n`);
  if (!mode.force) refuseForeign(frame, state, changes);
  refuseUnheard(frame, state, changes);
  const at = stampAbove(state.newest);
  refuseFailed(await rehearse(frame, state, changes, at, mode.force));
  if (mode.dryRun) io.out('dry run: nothing was changed\n');
  else report(state, changes, await carryOut(frame, state, { changes, at, force: mode.force }), io);
}
