import { Command, InvalidArgumentError } from 'commander';
import { NAME } from '../farm/words.js';
import type { Server } from '../local/server-programs.js';
import { loadFarm } from './load-farm.js';
import { farmOption, serverOption, stateOption } from './shared-options.js';
import { stateFolder } from './state-folder.js';
import { untilSignal } from './until-signal.js';

interface DemoOptions {
  readonly farm: string;
  readonly state?: string;
  readonly server: Server;
  readonly for?: number;
  readonly json?: boolean;
}

const seconds = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 1 || value > 86_400)
    throw new InvalidArgumentError('expected seconds, 1 to 86400');
  return value;
};

export function demoCommand(): Command {
  return new Command('demo')
    .summary('run a farm, seed it, and read and write through it')
    .option('--for <seconds>', 'end by itself after so long; status 0 only if every declared partition served', seconds)
    .option('--json', 'print one JSON object on stdout, all else on stderr')
    .addOption(farmOption())
    .addOption(stateOption())
    .addOption(serverOption())
    .action(async (options: DemoOptions) => {
      const farm = await loadFarm(options.farm);
      // Loaded only here: cdk8s and ioredis cost most of a second that no other command should pay.
      const [{ runDemo }, { awaitFarm, beginFarm, runSeedJob }] = await Promise.all([
        import('./demo-run.js'),
        import('./start-farm.js'),
      ]);
      const stopped = untilSignal();
      const log = (line: string): void => void process.stderr.write(`${line}\n`);
      const embedded = await beginFarm({
        farm,
        state: stateFolder(options.state, farm.name),
        log,
        server: options.server,
      });
      try {
        const seeded = awaitFarm(embedded, log).then(() => runSeedJob(embedded));
        const seedMs = await Promise.race([stopped.then(() => undefined), seeded]);
        if (seedMs === undefined) {
          log(`${await stopped}: stopping`);
          process.exitCode = 1;
          return;
        }
        log(`seeded by the Job of the manifests in ${seedMs} ms`);
        embedded.startDeployment(NAME.barn);
        const report = await runDemo(embedded, seedMs, { ...options, stopped });
        process.stdout.write(
          options.json
            ? `${JSON.stringify(report)}\n`
            : `${report.partitionsServing} of ${report.partitionsDeclared} partitions serve; excess over the lower bound: ${report.excessDatacenter} in a datacenter, ${report.excessMachine} on a machine\n`,
        );
        const safe = (report.doubleBound ?? 0) === 0 && (report.wrongPodWrites ?? 0) === 0;
        if (report.partitionsServing !== report.partitionsDeclared || !safe) process.exitCode = 1;
      } finally {
        await embedded.stop();
      }
    });
}
