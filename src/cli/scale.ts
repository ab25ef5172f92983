import { Command, InvalidArgumentError } from 'commander';
import { type CliIo, processIo } from './cli-io.js';
import { accessDeclared } from './declared-access.js';
import { type DeclaredOptions, dryRunOption, forceOption, modeOf } from './declared-options.js';
import { findCluster } from './declared-state.js';
import { addAccessOptions } from './shared-options.js';

interface ScaleOptions extends DeclaredOptions {
  readonly size: number;
}

/** Any whole number of nine digits: its range is the farm's to check, with the reason. */
const wholeNumber = (text: string): number => {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number of partitions, 1 to 1000');
  return Number(text);
};

export function scaleCommand(io: CliIo = processIo()): Command {
  return addAccessOptions(
    new Command('scale')
      .summary('change the number of partitions of a cache cluster')
      .argument('<cluster>', 'for example User.id')
      .requiredOption('--size <partitions>', 'new clusterSize', wholeNumber)
      .addOption(dryRunOption())
      .addOption(forceOption())
      .addHelpText(
        'after',
        '\nExamples:\n  $ cachefarm scale User.id --size 12 --dry-run\n  $ cachefarm scale User.id --size 12',
      )
      .action(async (name: string, options: ScaleOptions) => {
        const { frame, read } = await accessDeclared(options);
        const state = await read();
        const { clusterName } = findCluster(state, name);
        const wish = { kind: 'put' as const, clusterName, fields: { clusterSize: options.size } };
        const { writeDeclared } = await import('./write-declared.js');
        await writeDeclared(frame, state, [wish], modeOf(options), io);
      }),
  );
}
