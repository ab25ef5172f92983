import { Command } from 'commander';
import { type BarnHold, type PlanOfBarn, planAsBarn } from '../barn/plan-as-barn.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import { firstLook } from './first-look.js';
import { formatPlan } from './seed.js';
import { addAccessOptions } from './shared-options.js';

interface PlanOptions extends AccessOptions {
  readonly json?: boolean;
}

const DESCRIPTION =
  'Looks at the farm once and prints what a Barn that begins now would do, with its reasons, and what it would leave or let wait, and why: by the budget of replacements, the limit of moves at once, the search for a better spread and all else that holds Barn back. Nothing is done. ' +
  'Replacements of the last minute and failures in a row are in the memory of the Barns that run and in no look at the farm: what the one that leads holds back for them (BudgetSpent, PersonNeeded) is printed apart, as the status of the CacheClusters says it, with three partitions of each cache cluster by name; metrics and log of Barn have the rest. ' +
  'Ends with 0 when there is nothing to do, with 2 when there is.';

const heldLine = ({ clusterName, reason, message, datacenters }: BarnHold): string =>
  `  ! ${clusterName}: ${reason}, ${message} (said in ${datacenters.join(', ')})`;

/** For a person: the plan, and what only a Barn that has been running knows. */
export function formatPlanOfBarn({ held, ...plan }: PlanOfBarn): string {
  if (held.length === 0) return formatPlan(plan);
  const heading = 'Held back by the Barn that leads, as it said last; one that begins now would not know of it:';
  return `${formatPlan(plan)}${[heading, ...held.map(heldLine), ''].join('\n')}`;
}

export function planCommand(): Command {
  return addAccessOptions(
    new Command('plan')
      .summary('print what Barn would do now, and why')
      .description(DESCRIPTION)
      .option('--json', 'print decisions, notes and what Barn holds back as one JSON object')
      .action(async (options: PlanOptions) => {
        const access = await accessFarm(options);
        try {
          const plan = planAsBarn(access.frame, await firstLook(access), Date.now());
          process.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : formatPlanOfBarn(plan));
          if (plan.decisions.length > 0) process.exitCode = 2;
        } finally {
          access.close();
        }
      }),
  );
}
