import { InvalidManifests, synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { farmWarnings } from '../farm/define.js';
import { CliError } from './cli-error.js';
import { isExample, loadFarm } from './load-farm.js';

/** Where the manifests of the examples are committed; a farm of somebody else is in a repository of his own. */
const OUR_REPOSITORY = 'https://github.com/cachefarm/cachefarm.git';

export interface SynthSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** cdk8s shows an app's stderr only */
  readonly stderr: { write(text: string): unknown };
}

/** By name: the farm may come from a module with its own copy of this package. */
const isUserError = (error: unknown): error is Error =>
  error instanceof Error &&
  (error instanceof CliError || error instanceof InvalidManifests || error.name === 'InvalidFarm');

/**
 * Synthesizes the farm that CACHEFARM_FARM names (`talk`, `demo`, or a module that exports `farm`; default talk) into CDK8S_OUTDIR
 * (default dist). Warnings and mistakes go to stderr, a mistake without a stack trace.
 * @returns the exit status: 0, or 1 when nothing was written
 */
export async function synthFarm({ env, stderr }: SynthSurroundings): Promise<0 | 1> {
  try {
    const name = env.CACHEFARM_FARM ?? 'talk';
    const farm = await loadFarm(name, `CACHEFARM_FARM=${name}`);
    for (const { path, message } of farmWarnings(farm)) stderr.write(`warning: [${path}] ${message}\n`);
    const repoUrl = env.CACHEFARM_REPO ?? (isExample(name) ? OUR_REPOSITORY : undefined);
    if (repoUrl === undefined)
      stderr.write('note: no Argo CD application is written; CACHEFARM_REPO=<address of your repository> makes one\n');
    synthesizeFarm(farm, env.CDK8S_OUTDIR ?? 'dist', repoUrl === undefined ? {} : { repoUrl });
    return 0;
  } catch (error) {
    stderr.write(`${isUserError(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}
