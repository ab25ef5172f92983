import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Farm } from '../farm/model.js';
import { CliError } from './cli-error.js';

interface FarmModule {
  readonly farm?: Farm;
}

/** Farms that come with the package; loaded on demand, because a farm with problems throws where it is declared. */
const EXAMPLES: Readonly<Record<string, () => Promise<FarmModule>>> = {
  talk: () => import('../farms/talk.js'),
  demo: () => import('../farms/demo.js'),
};

function importModule(name: string, asked: string): Promise<FarmModule> {
  const path = resolve(name);
  if (existsSync(path)) return import(pathToFileURL(path).href) as Promise<FarmModule>;
  throw new CliError(
    `${asked} is neither ${Object.keys(EXAMPLES).join(' nor ')} nor a file (${path}); name a JavaScript module that exports \`farm\``,
  );
}

/**
 * @param name `demo`, `talk`, or the path of a module that exports `farm`
 * @param asked how it was asked for, in the words of a message
 * @throws CliError, or InvalidFarm from the module itself
 */
export async function loadFarm(name: string, asked = `farm ${name}`): Promise<Farm> {
  const { farm } = await (EXAMPLES[name] ?? (() => importModule(name, asked)))();
  if (farm?.datacenters && farm.cacheClusters) return farm;
  throw new CliError(`${name} exports no \`farm\`: write \`export const farm = defineFarm({...})\``);
}
