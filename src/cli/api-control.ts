/** What the HTTP API changes, by the ways of the command line: declared state, drain marks, a word to Barn. */
import { type Control, type Declared, type Pass, Refusal, type Sight } from '../api/parts.js';
import type { Change, ClientsView, DrainRequest, DrainView, RebalanceView } from '../api/schemas.js';
import { previewChange } from '../api/views/preview.js';
import type { Farm, FarmFrame } from '../farm/model.js';
import { suggest } from '../farm/nearest.js';
import { quote } from '../farm/quote.js';
import { elsewhere } from './change-text.js';
import { changeView, fieldFaults } from './change-view.js';
import { CliError } from './cli-error.js';
import type { PlannedChange, Wish } from './declared-change.js';
import { carryOut, type Outcome, ownerOf, type Proposal, propose, rehearse, writtenKey } from './declared-proposal.js';
import { type DeclaredState, readDeclared } from './declared-state.js';
import { versionOf } from './declared-version.js';
import { drainImpact, isFree, useOf } from './drain-impact.js';
import type { KubeWriter } from './kube-port.js';
import { markDrain } from './mark-drain.js';
import { rebalanceView } from './rebalance-view.js';
import { ShortMemory } from './short-memory.js';

export interface ControlParts {
  readonly frame: FarmFrame;
  readonly writers: readonly KubeWriter[];
  readonly sight: Pick<Sight, 'last' | 'leads'>;
  /** @returns false: it was not held */
  forgive(partition: string): boolean;
  clientsOf(address: string): Promise<ClientsView['clients']>;
  /** ms on a steady clock */
  now(): number;
}

type ChangeWish = Parameters<Control['change']>[0];

/** ms that what is declared counts as read by who only looks; whoever changes something reads it anew */
const DECLARED_KEPT_MS = 1_000;
/** ms; a search for moves holds the only thread */
const REBALANCE_KEPT_MS = 5_000;

const linesOf = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.flatMap(({ datacenter, problems }) => problems.map((problem) => `${datacenter}: ${problem}`));

/** None took it: somebody else was faster, the API finds it wrong, or it cannot be had now. */
function refuseFailed(outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  const overtaken = failed.find((one) => one.overtaken);
  if (overtaken) throw new Refusal('conflict', overtaken.problems.join('; '));
  const codes = failed.flatMap((one) => one.codes);
  const text = linesOf(failed).join('; ');
  if (codes.includes(400) || codes.includes(422)) throw new Refusal('invalid', text);
  if (codes.includes(403))
    throw new Refusal('unavailable', `Barn itself may not write this (web.changes of the farm, RBAC): ${text}`);
  throw new Refusal('unavailable', text);
}

const wishOf = ({ clusterName, fields }: ChangeWish): Wish =>
  fields === undefined ? { kind: 'delete', clusterName } : { kind: 'put', clusterName, fields };

/** @throws Refusal for one that is not there, is there already, or is not as it was looked at */
function refuseOther(state: DeclaredState, { clusterName, fields, create, expect }: ChangeWish): void {
  const known = state.clusters.some((one) => one.clusterName === clusterName);
  if (create) {
    if (known) throw new Refusal('exists', `${clusterName} is there already; change it, or take another name`);
    return;
  }
  // A deletion that one KubeCluster missed may be finished.
  if (!known && !(fields === undefined && state.deleted.includes(clusterName))) {
    const names = state.clusters.map((one) => one.clusterName);
    throw new Refusal('not-found', `no cache cluster is called ${quote(clusterName)}; ${suggest(clusterName, names)}`);
  }
  if (expect !== versionOf(state, clusterName))
    throw new Refusal(
      'conflict',
      `${clusterName} is not as you saw it: somebody changed it, or a KubeCluster came or went; look at it again`,
    );
}

/** @throws Refusal with the user's own fields; somebody else's object; a deletion that would not count */
function refuseProposal({ frame, problems, foreign, unheard, state, changes }: Proposal, wish: Wish): void {
  if (problems.length > 0)
    throw new Refusal('invalid', problems.map(({ message }) => message).join('; '), {
      errors: fieldFaults(wish, problems),
    });
  const [other] = foreign;
  if (other)
    throw new Refusal('owned', `${wish.clusterName} belongs to ${other.owner}: change it there`, {
      changeElsewhere: { owner: other.owner, ...elsewhere(frame, other.change) },
    });
  if (unheard && changes.length > 0)
    throw new Refusal(
      'unavailable',
      `a deletion counts for nothing while more than half of the KubeClusters may declare otherwise, and these do not answer: ${state.silent.map(({ datacenter, problem }) => `${datacenter}: ${problem}`).join('; ')}`,
    );
}

const farmWith = (farm: Farm, { wish: { clusterName }, before, after }: PlannedChange): Farm => ({
  ...farm,
  cacheClusters:
    before && after
      ? farm.cacheClusters.map((one) => (one.clusterName === clusterName ? placed(after, one.sentinelGroup) : one))
      : [...farm.cacheClusters.filter((one) => one.clusterName !== clusterName), ...(after ? [after] : [])],
});

/** One that names no group stays where Barn has put it. */
const placed = (after: Farm['cacheClusters'][number], sentinelGroup: string): Farm['cacheClusters'][number] =>
  after.sentinelGroup === '' ? { ...after, sentinelGroup } : after;

