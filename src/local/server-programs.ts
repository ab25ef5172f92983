import { accessSync, constants, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const SERVERS = ['redis', 'valkey'] as const;
export type Server = (typeof SERVERS)[number];

/** The server asked for is not installed. */
export class ServerNotInstalled extends Error {
  override readonly name = 'ServerNotInstalled';
}

function find(program: string, searchPath: string): string | undefined {
  return searchPath
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * The PATH for containers when a certain server is wanted: the start scripts take `redis-server` and `redis-cli`, as the official images of
 * both offer them, so a folder with these two names is put in front.
 * @param state folder of the farm
 * @throws ServerNotInstalled
 */
export function searchPathFor(server: Server, state: string, searchPath: string): string {
  const programs = ['server', 'cli'].map((part) => ({ alias: `redis-${part}`, name: `${server}-${part}` }));
  const folder = join(state, 'programs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { alias, name } of programs) {
    const path = find(name, searchPath);
    if (!path)
      throw new ServerNotInstalled(
        `${name} is not on the PATH: install ${server}, or choose another server (${SERVERS.join(', ')})`,
      );
    symlinkSync(path, join(folder, alias));
  }
  return `${folder}${delimiter}${searchPath}`;
}
