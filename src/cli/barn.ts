import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { CONTROLLERS } from '../plan/epoch.js';
import { ENV } from '../farm/words.js';
import { accessFarm, type AccessOptions } from './farm-access.js';
import { runBarn } from './run-barn.js';
import { farmOption, stateOption } from './shared-options.js';
import { untilSignal } from './until-signal.js';

interface BarnCommandOptions extends AccessOptions {
  readonly listen?: string;
  readonly level: string;
}

/** `127.0.0.1:9180` -> host and port */
function endpoint(text: string): string {
  const port = Number(text.slice(text.lastIndexOf(':') + 1));
  if (!text.includes(':') || !Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('expected <host>:<port>');
  return text;
}

export function barnCommand(): Command {
  return new Command('barn')
    .summary('keep the farm as declared, until it is stopped')
    .description('The control loop: observes, plans and acts; replaces dead partitions, re-arms standbys, follows every change of the declared state. SIGTERM lets what is under way end first.')
    .option('--listen <host:port>', 'where /healthz, /readyz and /metrics answer (default: in a pod 0.0.0.0 and the port of the farm, else nowhere)', endpoint)
    .option('--level <level>', 'least level that is logged: debug, info, warn or error', 'info')
    .addOption(stateOption())
    .addOption(farmOption())
    .action(async (options: BarnCommandOptions) => {
      const access = await accessFarm(options);
      const { createVoice, serveHealth } = await import('../voice/index.js');
      const voice = createVoice({ farm: access.frame.name, out: process.stdout, level: options.level, now: () => Date.now() });
      const running = runBarn(access, { controller: randomInt(CONTROLLERS), told: (event) => voice.told(event) });
      const inPod = process.env[ENV.farm] !== undefined;
      const listen = options.listen ?? (inPod ? `0.0.0.0:${access.frame.barnPort}` : undefined);
      const colon = listen?.lastIndexOf(':') ?? 0;
      const health = listen === undefined ? undefined : await serveHealth({ host: listen.slice(0, colon), port: Number(listen.slice(colon + 1)), voice });
      try {
        await untilSignal();
      } finally {
        await running.stop();
        await health?.close();
        access.close();
      }
    });
}
