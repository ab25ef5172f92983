import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FarmFrame } from '../farm/model.js';
import { ENV } from '../farm/words.js';
import { type DeclaredState, readDeclared } from './declared-state.js';
import type { KubeWriter } from './kube-port.js';
import { kubeconfigPath } from './kubeconfig-path.js';
import { locateFarm, placeOf } from './locate-farm.js';
import type { AccessOptions } from './located-farm.js';
import { stateFolder } from './state-folder.js';

export interface DeclaredAccess {
  readonly frame: FarmFrame;
  readonly writers: readonly KubeWriter[];
  /** @throws CliError when no KubeCluster answers */
  read(): Promise<DeclaredState>;
}

/** The same kubeconfig that locateFarm reads with. */
function kubeconfigOf(options: AccessOptions, env: NodeJS.ProcessEnv): string | undefined {
  switch (placeOf(options, env)) {
    case 'workstation':
      return kubeconfigPath(options.kubeconfig, env);
    case 'embedded':
      return join(stateFolder(options.state, options.farm ?? 'demo', env), 'kubeconfig');
    case 'pod':
      return env.KUBECONFIG && existsSync(env.KUBECONFIG) ? env.KUBECONFIG : undefined;
  }
}

async function writersThrough(
  frame: FarmFrame,
  kubeconfig: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<readonly KubeWriter[]> {
  // Loaded late: client-node is the largest package by far.
  const { kubeWriters } = await import('./kube-writer.js');
  return kubeWriters(frame, kubeconfig, env[ENV.datacenter]);
}

/** Writers for every KubeCluster of a farm that was found with the same options. */
export const writersOf = (
  frame: FarmFrame,
  options: AccessOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly KubeWriter[]> => writersThrough(frame, kubeconfigOf(options, env), env);

/** The declared state of the running farm; needs none of its passwords. @throws CliError when there is none */
export async function accessDeclared(
  options: AccessOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<DeclaredAccess> {
  const { frame, kubeconfig } = await locateFarm(options, env);
  const writers = await writersThrough(frame, kubeconfig, env);
  return { frame, writers, read: () => readDeclared(frame, writers) };
}
