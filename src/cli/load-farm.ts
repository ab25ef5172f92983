import { statSync } from 'node:fs';
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

export const isExample = (name: string): boolean => Object.hasOwn(EXAMPLES, name);

/** What a module throws while it declares its farm is its own; that it is no module at all is the user's mistake. */
async function moduleAt(path: string): Promise<FarmModule> {
  try {
    return (await import(pathToFileURL(path).href)) as FarmModule;
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    if (
      error instanceof SyntaxError ||
      code === 'ERR_UNKNOWN_FILE_EXTENSION' ||
      code === 'ERR_IMPORT_ATTRIBUTE_MISSING'
    )
      throw new CliError(
        /\.[cm]?tsx?$/.test(path)
          ? `${path} is TypeScript, no JavaScript module; compile it first: npx tsc`
          : `${path} is no JavaScript module: ${(error as Error).message}`,
      );
    throw error;
  }
}

function importModule(name: string, asked: string): Promise<FarmModule> {
  const path = resolve(name);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return moduleAt(path);
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
  const example = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
  const { farm } = await (example ?? (() => importModule(name, asked)))();
  if (farm?.datacenters && farm.cacheClusters) return farm;
  throw new CliError(`${name} exports no \`farm\`: write \`export const farm = defineFarm({...})\``);
}
