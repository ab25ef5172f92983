/** The ACL commands and AUTH of a simulated Redis. */
import type { Command, Reply } from './parts.js';
import type { RedisClient } from './sim-redis-client.js';
import type { RedisState } from './sim-redis-state.js';

export function logIn({ acl }: RedisState, client: RedisClient, command: Command): Reply {
  if (command.length > 3) return new Error('ERR syntax error');
  const [user, password] = command.length === 2 ? ['default', command[1] ?? ''] : [command[1] ?? '', command[2] ?? ''];
  const problem = acl.login(user, password);
  if (problem !== undefined) return new Error(problem);
  client.user = user;
  client.authenticated = true;
  client.side.user = user;
  return 'OK';
}

function setUser({ acl, clients, kick }: RedisState, name: string, rules: readonly string[]): Reply {
  const problem = acl.set(name, rules);
  if (problem !== undefined) return new Error(problem);
  const user = acl.get(name);
  // Who listens to what the user may no longer hear is cut.
  for (const client of [...clients.values()])
    if (client.user === name && !user?.mayUse([...client.channels])) kick(client);
  return 'OK';
}

function deleteUsers({ acl, clients, kick }: RedisState, names: readonly string[]): Reply {
  if (names.includes('default')) return new Error("ERR The 'default' user cannot be removed");
  let count = 0;
  for (const name of names) {
    if (!acl.delete(name)) continue;
    count++;
    for (const client of [...clients.values()]) if (client.user === name) kick(client);
  }
  return count;
}

export function aclCommand(state: RedisState, client: RedisClient, name: string, command: Command): Reply {
  const user = command[2] ?? '';
  switch (name) {
    case 'acl|setuser':
      return setUser(state, user, command.slice(3));
    case 'acl|deluser':
      return deleteUsers(state, command.slice(2));
    case 'acl|getuser':
      return state.acl.get(user)?.described ?? null;
    case 'acl|list':
      return state.acl.sorted().map(({ line }) => line);
    case 'acl|users':
      return state.acl.sorted().map((one) => one.name);
    default:
      return client.user;
  }
}
