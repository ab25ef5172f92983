import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ENV, splitAddress } from '../farm/words.js';
import { CONTROLLERS } from '../plan/epoch.js';
import type { LogLevel } from '../voice/index.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import { runBarn } from './run-barn.js';
import { farmOption, stateOption } from './shared-options.js';
import { untilSignal } from './until-signal.js';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

interface BarnCommandOptions extends AccessOptions {
  readonly listen?: string;
  readonly level: LogLevel;
}

/** `127.0.0.1:9180` -> host and port */
function endpoint(text: string): string {
  const { port } = splitAddress(text);
  if (!text.includes(':') || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('expected <host>:<port>');
  return text;
}

export function barnCommand(): Command {
  return new Command('barn')
    .summary('keep the farm as declared, until it is stopped')
    .description(
      'The control loop: observes, plans and acts; replaces dead partitions, re-arms standbys, follows every change of the declared state. SIGTERM lets what is under way end first.',
    )
    .option(
      '--listen <host:port>',
      'where /healthz, /readyz and /metrics answer (default: in a pod its address and the port of the farm, else nowhere)',
      endpoint,
    )
    .addOption(new Option('--level <level>', 'least level that is logged').choices(LEVELS).default('info'))
    .addOption(stateOption())
    .addOption(farmOption())
    .action(async (options: BarnCommandOptions) => {
      const access = await accessFarm(options);
      const { createVoice, serveHealth } = await import('../voice/index.js');
      const voice = createVoice({
        farm: access.frame.name,
        out: process.stdout,
        level: options.level,
        now: () => Date.now(),
        secrets: Object.values(access.credentials),
        processMetrics: true,
      });
      const running = runBarn(access, { controller: randomInt(CONTROLLERS), told: (event) => voice.told(event) });
      const inPod = process.env[ENV.farm] !== undefined;
      const listen =
        options.listen ?? (inPod ? `${process.env[ENV.ip] ?? '0.0.0.0'}:${access.frame.barnPort}` : undefined);
      const health = listen === undefined ? undefined : await serveHealth({ ...splitAddress(listen), ...voice });
      try {
        voice.say('info', `${await untilSignal()}: stopping`);
      } finally {
        await running.stop();
        await health?.close();
        access.close();
      }
    });
}
