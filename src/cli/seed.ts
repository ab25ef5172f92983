import { Command } from 'commander';
import { planOnce, type SeedPass } from '../barn/seed.js';
import type { Plan } from '../plan/action.js';
import { REASONS } from '../plan/reasons.js';
import { awaitKubeconfig } from './await-kubeconfig.js';
import { type AccessOptions, accessFarm, type FarmAccess } from './farm-access.js';
import { firstLook } from './first-look.js';
import { locateFarm } from './locate-farm.js';
import { seconds } from './seconds.js';
import { seedFarm } from './seed-farm.js';
import { farmOption, stateOption } from './shared-options.js';

interface SeedOptions extends AccessOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly timeout: number;
}

/** A plan for a person: each reason once with its sentence, then what it means for whom. */
export function formatPlan(plan: Plan): string {
  const lines: string[] = [];
  const section = (
    entries: readonly { reason: keyof typeof REASONS; subject: string; detail: string }[],
    mark: string,
  ): void => {
    for (const reason of new Set(entries.map((entry) => entry.reason))) {
      lines.push(`${reason}: ${REASONS[reason]}`);
      for (const entry of entries)
        if (entry.reason === reason) lines.push(`  ${mark} ${entry.subject}: ${entry.detail}`);
    }
  };
  section(plan.decisions, '+');
  section(plan.notes, '!');
  const actions = plan.decisions.reduce((sum, decision) => sum + decision.actions.length, 0);
  lines.push(
    actions === 0
      ? 'Nothing to do.'
      : `${plan.decisions.length} decisions, ${actions} actions. Names are written in the pass after their pods are open.`,
  );
  return `${lines.join('\n')}\n`;
}

export function formatPass({ number, progress, receipts }: SeedPass): string {
  const count = (status: string): number => receipts.filter((receipt) => receipt.status === status).length;
  const failed = receipts.find((receipt) => receipt.status === 'Failed');
  return (
    `pass ${number}: ${progress.serving}/${progress.declared} serving, ${progress.named}/${progress.declared} named, ${progress.armed}/${progress.toArm} armed; ` +
    `${count('Done')} done, ${count('Stale')} stale, ${count('Failed')} failed${failed ? ` (${failed.action.kind}: ${failed.reason})` : ''}\n`
  );
}

async function dryRun(access: FarmAccess): Promise<void> {
  process.stdout.write(formatPlan(planOnce(access.frame, await firstLook(access), 0, Date.now())));
}

/** SIGINT and SIGTERM end the seed between two actions; what was done stays, the next seed goes on from there. */
function stopOnSignal(): () => boolean {
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopped = true;
    });
  }
  return () => stopped;
}

/** The seed cannot settle what it does not see, and nothing else would say why. */
const unseen = ({ frame, endpoints }: FarmAccess): readonly string[] =>
  frame.datacenters
    .filter(({ name }) => !endpoints.some(({ datacenter }) => datacenter === name))
    .map(({ name, context }) => `datacenter ${name} is not seen: the kubeconfig has no context ${context}`);

export function seedCommand(): Command {
  return new Command('seed')
    .summary('bind every declared partition once, then end')
    .description(
      'Observes, plans and acts until every declared partition is bound in every sentinel of its group and its standby is armed. May be run again, or be killed and run again, at any time.',
    )
    .option('--dry-run', 'print the first plan with its reasons and do nothing')
    .option('--json', 'print the result as one JSON object')
    .option('--timeout <seconds>', 'give up after so long', seconds, 600)
    .addOption(stateOption())
    .addOption(farmOption())
    .action(async (options: SeedOptions) => {
      const start = performance.now();
      const { frame } = await locateFarm(options);
      await awaitKubeconfig(frame, process.env, {
        timeoutMs: options.timeout * 1_000,
        say: (line) => void process.stderr.write(`${line}\n`),
        now: () => performance.now(),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      });
      const timeoutMs = Math.max(1_000, options.timeout * 1_000 - (performance.now() - start));
      const access = await accessFarm(options);
      for (const line of unseen(access)) process.stderr.write(`${line}\n`);
      try {
        if (options.dryRun) return await dryRun(access);
        const onPass = (pass: SeedPass): boolean => process.stderr.write(formatPass(pass));
        const result = await seedFarm(access, { timeoutMs, onPass, stopped: stopOnSignal() });
        const ms = Math.round(result.ms);
        if (options.json)
          process.stdout.write(
            `${JSON.stringify({ ...result.progress, settled: result.settled, passes: result.passes, ms })}\n`,
          );
        else
          process.stdout.write(
            `${result.settled ? 'Seeded' : 'Not seeded'}: ${result.progress.serving} of ${result.progress.declared} partitions serve, ${result.progress.armed} of ${result.progress.toArm} standbys armed, in ${ms} ms\n`,
          );
        for (const note of result.notes) process.stderr.write(`${note.reason} ${note.subject}: ${note.detail}\n`);
        if (!result.settled) process.exitCode = 1;
      } finally {
        access.close();
      }
    });
}
