import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { CliError } from './cli-error.js';
import { type CliIo, processIo } from './cli-io.js';
import { accessDeclared } from './declared-access.js';
import { type DeclaredOptions, dryRunOption, forceOption, modeOf } from './declared-options.js';
import { findCluster, findDeleted } from './declared-state.js';
import { addAccessOptions } from './shared-options.js';

interface DeleteOptions extends DeclaredOptions {
  readonly yes?: boolean;
}

/** @throws CliError when nobody can be asked, or the answer is another */
async function confirm(clusterName: string, partitions: number, io: CliIo): Promise<void> {
  const loss = `ends its ${partitions} partition${partitions === 1 ? '' : 's'} and loses what they cache`;
  if (!io.stdin.isTTY)
    throw new CliError(`deleting ${clusterName} ${loss}; say so with --yes, or look first with --dry-run`, 2);
  io.err(`Deleting ${clusterName} ${loss}.\nType its name to go on: `);
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    // The first line, or none when the input ends.
    for await (const line of lines) {
      if (line.trim() === clusterName) return;
      break;
    }
    throw new CliError('its name was not typed: nothing was changed');
  } finally {
    lines.close();
  }
}

export function deleteCommand(io: CliIo = processIo()): Command {
  return addAccessOptions(
    new Command('delete')
      .summary('end a cache cluster: its pods become idle')
      .argument('<cluster>', 'for example User.id')
      .option('-y, --yes', 'do not ask')
      .addOption(dryRunOption())
      .addOption(forceOption())
      .addHelpText('after', '\nExamples:\n  $ cachefarm delete Session --dry-run\n  $ cachefarm delete Session --yes')
      .action(async (name: string, options: DeleteOptions) => {
        const { frame, read } = await accessDeclared(options);
        const state = await read();
        const mode = modeOf(options);
        const ended = findDeleted(state, name);
        const cluster = ended === undefined ? findCluster(state, name) : undefined;
        const clusterName = cluster?.clusterName ?? ended ?? name;
        if (cluster && !mode.dryRun && !options.yes) await confirm(clusterName, Number(cluster.spec.clusterSize), io);
        const { writeDeclared } = await import('./write-declared.js');
        await writeDeclared(frame, state, [{ kind: 'delete', clusterName }], mode, io);
      }),
  );
}
