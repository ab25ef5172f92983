/** What the command line says of a change to the declared state, before and after it is written (declared-proposal.ts). */
import type { FarmFrame, Problem } from '../farm/model.js';
import { changeElsewhere, changeText } from './change-text.js';
import { CliError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import type { PlannedChange, Wish } from './declared-change.js';
import { carryOut, type Outcome, type Proposal, propose, rehearse } from './declared-proposal.js';
import type { DeclaredState } from './declared-state.js';
import type { WriteMode } from './kube-port.js';

function refuseForeign({ frame, foreign }: Proposal): void {
  if (foreign.length === 0) return;
  const refused = foreign.map(
    ({ change, owner }) =>
      `  ${change.wish.clusterName} belongs to ${owner}, which would take a change made here back; make it there instead:\n  ${changeElsewhere(frame, change)}`,
  );
  throw new CliError(['nothing was changed:', ...refused, '  --force changes it all the same'].join('\n'));
}

function refuseFailed(outcomes: readonly Outcome[]): void {
  const lines = outcomes.flatMap(({ datacenter, problems }) => problems.map((one) => `  ${datacenter}: ${one}`));
  if (lines.length > 0) throw new CliError(['nothing was changed, the API refuses it:', ...lines].join('\n'));
}

const consequence = (changes: readonly PlannedChange[]): string =>
  changes.some(({ after }) => !after)
    ? 'what it still declares is older and stays deleted; run this again when it is back, and the rest is taken away'
    : 'it keeps the older declaration, and Barn follows the newest it can read; run this again when it is back';

function report({ state, changes }: Proposal, outcomes: readonly Outcome[], io: Pick<CliIo, 'out' | 'err'>): void {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  const took = outcomes.filter(({ problems }) => problems.length === 0).map(({ datacenter }) => datacenter);
  for (const { datacenter, problems } of failed)
    for (const problem of problems) io.err(`${datacenter} did not take it (${problem}): ${consequence(changes)}\n`);
  if (took.length === 0) throw new CliError('no KubeCluster took it whole');
  io.out(
    `written to ${took.join(', ')}${state.silent.length + failed.length > 0 ? `, not to ${[...state.silent, ...failed].map(({ datacenter }) => datacenter).join(', ')}` : ''}\n`,
  );
}

function refuseUnheard({ state: { silent }, unheard }: Proposal): void {
  if (!unheard) return;
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
  const proposal = propose(frame, state, wishes);
  const { changes, problems, warnings } = proposal;
  if (problems.length > 0) throw wouldHave(frame.name, problems);
  for (const change of changes) io.out(changeText(change));
  for (const { path, message } of warnings) io.err(`warning: [${path}] ${message}\n`);
  for (const { datacenter, problem } of state.silent)
    io.err(`${datacenter} does not answer (${problem}): ${consequence(changes)}\n`);
  if (!mode.force) refuseForeign(proposal);
  refuseUnheard(proposal);
  refuseFailed(await rehearse(proposal, mode.force));
  if (mode.dryRun) io.out('dry run: nothing was changed\n');
  else report(proposal, (await carryOut(proposal, mode)).outcomes, io);
}
