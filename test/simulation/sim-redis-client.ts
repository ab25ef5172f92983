import type { Command, ServerSide } from './parts.js';

/** What a simulated Redis remembers of one connection. */
export interface RedisClient {
  readonly side: ServerSide;
  readonly id: number;
  /** it may go on without AUTH: logged in, or accepted while `default` had no password */
  authenticated: boolean;
  /** the user whose rules hold; `default` until a login */
  user: string;
  readonly channels: Set<string>;
  /** between MULTI and EXEC; `spoilt`: one of them was refused */
  queued: Command[] | undefined;
  spoilt: boolean;
  /** set when it is a replica of ours */
  replica: ReplicaOfOurs | undefined;
  /** what REPLCONF has said so far */
  announced: { ip: string; port: number };
}

/** A replica as its master sees it. */
export interface ReplicaOfOurs {
  state: 'wait_bgsave' | 'send_bulk' | 'online';
  offset: number;
  /** ms of the virtual clock */
  heardAt: number;
  /** what is written goes to it at once */
  streaming: boolean;
  /** sent when the copy has arrived */
  readonly waiting: string[];
}

export const newClient = (side: ServerSide, authenticated: boolean): RedisClient => ({
  side,
  id: side.id,
  authenticated,
  user: 'default',
  channels: new Set(),
  queued: undefined,
  spoilt: false,
  replica: undefined,
  announced: { ip: side.from, port: 0 },
});

export type ClientType = 'normal' | 'replica' | 'pubsub';

/** What CLIENT KILL TYPE calls it. */
export function typeOf(client: RedisClient): ClientType {
  if (client.replica) return 'replica';
  return client.channels.size > 0 ? 'pubsub' : 'normal';
}
