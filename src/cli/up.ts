import { Command } from 'commander';
import { NAME } from '../farm/words.js';
import type { EmbeddedFarm } from '../local/embedded-farm.js';
import type { Server } from '../local/server-programs.js';
import { loadFarm } from './load-farm.js';
import { farmOption, serverOption, stateOption } from './shared-options.js';
import { placeWords, stateFolder } from './state-folder.js';
import { untilSignal } from './until-signal.js';

interface UpOptions {
  readonly farm: string;
  readonly state?: string;
  readonly server: Server;
  readonly seed: boolean;
  readonly barn: boolean;
}

/** Ready, seeded, kept as declared; then says how to look at it. @throws Error also when the farm is stopped meanwhile */
async function bringUp(embedded: EmbeddedFarm, options: UpOptions, log: (line: string) => void): Promise<void> {
  const [{ awaitFarm, runSeedJob }, { pageAddress }] = await Promise.all([
    import('./start-farm.js'),
    import('./page-address.js'),
  ]);
  await awaitFarm(embedded, log);
  if (options.seed) log(`seeded in ${await runSeedJob(embedded)} ms`);
  if (options.barn) embedded.startDeployment(NAME.barn);
  const place = placeWords(options.state, { name: embedded.frame.name, state: embedded.state });
  const page = options.barn ? await pageAddress(embedded) : undefined;
  if (embedded.stopped) return;
  log(`look at it: cachefarm get partitions${place}; KUBECONFIG=${embedded.kubeconfig}; Ctrl-C ends it`);
  if (page !== undefined) log(`the page: ${page}`);
}

export function upCommand(): Command {
  return new Command('up')
    .summary('run a whole farm on this machine')
    .description(
      'Synthesizes a farm and runs its manifests as real Redis and Sentinel processes on loopback addresses, until Ctrl-C.',
    )
    .option('--no-seed', 'do not run the seed Job')
    .option('--no-barn', 'do not run Barn, which keeps the farm as declared')
    .addOption(farmOption())
    .addOption(stateOption())
    .addOption(serverOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ cachefarm up\n  $ cachefarm get partitions        # in another terminal\n  $ cachefarm up --farm ./my-farm.js --state /tmp/my-farm',
    )
    .action(async (options: UpOptions) => {
      const { beginFarm } = await import('./start-farm.js');
      const log = (line: string): void => void process.stderr.write(`${line}\n`);
      const farm = await loadFarm(options.farm);
      const stopped = untilSignal();
      const embedded = await beginFarm({
        farm,
        state: stateFolder(options.state, farm.name),
        log,
        server: options.server,
      });
      try {
        // Heeded at any time: what waits meanwhile ends with the farm.
        await Promise.race([stopped, bringUp(embedded, options, log)]);
        log(`${await stopped}: stopping`);
      } finally {
        await embedded.stop();
      }
    });
}
