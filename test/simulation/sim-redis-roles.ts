/** INFO, ROLE and what master and replica say to each other, of a simulated Redis. */
import type { Command, Reply } from './parts.js';
import type { RedisClient } from './sim-redis-client.js';
import { lower } from './sim-redis-commands.js';
import { infoText } from './sim-redis-info.js';
import type { RedisState } from './sim-redis-state.js';

/** bytes of an empty server, and of a key, about */
const BASE_MEMORY = 1_000_000;
const KEY_MEMORY = 100;

function info(state: RedisState, sections: Command): string {
  const { around, startedAt, clients, keys, runId, port, maxMemory, replication } = state;
  return infoText(
    {
      runId,
      port,
      maxMemory,
      replication,
      uptimeSeconds: Math.floor((around.now() - startedAt) / 1_000),
      clients: clients.size,
      usedMemory: BASE_MEMORY + KEY_MEMORY * keys.size,
      keys: keys.size,
    },
    sections.map(lower),
  );
}

function role({ replication }: RedisState): Reply {
  const { master, replicas, offset, linkUp, state, replicaOffset } = replication;
  if (master) return ['slave', master.ip, master.port, linkUp ? 'connected' : state, linkUp ? replicaOffset : -1];
  const online = [...replicas].flatMap(({ announced, replica }) =>
    replica?.state === 'online' ? [[announced.ip, String(announced.port), String(replica.offset)]] : [],
  );
  return ['master', offset, online];
}

function replicaOf({ replication }: RedisState, host: string, port: string): Reply {
  if (lower(host) === 'no' && lower(port) === 'one') return replication.stand();
  if (!/^\d+$/.test(port) || Number(port) > 65_535) return new Error('ERR Invalid master port');
  return replication.follow(host, Number(port));
}

function replconf({ replication }: RedisState, client: RedisClient, command: Command): Reply {
  for (let i = 1; i + 1 < command.length; i += 2) {
    const [option = '', value = ''] = [command[i], command[i + 1]];
    if (lower(option) === 'listening-port') client.announced.port = Number(value);
    else if (lower(option) === 'ip-address') client.announced.ip = value;
    else if (lower(option) === 'ack') replication.acknowledged(client, Number(value));
  }
  return 'OK';
}

/** @returns undefined: none of these */
export function roleCommand(state: RedisState, client: RedisClient, name: string, command: Command): Reply | undefined {
  const [, first = '', second = ''] = command;
  switch (name) {
    case 'info':
      return info(state, command.slice(1));
    case 'role':
      return role(state);
    case 'replicaof':
    case 'slaveof':
      return replicaOf(state, first, second);
    case 'replconf':
      return replconf(state, client, command);
    case 'psync':
      return state.replication.sync(client, first, Number(second));
    default:
      return undefined;
  }
}
