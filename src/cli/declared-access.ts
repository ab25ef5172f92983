import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FarmFrame } from '../farm/model.js';
import { ENV } from '../farm/words.js';
import { type DeclaredState, readDeclared } from './declared-state.js';
import { type AccessOptions, accessFarm } from './farm-access.js';
import type { KubeWriter } from './kube-port.js';
import { stateFolder } from './state-folder.js';

export interface DeclaredAccess {
  readonly frame: FarmFrame;
  readonly writers: readonly KubeWriter[];
  /** @throws CliError when no KubeCluster answers */
  read(): Promise<DeclaredState>;
}

/** The same kubeconfig that accessFarm reads with. */
function kubeconfigOf(options: AccessOptions, env: NodeJS.ProcessEnv): string | undefined {
  const inPod = options.state === undefined && env[ENV.farm] !== undefined;
  if (!inPod) return join(stateFolder(options.state, options.farm ?? 'demo', env), 'kubeconfig');
  return env.KUBECONFIG && existsSync(env.KUBECONFIG) ? env.KUBECONFIG : undefined;
}

/** Writers for every KubeCluster of the farm. Loaded late: client-node is the largest package by far. */
export async function writersOf(
  frame: FarmFrame,
  options: AccessOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly KubeWriter[]> {
  const { kubeWriters } = await import('./kube-writer.js');
  return kubeWriters(frame, kubeconfigOf(options, env), env[ENV.datacenter]);
}

/** The declared state of the running farm. @throws CliError when there is none */
export async function accessDeclared(
  options: AccessOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<DeclaredAccess> {
  const { frame, close } = await accessFarm(options, env);
  close();
  const writers = await writersOf(frame, options, env);
  return { frame, writers, read: () => readDeclared(frame, writers) };
}
