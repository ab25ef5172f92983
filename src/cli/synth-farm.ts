import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidManifests, synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { farmWarnings } from '../farm/define.js';
import type { Farm } from '../farm/model.js';

export interface SynthSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** cdk8s shows an app's stderr only */
  readonly stderr: { write(text: string): unknown };
}

/** Loaded on demand: a farm with problems throws where it is declared. */
const EXAMPLES: Readonly<Record<string, () => Promise<{ readonly farm: Farm }>>> = {
  talk: () => import('../farms/talk.js'),
  demo: () => import('../farms/demo.js'),
};

/** A mistake of the person who called us. */
class UsageError extends Error {}

async function loadFarm(name: string): Promise<Farm> {
  const { farm } = await (EXAMPLES[name] ?? (() => importModule(name)))();
  if (farm?.datacenters && farm.cacheClusters) return farm;
  throw new UsageError(`${name} exports no \`farm\`: write \`export const farm = defineFarm({...})\``);
}

function importModule(name: string): Promise<{ readonly farm?: Farm }> {
  const path = resolve(name);
  if (existsSync(path)) return import(pathToFileURL(path).href);
  throw new UsageError(
    `CACHEFARM_FARM=${name} is neither ${Object.keys(EXAMPLES).join(' nor ')} nor a file (${path}); name a JavaScript module that exports \`farm\``,
  );
}

/** By name: the farm may come from a module with its own copy of this package. */
const isUserError = (error: unknown): error is Error =>
  error instanceof Error &&
  (error instanceof UsageError || error instanceof InvalidManifests || error.name === 'InvalidFarm');

/**
 * Synthesizes the farm that CACHEFARM_FARM names (`talk`, `demo`, or a module that exports `farm`; default talk) into CDK8S_OUTDIR
 * (default dist). Warnings and mistakes go to stderr, a mistake without a stack trace.
 * @returns the exit status: 0, or 1 when nothing was written
 */
export async function synthFarm({ env, stderr }: SynthSurroundings): Promise<0 | 1> {
  try {
    const farm = await loadFarm(env.CACHEFARM_FARM ?? 'talk');
    for (const { path, message } of farmWarnings(farm)) stderr.write(`warning: [${path}] ${message}\n`);
    synthesizeFarm(farm, env.CDK8S_OUTDIR ?? 'dist');
    return 0;
  } catch (error) {
    stderr.write(`${isUserError(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}
