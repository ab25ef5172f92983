/** CONFIG GET and SET of a simulated Redis: the settings that Barn uses. */
import type { Command, Reply } from './parts.js';
import { lower } from './sim-redis-commands.js';
import type { RedisState } from './sim-redis-state.js';

const REPLICAS = /^min-(?:replicas|slaves)-(to-write|max-lag)$/;

function read({ replication, maxMemory }: RedisState, name: string): readonly string[] {
  const field = REPLICAS.exec(name)?.[1];
  if (field === 'to-write') return [name, String(replication.minReplicas)];
  if (field === 'max-lag') return [name, String(replication.maxLagSeconds)];
  return name === 'maxmemory' ? [name, String(maxMemory)] : [];
}

function write({ replication }: RedisState, words: Command): Reply {
  if (words.length % 2 === 1) return new Error("ERR wrong number of arguments for 'config|set' command");
  for (let i = 0; i < words.length; i += 2) {
    const [given = '', value = ''] = [words[i], words[i + 1]];
    const field = REPLICAS.exec(lower(given))?.[1];
    if (field === undefined) return new Error(`ERR Unknown option or number of arguments for CONFIG SET - '${given}'`);
    if (!/^-?\d+$/.test(value))
      return new Error(
        `ERR CONFIG SET failed (possibly related to argument '${given}') - argument couldn't be parsed into an integer`,
      );
    if (field === 'to-write') replication.minReplicas = Number(value);
    else replication.maxLagSeconds = Number(value);
  }
  return 'OK';
}

export function configCommand(state: RedisState, name: string, command: Command): Reply {
  if (name === 'config|get') return command.slice(2).flatMap((setting) => read(state, lower(setting)));
  return name === 'config|set' ? write(state, command.slice(2)) : 'OK';
}
