/** Publish and subscribe of a simulated Redis. */
import type { Command } from './parts.js';
import type { RedisClient } from './sim-redis-client.js';

/** In RESP2 a subscriber may say nothing else. */
export const OF_SUBSCRIBERS: ReadonlySet<string> = new Set(['subscribe', 'unsubscribe', 'ping', 'quit']);

/** @returns to how many channels it listens then, as ioredis resolves */
export function subscription(client: RedisClient, name: string, channels: Command): number {
  if (name === 'subscribe') for (const channel of channels) client.channels.add(channel);
  else for (const channel of channels.length > 0 ? channels : [...client.channels]) client.channels.delete(channel);
  return client.channels.size;
}

/** @returns how many have heard it */
export function publish(clients: Iterable<RedisClient>, channel: string, message: string): number {
  let heard = 0;
  for (const client of clients)
    if (client.channels.has(channel)) {
      heard++;
      client.side.push(channel, message);
    }
  return heard;
}
