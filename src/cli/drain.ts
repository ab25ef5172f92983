import { Argument, Command, Option } from 'commander';
import { declaredIn } from '../barn/seed.js';
import { ANNOTATION } from '../farm/words.js';
import { deriveFacts } from '../world/facts.js';
import { CliError } from './cli-error.js';
import { type CliIo, processIo } from './cli-io.js';
import { writersOf } from './declared-access.js';
import { dryRunOption } from './declared-options.js';
import { type DrainKind, drainImpact, impactText } from './drain-impact.js';
import { waitUntilEmpty } from './drain-wait.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import { firstLook } from './first-look.js';
import { markDrain } from './mark-drain.js';
import { seconds } from './seconds.js';
import { addAccessOptions } from './shared-options.js';

interface DrainOptions extends AccessOptions {
  readonly undo?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  /** s */
  readonly timeout: number;
}

const HELP = `
Marks machines or a pod with the annotation ${ANNOTATION.drain}; Barn then moves what is there to
idle pods elsewhere, warm and within its budget, and puts nothing new there. Nothing is deleted.
With --wait it ends with 0 when nothing is left there, with 1 when the time is over, and says what is left and why.

Examples:
  $ cachefarm drain machine a-m3 --dry-run
  $ cachefarm drain machine a-m3 --wait --timeout 300
  $ cachefarm drain datacenter b
  $ cachefarm drain pod a/redis-m1-6378-0
  $ cachefarm drain machine a-m3 --undo`;

async function drain(kind: DrainKind, name: string, options: DrainOptions, io: CliIo): Promise<void> {
  const access = await accessFarm(options);
  try {
    const world = await firstLook(access);
    const farm = declaredIn(access.frame, world);
    const impact = drainImpact(world, kind, name);
    // Taken back, nothing has to move.
    if (!options.undo) io.out(`${kind} ${name}: ${impactText(farm, world, deriveFacts(farm, world), impact)}`);
    if (options.dryRun) {
      io.out('dry run: nothing was changed\n');
      return;
    }
    const writers = await writersOf(access.frame, options);
    const unmarked = await markDrain(impact.targets, writers, options.undo ?? false, new Date());
    const done = impact.targets.length - unmarked.length;
    if (unmarked.length > 0)
      throw new CliError(
        [
          `${done} of ${impact.targets.length} marked; these not, run it again:`,
          ...unmarked.map((one) => `  ${one}`),
        ].join('\n'),
      );
    io.out(options.undo ? `${kind} ${name} is taken back into use\n` : `${kind} ${name} is being emptied since now\n`);
    if (options.wait)
      await waitUntilEmpty(
        access,
        { what: `${kind} ${name}`, targets: impact.targets, timeoutMs: options.timeout * 1_000 },
        io,
      );
  } finally {
    access.close();
  }
}

export function drainCommand(io: CliIo = processIo()): Command {
  return addAccessOptions(
    new Command('drain')
      .summary('empty a machine, a datacenter or a pod, warm')
      .addArgument(new Argument('<kind>').choices(['machine', 'datacenter', 'pod']))
      .argument('<name>', 'a pod as <datacenter>/<pod>')
      .option('--undo', 'take it back into use')
      .addOption(dryRunOption())
      .addOption(new Option('--wait', 'until nothing is left there').conflicts(['undo', 'dryRun']))
      .option('--timeout <seconds>', 'for --wait', seconds, 600)
      .addHelpText('after', HELP)
      .action((kind: DrainKind, name: string, options: DrainOptions) => drain(kind, name, options, io)),
  );
}
