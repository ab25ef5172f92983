import { Command } from 'commander';
import { planOnce } from '../barn/seed.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import { formatPlan } from './seed.js';
import { addAccessOptions } from './shared-options.js';

interface PlanOptions extends AccessOptions {
  readonly json?: boolean;
}

export function planCommand(): Command {
  return addAccessOptions(
    new Command('plan')
      .summary('print what Barn would do now, and why')
      .description(
        'Looks at the farm once and prints the plan with its reasons, also for what is left alone. Nothing is done. Ends with 0 when there is nothing to do, with 2 when there is.',
      )
      .option('--json', 'print the decisions and notes as one JSON object')
      .action(async (options: PlanOptions) => {
        const access = await accessFarm(options);
        try {
          const plan = planOnce(access.frame, await access.observe(), 0, Date.now());
          process.stdout.write(options.json ? `${JSON.stringify(plan)}\n` : formatPlan(plan));
          if (plan.decisions.length > 0) process.exitCode = 2;
        } finally {
          access.close();
        }
      }),
  );
}
