/**
 * The cdk8s app behind `npx cdk8s synth`: CACHEFARM_FARM names the farm (`talk`, `demo`, or a module that exports `farm`),
 * CDK8S_OUTDIR the folder. cdk8s shows an app's stderr only. A mistake in a farm is told without a stack trace, exit status 1.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidManifests, synthesizeFarm } from '../../constructs/synthesize-farm.js';
import { farmWarnings } from '../farm/define.js';
import type { Farm } from '../farm/model.js';

const EXAMPLES = ['talk', 'demo'];

/** A mistake of the person who called us. */
class UsageError extends Error {}

function moduleOf(name: string): string {
  if (EXAMPLES.includes(name)) return new URL(`../farms/${name}.js`, import.meta.url).href;
  const path = resolve(name);
  if (existsSync(path)) return pathToFileURL(path).href;
  throw new UsageError(
    `CACHEFARM_FARM=${name} is neither ${EXAMPLES.join(' nor ')} nor a file (${path}); name a JavaScript module that exports \`farm\``,
  );
}

async function loadFarm(name: string): Promise<Farm> {
  const { farm } = (await import(moduleOf(name))) as { readonly farm?: Farm };
  if (farm?.datacenters && farm.cacheClusters) return farm;
  throw new UsageError(`${name} exports no \`farm\`: write \`export const farm = defineFarm({...})\``);
}

/** By name: the farm may come from a module with its own copy of this package. */
const isUserError = (error: unknown): error is Error =>
  error instanceof UsageError ||
  error instanceof InvalidManifests ||
  (error instanceof Error && error.name === 'InvalidFarm');

try {
  const farm = await loadFarm(process.env.CACHEFARM_FARM ?? 'talk');
  for (const { path, message } of farmWarnings(farm)) process.stderr.write(`warning: [${path}] ${message}\n`);
  synthesizeFarm(farm, process.env.CDK8S_OUTDIR ?? 'dist');
} catch (error) {
  process.stderr.write(
    `${isUserError(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
}
