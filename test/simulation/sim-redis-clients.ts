/** The CLIENT commands of a simulated Redis. */
import type { Command, Reply } from './parts.js';
import { type RedisClient, typeOf } from './sim-redis-client.js';
import { lower } from './sim-redis-commands.js';
import type { RedisState } from './sim-redis-state.js';

const TYPES: Readonly<Record<string, string>> = {
  normal: 'normal',
  master: 'master',
  slave: 'replica',
  replica: 'replica',
  pubsub: 'pubsub',
};

const addressOf = ({ side, id }: RedisClient): string => `${side.from}:${40_000 + (id % 20_000)}`;

/** One line of CLIENT LIST. */
const lineOf = (client: RedisClient): string =>
  [
    `id=${client.id}`,
    `addr=${addressOf(client)}`,
    `name=${client.side.name}`,
    `flags=${client.replica ? 'S' : client.channels.size > 0 ? 'P' : 'N'}`,
    'db=0',
    `sub=${client.channels.size}`,
    `multi=${client.queued?.length ?? -1}`,
    `user=${client.user}`,
  ].join(' ');

const clientList = (clients: Iterable<RedisClient>): string =>
  [...clients].map((client) => `${lineOf(client)}\n`).join('');

type Filter = (client: RedisClient) => boolean;

function filterOf(option: string, value: string, users: (name: string) => boolean): Filter | Error | undefined {
  switch (lower(option)) {
    case 'id':
      return /^\d+$/.test(value)
        ? (client) => client.id === Number(value)
        : new Error('ERR client-id should be greater than 0');
    case 'type': {
      const type = TYPES[lower(value)];
      return type === undefined ? new Error(`ERR Unknown client type '${value}'`) : (client) => typeOf(client) === type;
    }
    case 'user':
      return users(value) ? (client) => client.user === value : new Error(`ERR No such user '${value}'`);
    case 'addr':
      return (client) => addressOf(client) === value;
    default:
      return undefined;
  }
}

/**
 * CLIENT KILL in both of its forms.
 * @param words what follows `CLIENT KILL`
 * @returns whom it hits, or the error
 */
function killed(
  words: Command,
  clients: Iterable<RedisClient>,
  self: RedisClient,
  users: (name: string) => boolean,
): readonly RedisClient[] | Error {
  const [first = ''] = words;
  if (words.length === 1) {
    const found = [...clients].filter((client) => addressOf(client) === first);
    return found.length > 0 ? found : new Error('ERR No such client');
  }
  if (words.length % 2 === 1) return new Error('ERR syntax error');
  const filters: Filter[] = [];
  let skipSelf = true;
  for (let i = 0; i < words.length; i += 2) {
    const [option = '', value = ''] = words.slice(i, i + 2);
    if (lower(option) === 'skipme' && /^(yes|no)$/i.test(value)) {
      skipSelf = lower(value) === 'yes';
      continue;
    }
    const filter = filterOf(option, value, users);
    if (filter === undefined) return new Error('ERR syntax error');
    if (filter instanceof Error) return filter;
    filters.push(filter);
  }
  return [...clients].filter((client) => !(skipSelf && client === self) && filters.every((matches) => matches(client)));
}

function kill({ clients, acl, kick, closeSoon }: RedisState, self: RedisClient, words: Command): Reply {
  const found = killed(words, clients.values(), self, (name) => acl.get(name) !== undefined);
  if (found instanceof Error) return found;
  for (const client of found) {
    if (client === self) closeSoon(client);
    else kick(client);
  }
  return words.length === 1 ? 'OK' : found.length;
}

export function clientCommand(state: RedisState, client: RedisClient, name: string, command: Command): Reply {
  switch (name) {
    case 'client|setname':
      client.side.name = command[2] ?? '';
      return 'OK';
    case 'client|getname':
      return client.side.name === '' ? null : client.side.name;
    case 'client|id':
      return client.id;
    case 'client|list':
      return clientList(state.clients.values());
    case 'client|kill':
      return kill(state, client, command.slice(2));
    case 'client|pause':
      return state.pause.begin(command.slice(2));
    default:
      state.pause.end();
      return 'OK';
  }
}
