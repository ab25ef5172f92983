/** Watches what Barns decide: who leads, on whose word, and how much at once. */
import type { BarnEvent } from '../../src/barn/barn-event.js';
import { parsePartitionName } from '../../src/farm/words.js';
import type { Action } from '../../src/plan/action.js';
import type { Reason } from '../../src/plan/reasons.js';
import type { World } from '../../src/world/model.js';
import { BudgetWitness } from './budget-witness.js';
import { DeathWitness } from './death-witness.js';
import type { SimBarn } from './sim-barn.js';
import type { SimFarm } from './sim-farm.js';
import { majorityOf } from './truth.js';
import type { Broken } from './violation.js';

type Decision = Extract<BarnEvent, { kind: 'decided' }>['decision'];

/** a pod is called dead */
const DEATHS: ReadonlySet<Reason> = new Set<Reason>(['PodCrashed', 'PodSilent']);
/** a partition gets another pod at once: they share one budget */
const REPLACEMENTS: ReadonlySet<Reason> = new Set<Reason>([
  'PodCrashed',
  'PodSilent',
  'PodClaimedByOther',
  'ReplicaPromoted',
]);
/** a partition moves though its pod is well */
const VOLUNTARY: ReadonlySet<Reason> = new Set<Reason>(['Draining', 'TierDiffers', 'PlacementDiffers', 'SpreadBetter']);

const sentinelsOf = (action: Action): readonly string[] => {
  if (action.kind === 'switch-name' || action.kind === 'hand-over')
    return action.sentinels.map(({ address }) => address);
  return 'sentinel' in action ? [action.sentinel.address] : [];
};

/** Pods that it changes, and the partition whose name it changes. */
const keysOf = ({ subject, actions }: Decision): readonly string[] => [
  ...(actions.some((action) => sentinelsOf(action).length > 0) ? [subject] : []),
  ...actions.flatMap((action) => ('pod' in action ? [action.pod.address] : [])),
];

const isMoving = ({ kind }: Action): boolean => kind === 'switch-name' || kind === 'hand-over';

export class BarnInvariants {
  readonly #witness: DeathWitness;
  readonly #budgets: BudgetWitness;
  readonly #terms = new Map<number, SimBarn>();
  /** a Barn's life -> subjects and pods of what is under way -> in which event that was decided */
  readonly #working = new WeakMap<SimBarn, Map<string, number>>();
  /** what a pass saw, and in which event it was told: what is decided in another one comes of a look, which has heard the sentinels itself */
  readonly #passes = new Map<SimBarn, { readonly world: World; readonly events: number; begun: number }>();

  constructor(
    readonly farm: SimFarm,
    readonly broken: Broken,
  ) {
    this.#witness = new DeathWitness(farm);
    this.#budgets = new BudgetWitness(farm);
  }

  watchLeaders(): void {
    let first: SimBarn | undefined;
    for (const { barn } of this.farm.barnPlaces) {
      if (barn?.leads !== true) continue;
      if (first) {
        const both = [first, barn].map(({ identity, term }) => `${identity} in term ${term}`);
        this.broken('one-leader', `${both.join(' and ')} lead`);
      }
      first ??= barn;
      const known = this.#terms.get(barn.term);
      if (known !== undefined && known.identity !== barn.identity)
        this.broken('one-leader', `term ${barn.term} is of ${known.identity} and of ${barn.identity}`);
      this.#terms.set(barn.term, barn);
    }
  }

  told(barn: SimBarn, event: BarnEvent): void {
    if (event.kind === 'failed')
      this.broken(
        'barn-goes-on',
        `${barn.identity}: ${event.error instanceof Error ? (event.error.stack ?? '') : event.error}`,
      );
    const { events } = this.farm.scheduler;
    if (event.kind === 'pass') {
      this.#passes.set(barn, { world: event.world, events, begun: 0 });
      this.#budgets.passed(barn, event);
    }
    if (event.kind === 'decided') {
      this.#begun(barn, event.decision);
      this.#decided(barn, event.decision);
    }
    if (event.kind === 'ended') this.#budgets.ended(barn, event.decision);
    if (event.kind === 'ended') for (const key of keysOf(event.decision)) this.#underWay(barn).delete(key);
  }

