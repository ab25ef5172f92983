import { Option } from 'commander';
import type { AccessOptions } from './located-farm.js';

/** Options of the commands that change the declared state. */
export interface DeclaredOptions extends AccessOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export const dryRunOption = (): Option => new Option('--dry-run', 'check and show everything, change nothing');

export const forceOption = (): Option =>
  new Option('--force', 'also what belongs to Argo CD or another field manager, which may take it back');

export const modeOf = ({ dryRun, force }: DeclaredOptions) => ({ dryRun: dryRun ?? false, force: force ?? false });
