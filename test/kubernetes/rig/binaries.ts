import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { ControlPlaneProcess } from './control-plane-options.js';

const TOOL = join(import.meta.dirname, '../../../tools/kubernetes-binaries.mjs');

export interface Binary {
  readonly path: string;
  /** what it says of itself, or the version it was built from */
  readonly version: string;
}

export interface Binaries {
  /** `v1.36.3` */
  readonly version: string;
  readonly programs: Readonly<Record<ControlPlaneProcess, Binary>> & { readonly kubectl?: Binary };
}

/**
 * The programs of a control plane, found and never built: that takes minutes and is the business of `npm run e2e`.
 * @param asked `newest`, `1.28`, `v1.36.3`; default: CACHEFARM_KUBERNETES in the environment, else newest
 * @throws Error with the command that builds what is missing
 */
export function findBinaries(asked = process.env.CACHEFARM_KUBERNETES ?? 'newest'): Binaries {
  const output = execFileSync(process.execPath, [TOOL, asked, '--find-only'], { encoding: 'utf8' });
  const [found] = Object.entries(JSON.parse(output) as Record<string, Binaries['programs']>);
  if (!found) throw new Error(`no Kubernetes ${asked}`);
  return { version: found[0], programs: found[1] };
}
