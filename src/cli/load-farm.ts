import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Farm } from '../farm/model.js';
import { CliError } from './cli-error.js';

/** Farms that come with the package. */
export const EXAMPLE_FARMS = ['demo', 'talk'] as const;

function moduleOf(name: string): string {
  if ((EXAMPLE_FARMS as readonly string[]).includes(name)) return new URL(`../farms/${name}.js`, import.meta.url).href;
  const path = resolve(name);
  if (existsSync(path)) return pathToFileURL(path).href;
  throw new CliError(
    `farm ${name} is neither ${EXAMPLE_FARMS.join(' nor ')} nor a file (${path}); name a JavaScript module that exports \`farm\``,
  );
}

/**
 * @param name `demo`, `talk`, or the path of a module that exports `farm`
 * @throws CliError, or InvalidFarm from the module itself
 */
export async function loadFarm(name: string): Promise<Farm> {
  const { farm } = (await import(moduleOf(name))) as { readonly farm?: Farm };
  if (farm?.datacenters && farm.cacheClusters) return farm;
  throw new CliError(`${name} exports no \`farm\`: write \`export const farm = defineFarm({...})\``);
}
