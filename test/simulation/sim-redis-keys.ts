/** The keyspace of a simulated Redis: strings in one database. */
import type { Command, Reply } from './parts.js';
import { lower } from './sim-redis-commands.js';

function set(keys: Map<string, string>, [, key = '', value = '', ...options]: Command): Reply {
  const words = options.map(lower);
  if (words.some((word) => word !== 'nx' && word !== 'xx') || words.length > 1) return new Error('ERR syntax error');
  if (words[0] === 'nx' && keys.has(key)) return null;
  if (words[0] === 'xx' && !keys.has(key)) return null;
  keys.set(key, value);
  return 'OK';
}

function increase(keys: Map<string, string>, key: string): Reply {
  const value = keys.get(key) ?? '0';
  if (!/^-?\d{1,15}$/.test(value)) return new Error('ERR value is not an integer or out of range');
  const next = Number(value) + 1;
  keys.set(key, String(next));
  return next;
}

function listed(keys: ReadonlyMap<string, string>, pattern: string): readonly string[] {
  if (pattern === '*') return [...keys.keys()];
  if (pattern.endsWith('*')) return [...keys.keys()].filter((key) => key.startsWith(pattern.slice(0, -1)));
  return keys.has(pattern) ? [pattern] : [];
}

/** @param name full name of the command, known to have the right number of words */
export function keyCommand(keys: Map<string, string>, name: string, command: Command): Reply {
  const key = command[1] ?? '';
  switch (name) {
    case 'get':
      return keys.get(key) ?? null;
    case 'set':
      return set(keys, command);
    case 'incr':
      return increase(keys, key);
    case 'del':
      return command.slice(1).filter((one) => keys.delete(one)).length;
    case 'exists':
      return command.slice(1).filter((one) => keys.has(one)).length;
    case 'keys':
      return listed(keys, key);
    case 'dbsize':
      return keys.size;
    case 'flushall':
      keys.clear();
      return 'OK';
    case 'function|flush':
      return 'OK';
    default:
      return new Error(`ERR ${name} is not simulated`);
  }
}
