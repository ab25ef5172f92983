/** Who is connected to a pod: CLIENT LIST, over the connection that Barn has anyway. */
import type { ClientsView } from '../api/schemas.js';
import { USER } from '../farm/access.js';
import type { Connections } from '../observe/connections.js';
import { parseInfo } from '../observe/redis-replies.js';

type Client = ClientsView['clients'][number];

/** Each takes some 350 bytes of the answer, which is cut off at 8 MB together with Barn's connection (wire/guard-replies.ts). */
const MOST_CLIENTS = 15_000;
const MOST_TOLD = 1_000;

const OURS: ReadonlySet<string> = new Set([
  USER.barn,
  USER.sentinel,
  USER.exporter,
  USER.replication,
  USER.peer,
  USER.pod,
]);

const seconds = (text: string | undefined): number => Math.max(0, Math.trunc(Number(text)) || 0);

/** `id=3 addr=127.0.0.1:5 name=x user=default cmd=get ...`: values hold no space. */
function parseClient(line: string): (Omit<Client, 'count'> & { readonly ours: boolean }) | undefined {
  const fields = new Map(
    line.split(' ').map((field) => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals), field.slice(equals + 1)] as const;
    }),
  );
  const address = fields.get('addr');
  if (address === undefined) return undefined;
  const user = fields.get('user') ?? '';
  return {
    name: fields.get('name') ?? '',
    address: address.slice(0, address.lastIndexOf(':')),
    user,
    ageSeconds: seconds(fields.get('age')),
    idleSeconds: seconds(fields.get('idle')),
    lastCommand: fields.get('cmd') ?? '',
    // A replica's own connection, and those that only watch whether it stands (observe/sentry.ts), are no use of the cache.
    ours: OURS.has(user) || /[SMO]/.test(fields.get('flags') ?? '') || fields.get('cmd') === 'NULL',
  };
}

/** Connections of one application on one machine are one line: the oldest's age, the shortest idle time and its last command. */
export function parseClients(text: string): Client[] {
  const groups = new Map<string, Client>();
  for (const line of text.split('\n')) {
    const one = parseClient(line.trim());
    if (!one || one.ours) continue;
    const { ours: _, ...client } = one;
    const key = JSON.stringify([client.name, client.address, client.user]);
    const known = groups.get(key);
    const latest = known && known.idleSeconds <= client.idleSeconds ? known : client;
    groups.set(key, {
      ...latest,
      ageSeconds: Math.max(client.ageSeconds, known?.ageSeconds ?? 0),
      count: (known?.count ?? 0) + 1,
    });
  }
  const sorted = [...groups.values()].sort(
    (one, other) => other.count - one.count || other.ageSeconds - one.ageSeconds,
  );
  return sorted.slice(0, MOST_TOLD);
}

/** @param address `ip:port` of a pod. @throws Error when it does not answer, or has too many to be told */
export const clientsOf = (connections: Connections, address: string): Promise<Client[]> =>
  connections.use(address, async (redis) => {
    const connected = Number(parseInfo(await redis.info('clients')).get('connected_clients'));
    if (connected > MOST_CLIENTS)
      throw new Error(`${address} has ${connected} connections: more than ${MOST_CLIENTS} are not listed`);
    return parseClients(String(await redis.call('CLIENT', 'LIST')));
  });
