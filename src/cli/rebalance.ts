import { Command, InvalidArgumentError } from 'commander';
import { declaredIn } from '../barn/seed.js';
import { type PlannedMove, planMoves } from '../plan/placement/plan-moves.js';
import { type MoveReport, reportMoves } from '../plan/placement/report-moves.js';
import { deriveFacts } from '../world/facts.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import { farmOption, stateOption } from './shared-options.js';

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

/** Gain and cost for a person: every move, then the spread before and after. */
function formatMoves(planned: readonly PlannedMove[], { before, after, keys, shareOfKeys }: MoveReport): string {
  if (planned.length === 0) return 'No move spreads better.\n';
  const lines = planned.map(
    ({ partition, from, to, cost }) =>
      `${partition}: ${from.name} on ${from.machine} (${from.datacenter}) -> ${to.name} on ${to.machine} (${to.datacenter}), ${percent(cost.share)} of its cache cluster`,
  );
  const excess = (level: 'datacenter' | 'machine'): string => `${before[level].worst} -> ${after[level].worst}`;
  return [
    ...lines,
    `Worst excess over the bound: ${excess('datacenter')} in a datacenter, ${excess('machine')} on a machine.`,
    `Cost: ${keys} keys are copied, ${percent(shareOfKeys)} of all. Barn makes these moves by itself, one after the other, when nothing else is to be done.`,
    '',
  ].join('\n');
}

export function rebalanceCommand(): Command {
  return new Command('rebalance')
    .summary('show the moves that would spread the cache clusters better, with gain and cost')
    .description(
      'Plans voluntary moves and prints them; nothing is done. Ends with 0 when no move spreads better, with 2 when one does.',
    )
    .option('--max <moves>', 'so many moves at the most', moves, 20)
    .option('--json', 'print moves and report as one JSON object')
    .addOption(stateOption())
    .addOption(farmOption())
    .action(async (options: RebalanceOptions) => {
      const access = await accessFarm(options);
      try {
        const world = await access.observe();
        const farm = declaredIn(access.frame, world);
        const facts = deriveFacts(farm, world);
        const planned = planMoves(farm, world, facts, { maxMoves: options.max, upTo: 'machine' });
        const report = reportMoves(farm, world, facts, planned);
        process.stdout.write(
          options.json ? `${JSON.stringify({ moves: planned, ...report })}\n` : formatMoves(planned, report),
        );
        if (planned.length > 0) process.exitCode = 2;
      } finally {
        access.close();
      }
    });
}
