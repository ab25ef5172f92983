import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where an embedded farm keeps its state: `--state`, else CACHEFARM_STATE, else a folder of the farm's name under the user's cache folder. */
export function stateFolder(given: string | undefined, farmName: string, env: NodeJS.ProcessEnv = process.env): string {
  const chosen = given ?? env.CACHEFARM_STATE;
  return chosen ? resolve(chosen) : join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cachefarm', farmName);
}

/** What other commands are told, so that they find a farm that `up` runs; nothing where they find it by themselves. */
export function placeWords(
  given: string | undefined,
  { name, state }: { readonly name: string; readonly state: string },
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (given !== undefined || env.CACHEFARM_STATE) return ` --state ${state}`;
  return name === 'demo' ? '' : ` --farm ${name}`;
}
