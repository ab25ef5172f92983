import { Command, InvalidArgumentError } from 'commander';
import { declaredIn } from '../barn/seed.js';
import type { Farm } from '../farm/model.js';
import { nextMasterMove, nextMemberMove } from '../plan/decisions/spread-members.js';
import { IdleReserve } from '../plan/idle-reserve.js';
import type { MemberMove } from '../plan/placement/member-places.js';
import { type PlannedMove, planMoves } from '../plan/placement/plan-moves.js';
import { type MoveReport, reportMoves } from '../plan/placement/report-moves.js';
import { startPlanning, UNLIMITED } from '../plan/planning.js';
import { deriveFacts, type PartitionFact } from '../world/facts.js';
import type { RedisPod, World } from '../world/model.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import { firstLook } from './first-look.js';
import { addAccessOptions } from './shared-options.js';

interface RebalanceOptions extends AccessOptions {
  readonly max: number;
  readonly json?: boolean;
}

const moves = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1_000)
    throw new InvalidArgumentError('expected a number of moves, 1 to 1000');
  return value;
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The next step that replicated partitions ask for; Barn looks for another one when it is done. */
interface Replicated {
  /** a pod that makes way: its successor joins, is in step, and only then it leaves */
  readonly member?: MemberMove;
  /** a partition whose master is one of too many in its datacenter */
  readonly master?: PartitionFact;
  /** tiers whose idle pods are kept for the loss of a machine: nothing of theirs moves for the spread's sake */
  readonly heldTiers: readonly string[];
}

function replicatedStep(farm: Farm, world: World): Replicated {
  const planning = startPlanning({
    declared: farm,
    world,
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: 0,
    controller: 0,
  });
  const reserve = new IdleReserve(planning);
  const member = nextMemberMove(planning);
  const master = member ? undefined : nextMasterMove(planning);
  return {
    ...(member ? { member } : {}),
    ...(master ? { master } : {}),
    heldTiers: farm.tiers.map(({ name }) => name).filter((name) => reserve.spare(name) <= 0),
  };
}

const placeText = ({ name, machine, datacenter }: RedisPod): string => `${name} on ${machine} (${datacenter})`;

function replicatedLines({ member, master, heldTiers }: Replicated): readonly string[] {
  return [
    ...(member
      ? [`${member.partition.name}: ${placeText(member.from)} -> ${placeText(member.to)}, one of its copies`]
      : []),
    ...(master ? [`${master.name}: its master in ${master.at?.datacenter} hands over to a replica elsewhere`] : []),
    ...(heldTiers.length > 0
      ? [`Held back in ${heldTiers.join(', ')}: idle pods are kept for the loss of a machine (ReserveKept).`]
      : []),
  ];
}

const hasStep = ({ member, master }: Replicated): boolean => member !== undefined || master !== undefined;

/** For programs: names and pods only. */
const stepJson = ({ member, master, heldTiers }: Replicated): unknown => ({
  ...(member ? { member: { partition: member.partition.name, from: member.from, to: member.to } } : {}),
  ...(master ? { master: master.name } : {}),
  heldTiers,
});

/** Gain and cost for a person: every move, then the spread before and after. */
function formatMoves(
  planned: readonly PlannedMove[],
  { before, after, keys, shareOfKeys }: MoveReport,
  replicated: Replicated,
): string {
  const more = replicatedLines(replicated);
  if (planned.length === 0)
    return [...(hasStep(replicated) ? [] : ['No move spreads better.']), ...more, ''].join('\n');
  const lines = planned.map(
    ({ partition, from, to, cost }) =>
      `${partition}: ${placeText(from)} -> ${placeText(to)}, ${percent(cost.share)} of its cache cluster`,
  );
  const excess = (level: 'datacenter' | 'machine'): string => `${before[level].worst} -> ${after[level].worst}`;
  return [
    ...lines,
    `Worst excess over the bound: ${excess('datacenter')} in a datacenter, ${excess('machine')} on a machine.`,
    `Cost: ${keys} keys are copied, ${percent(shareOfKeys)} of all. Barn makes these moves by itself, one after the other, when nothing else is to be done.`,
    ...more,
    '',
  ].join('\n');
}

export function rebalanceCommand(): Command {
  return addAccessOptions(
    new Command('rebalance')
      .summary('show the moves that would spread the cache clusters better, with gain and cost')
      .description(
        'Plans voluntary moves and prints them; nothing is done. Ends with 0 when no move spreads better, with 2 when one does.',
      )
      .option('--max <moves>', 'so many moves at the most', moves, 20)
      .option('--json', 'print moves and report as one JSON object')
      .action(async (options: RebalanceOptions) => {
        const access = await accessFarm(options);
        try {
          const world = await firstLook(access);
          const farm = declaredIn(access.frame, world);
          const facts = deriveFacts(farm, world);
          const planned = planMoves(farm, world, facts, { maxMoves: options.max, upTo: 'machine' });
          const report = reportMoves(farm, world, facts, planned);
          const replicated = replicatedStep(farm, world);
          process.stdout.write(
            options.json
              ? `${JSON.stringify({ moves: planned, ...report, replicated: stepJson(replicated) })}\n`
              : formatMoves(planned, report, replicated),
          );
          if (planned.length > 0 || hasStep(replicated)) process.exitCode = 2;
        } finally {
          access.close();
        }
      }),
  );
}
