import type { Draft } from './draft.js';
import type { Problem } from './model.js';

/** What a check has to say. A problem stops the farm; a warning names a consequence that its owner should know. */
export interface Finding extends Problem {
  readonly severity: 'problem' | 'warning';
}

/** One subject of check.ts. Pure; sees a farm whose shape holds, with stand-ins where it did not (draft.ts). */
export type Check = (draft: Draft) => Iterable<Finding>;

export const problem = (path: string, message: string): Finding => ({ severity: 'problem', path, message });
export const warning = (path: string, message: string): Finding => ({ severity: 'warning', path, message });