class KubeControl implements Control {
  readonly #declared: ShortMemory<DeclaredState>;
  readonly #rebalance: ShortMemory<RebalanceView>;

  constructor(readonly parts: ControlParts) {
    this.#declared = new ShortMemory(1, DECLARED_KEPT_MS, () => parts.now());
    this.#rebalance = new ShortMemory(1, REBALANCE_KEPT_MS, () => parts.now());
  }

  async #read(): Promise<DeclaredState> {
    try {
      return await readDeclared(this.parts.frame, this.parts.writers);
    } catch (error) {
      throw new Refusal('unavailable', error instanceof Error ? error.message : String(error));
    }
  }

  #pass(): Pass {
    const pass = this.parts.sight.last();
    if (!pass) throw new Refusal('unavailable', 'the farm was not seen yet');
    return pass;
  }

  async declared(clusterName: string): Promise<Declared | undefined> {
    const state = await this.#declared.of('', () => this.#read());
    if (!state.clusters.some((one) => one.clusterName === clusterName)) return undefined;
    return { version: versionOf(state, clusterName), owner: ownerOf(state, clusterName) };
  }

  async change(asked: ChangeWish): Promise<Change> {
    const { frame, sight } = this.parts;
    const changes = frame.web?.changes ?? 'none';
    if (!asked.dryRun && changes === 'none')
      throw new Refusal('unavailable', 'this farm is not changed over HTTP (web.changes)');
    const state = await this.#read();
    refuseOther(state, asked);
    const wish = wishOf(asked);
    const proposal = propose(frame, state, [wish]);
    const [change] = proposal.changes;
    if (!change) throw new Error(`nothing was planned for ${asked.clusterName}`);
    refuseProposal(proposal, wish);
    // Barn may not even try what it may not do.
    const rehearsed = changes === 'none' ? [] : await rehearse(proposal, false);
    if (rehearsed.some(({ problems }) => problems.length > 0)) refuseFailed(rehearsed);
    const pass = sight.last();
    const preview = pass
      ? previewChange(pass, farmWith(pass.farm, change), asked.clusterName)
      : { decisions: [], capacity: [] };
    const written = asked.dryRun
      ? { writtenTo: [], silent: [...state.silent], version: null }
      : await this.#write(proposal, asked);
    return { ...changeView(change, proposal.warnings), ...preview, ...written, dryRun: asked.dryRun };
  }

  async #write(
    proposal: Proposal,
    { clusterName, fields }: ChangeWish,
  ): Promise<Pick<Change, 'writtenTo' | 'silent' | 'version'>> {
    const { state } = proposal;
    const { outcomes, written } = await carryOut(proposal, { force: false, oneWins: true });
    this.#declared.forget();
    const failed = outcomes.filter(({ problems }) => problems.length > 0);
    if (failed.length === outcomes.length) refuseFailed(outcomes);
    return {
      writtenTo: outcomes.filter((one) => !failed.includes(one)).map(({ datacenter }) => datacenter),
      silent: [
        ...state.silent.map(({ datacenter, problem }) => ({ datacenter, problem })),
        ...failed.map(({ datacenter, problems }) => ({ datacenter, problem: problems.join('; ') })),
      ],
      version:
        fields === undefined
          ? null
          : versionOf(state, clusterName, (datacenter) => written.get(writtenKey(datacenter, clusterName))),
    };
  }

  async drain({ kind, name, undo = false }: DrainRequest, dryRun: boolean): Promise<DrainView> {
    const { world, facts } = this.#pass();
    const unread = world.datacenters.find((one) => kind === 'datacenter' && one.name === name && !one.complete);
    if (unread) throw new Refusal('unavailable', `datacenter ${name} cannot be read: ${unread.problem ?? 'no answer'}`);
    const impact = this.#impact(world, kind, name);
    const problems = dryRun ? [] : await markDrain(impact.targets, this.parts.writers, undo, new Date());
    if (problems.length > 0 && problems.length === impact.targets.length)
      throw new Refusal('unavailable', `nothing was marked: ${problems.join('; ')}`);
    return {
      kind,
      name,
      undo,
      dryRun,
      targets: [...impact.targets],
      inUse: impact.pods
        .filter((pod) => !isFree(facts, pod))
        .map((pod) => ({ pod: `${pod.datacenter}/${pod.name}`, use: useOf(facts, pod) })),
      problems: [...problems],
    };
  }

  #impact(world: Pass['world'], kind: DrainRequest['kind'], name: string): ReturnType<typeof drainImpact> {
    try {
      return drainImpact(world, kind, name);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      throw new Refusal('not-found', error.message, { errors: [{ field: 'name', message: error.message }] });
    }
  }

  rebalance(): Promise<RebalanceView> {
    return this.#rebalance.of('', async () => rebalanceView(this.#pass()));
  }

  approve(partition: string): boolean {
    return this.parts.sight.leads() && this.parts.forgive(partition);
  }

  clientsOf(address: string): Promise<ClientsView['clients']> {
    return this.parts.clientsOf(address);
  }
}

export const kubeControl = (parts: ControlParts): Control => new KubeControl(parts);
