import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findBinaries } from './binaries.js';
import type { ControlPlane } from './control-plane-options.js';

const ROOT = join(import.meta.dirname, '../../..');

export interface KubectlEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * kubectl as the administrator, in the project's folder; its caches stay in the control plane's.
 * @returns a function that takes the words after `kubectl`
 * @throws Error when there is no kubectl, with the command that builds it
 */
export function kubectlOf(plane: ControlPlane, folder: string): (...args: readonly string[]) => KubectlEnd {
  const { kubectl } = findBinaries(plane.version).programs;
  if (!kubectl) throw new Error('no kubectl: run node tools/kubernetes-binaries.mjs');
  const env = { PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: plane.kubeconfig };
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(kubectl.path, args, { cwd: ROOT, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
}
