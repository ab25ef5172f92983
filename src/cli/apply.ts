import { Command } from 'commander';
import { type CliIo, processIo } from './cli-io.js';
import { accessDeclared } from './declared-access.js';
import { type DeclaredOptions, dryRunOption, forceOption, modeOf } from './declared-options.js';
import { addAccessOptions } from './shared-options.js';

interface ApplyOptions extends DeclaredOptions {
  readonly filename: readonly string[];
}

const HELP = `
A file holds one or more YAML documents or JSON: CacheCluster objects as in dist/all, or bare
records as in cacheClusters of the farm. What a file leaves out stays as it is, null takes a value
back to its default; a cache cluster keeps the sentinel group it has. The whole farm is checked as
at synth before anything is written.

Examples:
  $ cachefarm apply -f cluster.yaml --dry-run
  $ cachefarm apply -f user.yaml -f session.json
  $ echo '{clusterName: User.feed, clusterSize: 6, tier: M1}' | cachefarm apply -f -`;

export function applyCommand(io: CliIo = processIo()): Command {
  return addAccessOptions(
    new Command('apply')
      .summary('declare cache clusters: make them, or change them')
      .requiredOption(
        '-f, --filename <file>',
        'YAML or JSON; - is stdin; may be given several times',
        (file: string, files: readonly string[] | undefined) => [...(files ?? []), file],
      )
      .addOption(dryRunOption())
      .addOption(forceOption())
      .addHelpText('after', HELP)
      .action(async (options: ApplyOptions) => {
        // Loaded only here: parser and checks cost what no other command should pay.
        const { readFiles, readWishes } = await import('./cluster-files.js');
        const texts = await readFiles(options.filename, io.stdin);
        const { frame, read } = await accessDeclared(options);
        const wishes = readWishes(frame, texts);
        const { writeDeclared } = await import('./write-declared.js');
        await writeDeclared(frame, await read(), wishes, modeOf(options), io);
      }),
  );
}
