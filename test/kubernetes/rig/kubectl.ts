import { execFile, type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { findBinaries } from './binaries.js';
import type { ControlPlane } from './control-plane-options.js';

const ROOT = join(import.meta.dirname, '../../..');

export interface KubectlEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Program {
  readonly path: string;
  readonly options: Pick<SpawnSyncOptions, 'cwd' | 'env'> & { readonly encoding: 'utf8' };
}

/** kubectl as the administrator, in the project's folder; its caches stay in the control plane's. */
function programOf(plane: ControlPlane, folder: string, plugins?: string): Program {
  const { kubectl } = findBinaries(plane.version).programs;
  if (!kubectl) throw new Error('no kubectl: run node tools/kubernetes-binaries.mjs');
  const PATH = [plugins, process.env.PATH].filter(Boolean).join(delimiter);
  return {
    path: kubectl.path,
    options: { cwd: ROOT, env: { PATH, HOME: folder, KUBECONFIG: plane.kubeconfig }, encoding: 'utf8' },
  };
}

/**
 * @param plugins folder with programs that kubectl takes for plugins
 * @returns a function that takes the words after `kubectl`
 * @throws Error when there is no kubectl, with the command that builds it
 */
export function kubectlOf(
  plane: ControlPlane,
  folder: string,
  plugins?: string,
): (...args: readonly string[]) => KubectlEnd {
  const { path, options } = programOf(plane, folder, plugins);
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(path, args, options);
    return { status, stdout, stderr };
  };
}

/** The same beside machines of the rig, which live in this process and must not stand still while kubectl waits. */
export function kubectlBeside(
  plane: ControlPlane,
  folder: string,
): (...args: readonly string[]) => Promise<KubectlEnd> {
  const { path, options } = programOf(plane, folder);
  return (...args) =>
    new Promise((resolve) => {
      execFile(path, args, options, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      );
    });
}