  #underWay(barn: SimBarn): Map<string, number> {
    const known = this.#working.get(barn) ?? new Map<string, number>();
    this.#working.set(barn, known);
    return known;
  }

  /** One pass may decide several things about one subject. */
  #begun(barn: SimBarn, decision: Decision): void {
    const underWay = this.#underWay(barn);
    const { events } = this.farm.scheduler;
    for (const key of keysOf(decision)) {
      if ((underWay.get(key) ?? events) !== events)
        this.broken(
          'one-at-a-time',
          `${barn.identity} decides ${decision.reason} for ${decision.subject} while ${key} is under way`,
        );
      underWay.set(key, events);
    }
  }

  #decided(barn: SimBarn, decision: Decision): void {
    const { reason, subject, actions } = decision;
    if (!barn.leads) this.broken('one-leader', `${barn.identity} does not lead and decides ${reason} for ${subject}`);
    const group = this.farm.groupOf(subject);
    if (DEATHS.has(reason)) {
      const from = actions.find((action) => action.kind === 'switch-name')?.from;
      const alive = from === undefined ? undefined : this.#witness.aliveness(subject, from, group?.name);
      if (alive !== undefined)
        this.broken('unknown-is-not-dead', `${barn.identity} replaces ${subject}: ${reason}; ${alive}`);
    }
    this.#budgets.begun(barn, subject);
    if (REPLACEMENTS.has(reason)) this.#countReplacement(barn, decision);
    const pass = this.#passes.get(barn);
    if (pass?.events !== this.farm.scheduler.events) return;
    if (VOLUNTARY.has(reason)) this.#countMove(barn, decision, pass);
    if (group) this.#checkMajority(barn, decision, group, pass.world);
  }

  #checkMajority(
    barn: SimBarn,
    { reason, subject, actions }: Decision,
    group: { readonly name: string; readonly size: number },
    world: World,
  ): void {
    const told = actions.filter((action) => sentinelsOf(action).length > 0);
    if (told.length === 0) return;
    const seen = world.groups.find(({ name }) => name === group.name)?.sentinels ?? [];
    const up = seen.filter((sentinel) => sentinel.state === 'up');
    const counted = up.filter((sentinel) => !sentinel.tilt).length;
    // TiltEnded is written to sentinels that are no voters because of it.
    if (counted < majorityOf(group.size) && reason !== 'TiltEnded')
      this.broken(
        'majority-acts',
        `${barn.identity} acts on ${subject} (${reason}) with ${counted} of ${group.size} sentinels`,
      );
    for (const address of told.filter(isMoving).flatMap(sentinelsOf))
      if (up.some((sentinel) => sentinel.address === address && sentinel.tilt))
        this.broken('tilted-is-left-alone', `${barn.identity} writes ${subject} to ${address}, which is tilted`);
  }

  /** Its own, and what others did before its eyes: a takeover gives nothing back. */
  #countReplacement(barn: SimBarn, { subject, reason, actions }: Decision): void {
    const clusterName = parsePartitionName(subject)?.clusterName ?? '';
    const to = actions.find((action) => action.kind === 'switch-name');
    this.#budgets.replaced(barn, {
      partition: subject,
      from: to?.from ?? '',
      to: to?.pod.address ?? '',
      isDeath: DEATHS.has(reason),
    });
    const { limits } = barn.window;
    const size = this.farm.farm.cacheClusters.find((one) => one.clusterName === clusterName)?.clusterSize ?? 0;
    const allowed = Math.max(limits.least, Math.ceil(size * limits.share));
    const { own, others } = this.#budgets.count(barn, clusterName);
    if (own + others > allowed)
      this.broken(
        'budget-kept',
        `${barn.identity} replaces ${own} of ${clusterName} within a minute, after ${others} that it saw replaced`,
      );
  }

  /** Partitions that move, by what the pass saw, and those that it begins with. */
  #countMove(barn: SimBarn, { subject, actions, reason }: Decision, pass: { world: World; begun: number }): void {
    const begins = actions.some((action) => action.kind === 'claim-pod' && action.claim.kind === 'incoming');
    if (!begins) return;
    pass.begun++;
    const moving = new Set<string>();
    for (const { instance } of pass.world.pods)
      if (instance.state === 'up' && instance.claim?.kind === 'incoming') moving.add(instance.claim.partition);
    const { moves } = barn.window.limits;
    if (moving.size + pass.begun > moves)
      this.broken(
        'budget-kept',
        `${barn.identity} begins to move ${subject} (${reason}) while ${moving.size + pass.begun - 1} of ${moves} move`,
      );
  }
}
