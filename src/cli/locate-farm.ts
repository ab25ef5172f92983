import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FarmFrame } from '../farm/model.js';
import { ENV } from '../farm/words.js';
import type { Credentials } from '../observe/connections.js';
import { CliError } from './cli-error.js';
import { kubeconfigPath } from './kubeconfig-path.js';
import type { AccessOptions, LocatedFarm } from './located-farm.js';
import { parseFrame } from './parse-frame.js';
import { stateFolder } from './state-folder.js';

export type { AccessOptions } from './located-farm.js';

type Place = 'workstation' | 'pod' | 'embedded';

/** kubectl runs `kubectl-farm` for `kubectl farm`, and `kubectl_complete-farm` for what may follow it. */
export const isKubectlPlugin = (program = process.argv[1] ?? ''): boolean => /^kubectl[-_]/.test(basename(program));

/** Where the farm is looked for: what was said counts, then what is known of this process. */
export function placeOf(options: AccessOptions, env: NodeJS.ProcessEnv, plugin = isKubectlPlugin()): Place {
  if (options.kubeconfig !== undefined || options.context !== undefined || options.namespace !== undefined)
    return 'workstation';
  if (options.state !== undefined) return 'embedded';
  if (env[ENV.farm] !== undefined) return 'pod';
  return plugin ? 'workstation' : 'embedded';
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const KEYS = ['barn', 'sentinel', 'application'] as const;

const readFrame = (path: string): FarmFrame => parseFrame(readText(path, 'farm.json'), path);

function readSecrets(path: string): Credentials {
  try {
    return JSON.parse(readText(path, 'secrets')) as Credentials;
  } catch (error) {
    if (error instanceof CliError) throw error;
    // Its text is not told: passwords are in it.
    throw new CliError(`${path} is not what \`cachefarm up\` writes: it is no JSON`);
  }
}

/** In a pod: ConfigMap and Secret are mounted folders, named by the environment (constructs write it). */
function inPod(env: NodeJS.ProcessEnv): LocatedFarm {
  const folder = (name: string): string => {
    const value = env[name];
    if (!value) throw new CliError(`${name} is not set: it names a folder that the farm's manifests mount`);
    return value;
  };
  return {
    frame: readFrame(join(folder(ENV.farm), 'farm.json')),
    kubeconfig: env.KUBECONFIG && existsSync(env.KUBECONFIG) ? env.KUBECONFIG : undefined,
    credentials: async () => {
      const secrets = folder(ENV.secrets);
      const entries = KEYS.map((key) => [key, readText(join(secrets, key), `secret ${key}`).trim()]);
      return Object.fromEntries(entries) as unknown as Credentials;
    },
  };
}

/** On a developer's machine: the state folder that `cachefarm up` keeps. */
function inState(state: string): LocatedFarm {
  const kubeconfig = join(state, 'kubeconfig');
  const frame = join(state, 'farm.json');
  if (!existsSync(kubeconfig) || !existsSync(frame))
    throw new CliError(
      `no farm is running in ${state}: start one with \`cachefarm up\`, name its folder with --state, or a farm in Kubernetes with --kubeconfig, --context or -n`,
    );
  return {
    frame: readFrame(frame),
    kubeconfig,
    credentials: async () => readSecrets(join(state, 'secrets.json')),
  };
}

/**
 * Finds the running farm: the one named by a kubeconfig, else the one whose pod this is, else the embedded one of a state folder.
 * @throws CliError
 */
export async function locateFarm(
  options: AccessOptions,
  env: NodeJS.ProcessEnv = process.env,
  plugin = isKubectlPlugin(),
): Promise<LocatedFarm> {
  switch (placeOf(options, env, plugin)) {
    case 'pod':
      return inPod(env);
    case 'embedded':
      return inState(stateFolder(options.state, options.farm ?? 'demo', env));
    case 'workstation': {
      // Loaded only here: client-node is the largest package by far, and most commands fail or end before they need it.
      const { locateInKubeCluster } = await import('./locate-in-kube-cluster.js');
      return locateInKubeCluster(kubeconfigPath(options.kubeconfig, env), options);
    }
  }
}
