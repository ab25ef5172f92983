import type { FarmFrame, Problem } from '../farm/model.js';
import { DOMAIN, kubernetesName } from '../farm/words.js';
import { changeElsewhere, changeText } from './change-text.js';
import { CliError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { type PlannedChange, planChanges, type Wish } from './declared-change.js';
import type { AnsweredReading, DeclaredState } from './declared-state.js';
import { foreignOwner, ownKeys } from './foreign-owner.js';
import { type DeclaredObject, RefusedByKube, type WriteMode } from './kube-port.js';

/** tries of a write that another writer (Barn's status, too) was faster than */
const TRIES = 5;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const objectIn = ({ objects }: AnsweredReading, clusterName: string): DeclaredObject | undefined =>
  objects.find(({ metadata }) => metadata.name === kubernetesName(clusterName));

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

type OwnMap = Readonly<Record<string, string>>;

/** What this program wrote there before stays, and what the wish says is added. */
function ownMap(before: DeclaredObject | undefined, change: PlannedChange, map: 'labels' | 'annotations'): OwnMap {
  const own = before ? ownKeys(before, map) : new Set<string>();
  const kept = Object.entries(before?.metadata[map] ?? {}).filter(([key]) => own.has(key));
  const wished = change.wish.kind === 'put' ? change.wish[map] : undefined;
  return { ...Object.fromEntries(kept), ...wished };
}

function objectToWrite(frame: FarmFrame, before: DeclaredObject | undefined, change: PlannedChange): DeclaredObject {
  const [labels, annotations] = [ownMap(before, change, 'labels'), ownMap(before, change, 'annotations')];
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
    spec: change.spec,
  };
}

/** One object in one KubeCluster; tried again when only something else than its spec was written meanwhile. */
async function writeOne(
  frame: FarmFrame,
  reading: AnsweredReading,
  change: PlannedChange,
  mode: WriteMode,
): Promise<void> {
  const { writer } = reading;
  let before = objectIn(reading, change.wish.clusterName);
  const generation = before?.metadata.generation;
  for (let tries = 1; ; tries++) {
    try {
      if (change.wish.kind === 'put') await writer.apply(objectToWrite(frame, before, change), mode);
      else if (before) await writer.remove(before, mode.dryRun);
      return;
    } catch (error) {
      if (!(error instanceof RefusedByKube && error.stale) || tries === TRIES) throw error;
      before = (await writer.list()).find(({ metadata }) => metadata.name === kubernetesName(change.wish.clusterName));
      if (before?.metadata.generation !== generation)
        throw new Error(`${change.wish.clusterName} was changed by somebody else meanwhile; look, and run it again`);
    }
  }
}

interface Outcome {
  readonly datacenter: string;
  readonly problems: readonly string[];
}

const writeAll = (
  frame: FarmFrame,
  state: DeclaredState,
  changes: readonly PlannedChange[],
  mode: WriteMode,
): Promise<readonly Outcome[]> =>
  Promise.all(
    state.answered.map(async (reading) => {
      const problems: string[] = [];
      for (const change of changes)
        await writeOne(frame, reading, change, mode).catch((error: unknown) =>
          problems.push(`${change.wish.clusterName}: ${textOf(error)}`),
        );
      return { datacenter: reading.datacenter, problems };
    }),
  );

function refuseFailed(outcomes: readonly Outcome[]): void {
  const lines = outcomes.flatMap(({ datacenter, problems }) => problems.map((one) => `  ${datacenter}: ${one}`));
  if (lines.length > 0) throw new CliError(['nothing was changed, the API refuses it:', ...lines].join('\n'));
}

const consequence = (changes: readonly PlannedChange[]): string =>
  changes.some(({ after }) => !after)
    ? 'it still declares what was deleted: once it is back Barn takes that for declared again; run this again then'
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
  refuseFailed(await writeAll(frame, state, changes, { ...mode, dryRun: true }));
  if (mode.dryRun) io.out('dry run: nothing was changed\n');
  else report(state, changes, await writeAll(frame, state, changes, mode), io);
}
