import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { RunningApi } from '../api/parts.js';
import type { FarmFrame } from '../farm/model.js';
import { ENV, NAME, splitAddress } from '../farm/words.js';
import type { LogLevel } from '../voice/index.js';
import { barnSight } from './api-sight.js';
import { missingKubeconfig } from './await-kubeconfig.js';
import { locateFarm } from './locate-farm.js';
import type { AccessOptions } from './located-farm.js';
import { pageAt, servePage } from './serve-page.js';
import { farmOption, stateOption } from './shared-options.js';
import { untilSignal } from './until-signal.js';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

interface BarnCommandOptions extends AccessOptions {
  readonly listen?: string;
  readonly web?: string;
  readonly level: LogLevel;
}

/** `127.0.0.1:9180` -> host and port */
function endpoint(text: string): string {
  const { port } = splitAddress(text);
  if (!text.includes(':') || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('expected <host>:<port>');
  return text;
}

/** A container that is started again in its pod is the same holder of a Lease: the process before it is gone. */
function identityOf(env: NodeJS.ProcessEnv): string {
  const pod = env[ENV.podName];
  return pod === undefined
    ? `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
    : `${env[ENV.datacenter] ?? ''}/${pod}`;
}

const LOOK_EVERY_MS = 5_000;

/** It began without the Secret and sees one KubeCluster only: it ends when the Secret is there, and its container starts again with it. */
async function kubeconfigThere(frame: FarmFrame, env: NodeJS.ProcessEnv): Promise<string> {
  while (missingKubeconfig(frame, env) !== undefined)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS).unref());
  return `Secret ${NAME.kubeconfig} is there, to be read by the next start`;
}

export function barnCommand(): Command {
  return new Command('barn')
    .summary('keep the farm as declared, until it is stopped')
    .description(
      'The control loop: observes, plans and acts; replaces dead partitions, re-arms standbys, follows every change of the declared state. Of several only the one acts that holds the Lease in more than half of the KubeClusters. SIGTERM lets what is under way end first, and gives the Leases back.',
    )
    .option(
      '--listen <host:port>',
      'where /healthz, /readyz and /metrics answer (default: in a pod its address and the port of the farm, else nowhere)',
      endpoint,
    )
    .option(
      '--web <host:port>',
      'where the page and the HTTP API answer (default: in a pod its address and the port that the farm declares, else nowhere)',
      endpoint,
    )
    .addOption(new Option('--level <level>', 'least level that is logged').choices(LEVELS).default('info'))
    .addOption(stateOption())
    .addOption(farmOption())
    .action(async (options: BarnCommandOptions) => {
      const { env } = process;
      const { frame, kubeconfig, credentials: readCredentials } = await locateFarm(options);
      const credentials = await readCredentials();
      // Loaded only here: client-node is the largest package by far.
      const [{ createVoice, serveHealth }, { runOperator }] = await Promise.all([
        import('../voice/index.js'),
        import('./run-operator.js'),
      ]);
      const voice = createVoice({
        farm: frame.name,
        out: process.stdout,
        level: options.level,
        now: () => Date.now(),
        secrets: Object.values(credentials),
        processMetrics: true,
        sights: () => operator.sights(),
      });
      const web = pageAt(options.web, frame, env);
      const sight =
        web === undefined ? undefined : barnSight({ voice, leads: () => operator.election.leads, now: Date.now });
      const stopped = untilSignal();
      const operator = runOperator({
        frame,
        credentials,
        kubeconfig,
        ownDatacenter: env[ENV.datacenter],
        identity: identityOf(env),
        voice,
        ...(sight ? { onlooker: sight } : {}),
      });
      const listen =
        options.listen ?? (env[ENV.farm] !== undefined ? `${env[ENV.ip] ?? '0.0.0.0'}:${frame.barnPort}` : undefined);
      const health = listen === undefined ? undefined : await serveHealth({ ...splitAddress(listen), ...voice });
      let api: RunningApi | undefined;
      try {
        if (web !== undefined && sight) {
          const served = { frame, operator, sight, voice, ownDatacenter: env[ENV.datacenter] };
          api = await servePage(served, web, options.web !== undefined);
        }
        const missing = missingKubeconfig(frame, env);
        if (missing !== undefined) voice.say('warn', missing.replaceAll('\n', ' '));
        const why = await (missing === undefined ? stopped : Promise.race([stopped, kubeconfigThere(frame, env)]));
        voice.say('info', `${why}: stopping`);
      } finally {
        // Side by side: who leads next does not wait for those who look at the page.
        await Promise.all([api?.close().catch(() => undefined), operator.stop()]);
        await health?.close();
      }
    });
}
