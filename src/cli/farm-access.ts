import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FarmFrame } from '../farm/model.js';
import { ENV } from '../farm/words.js';
import { type ConnectionOptions, Connections, type Credentials } from '../observe/connections.js';
import { type KubeSource, observeWorld } from '../observe/observe-world.js';
import type { World } from '../world/model.js';
import { CliError } from './cli-error.js';
import { stateFolder } from './state-folder.js';

export interface AccessOptions {
  /** state folder of an embedded farm */
  readonly state?: string;
  /** name of the embedded farm whose default state folder is meant */
  readonly farm?: string;
}

/** A running farm as the operator reaches it: what it is, how to look at it, and the connections that looking leaves open. */
export interface FarmAccess {
  readonly frame: FarmFrame;
  readonly connections: Connections;
  readonly credentials: Credentials;
  observe(): Promise<World>;
  close(): void;
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const KEYS = ['barn', 'sentinel', 'application'] as const;

/** In a pod: ConfigMap and Secret are mounted folders, named by the environment (constructs write it). */
function podAccess(env: NodeJS.ProcessEnv): {
  frame: FarmFrame;
  credentials: Credentials;
  kubeconfig: string | undefined;
} {
  const folder = (name: string): string => {
    const value = env[name];
    if (!value) throw new CliError(`${name} is not set: it names a folder that the farm's manifests mount`);
    return value;
  };
  const secrets = folder(ENV.secrets);
  const entries = KEYS.map((key) => [key, readText(join(secrets, key), `secret ${key}`).trim()]);
  const kubeconfig = env.KUBECONFIG && existsSync(env.KUBECONFIG) ? env.KUBECONFIG : undefined;
  return {
    frame: JSON.parse(readText(join(folder(ENV.farm), 'farm.json'), 'farm.json')) as FarmFrame,
    credentials: Object.fromEntries(entries) as unknown as Credentials,
    kubeconfig,
  };
}

/** On a developer's machine: the state folder that `cachefarm up` keeps. */
function embeddedAccess(state: string): { frame: FarmFrame; credentials: Credentials; kubeconfig: string | undefined } {
  const kubeconfig = join(state, 'kubeconfig');
  const frame = join(state, 'farm.json');
  if (!existsSync(kubeconfig) || !existsSync(frame)) {
    throw new CliError(
      `no farm is running in ${state}: start one with \`cachefarm up\`, or name its folder with --state`,
    );
  }
  const secrets = JSON.parse(readText(join(state, 'secrets.json'), 'secrets')) as Credentials;
  return { frame: JSON.parse(readText(frame, 'farm.json')) as FarmFrame, credentials: secrets, kubeconfig };
}

/** Access over given sources: the embedded farm in this very process uses it, and tests. */
export function accessThrough(
  frame: FarmFrame,
  credentials: Credentials,
  sources: readonly KubeSource[],
  options: ConnectionOptions = {},
): FarmAccess {
  const connections = new Connections(credentials, options);
  return {
    frame,
    connections,
    credentials,
    observe: () => observeWorld(frame, sources, connections),
    close: () => connections.close(),
  };
}

/** Finds the running farm: the one whose pod this is, else the embedded one of a state folder. */
export async function accessFarm(options: AccessOptions, env: NodeJS.ProcessEnv = process.env): Promise<FarmAccess> {
  const inPod = options.state === undefined && env[ENV.farm] !== undefined;
  const { frame, credentials, kubeconfig } = inPod
    ? podAccess(env)
    : embeddedAccess(stateFolder(options.state, options.farm ?? 'demo', env));
  // Loaded only here: it is the largest package by far, and most commands fail or end before they need it.
  const { kubeSources } = await import('../observe/kube-client.js');
  return accessThrough(frame, credentials, kubeSources(frame, kubeconfig, env[ENV.datacenter]));
}
