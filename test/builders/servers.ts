import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProcessRoom } from './processes.js';

/** What the farm's servers may be; a machine without Redis has Valkey in its place under both names (tools/redis-programs.mjs). */
export const SERVERS = ['Redis', 'Valkey'] as const;
export type ServerName = (typeof SERVERS)[number];

interface ValkeyPrograms {
  readonly FETCH_COMMAND: string;
  findValkey(root: string): { readonly program: string } | undefined;
}

const ROOT = join(import.meta.dirname, '../..');

/** The processes of this room are of that server from now on. @throws with the command that gets it, where there is none */
export async function serveWith(room: ProcessRoom, server: ServerName): Promise<void> {
  if (server === 'Redis') return;
  const tools = (await import(pathToFileURL(join(ROOT, 'tools/valkey-programs.mjs')).href)) as ValkeyPrograms;
  const found = tools.findValkey(ROOT);
  if (!found)
    throw new Error(`no valkey-server here: run \`npm run setup\`; it fetches one with \`${tools.FETCH_COMMAND}\``);
  room.serveWith(found.program);
}
