/** A World as Barn makes it of what it was told: the real observers, with nothing replaced but the sockets. */
import type { Redis } from 'ioredis';
import type { Connections } from '../../src/observe/connections.js';
import { observeWorld } from '../../src/observe/observe-world.js';
import { Questions } from '../../src/observe/questions.js';
import type { World } from '../../src/world/model.js';
import { listKept } from './kept-objects.js';
import { FRAME, type Told } from './told-farm.js';

type Reply = readonly [Error | null, unknown];
const refused: Reply = [new Error('ERR unknown'), undefined];
const own = <T>(map: Readonly<Record<string, T>>, key: string): T | undefined =>
  typeof map === 'object' && map !== null && Object.hasOwn(map, key) ? map[key] : undefined;

/** What one address answers to what the observers ask. */
function replyTo(told: Told, address: string, words: readonly string[]): Reply {
  const instance = own(told.instances, address);
  const sentinel = own(told.sentinels, address);
  const at = instance ?? sentinel;
  if (typeof at !== 'object' || at === null) return refused;
  switch (words.slice(0, 2).join(' ').toUpperCase()) {
    case 'INFO':
      return [null, at.info];
    case 'ACL LIST':
      return [null, instance?.acl];
    case 'CONFIG GET':
      return [null, instance?.setting];
    case 'SENTINEL MYID':
      return [null, sentinel?.id];
    case 'SENTINEL MASTERS':
      return [null, sentinel?.masters];
    case 'SENTINEL REPLICAS': {
      const replicas = own(sentinel?.replicas ?? {}, words[2] ?? '');
      return replicas === undefined ? refused : [null, replicas];
    }
    default:
      return refused;
  }
}

function redisAt(told: Told, address: string): Redis {
  const pipeline = () => {
    const replies: Reply[] = [];
    const made = {
      call: (...words: string[]) => {
        replies.push(replyTo(told, address, words));
        return made;
      },
      info: () => made.call('INFO'),
      exec: async () => replies,
    };
    return made;
  };
  const call = async (...words: string[]): Promise<unknown> => {
    const [error, value] = replyTo(told, address, words);
    if (error) throw error;
    return value;
  };
  return { pipeline, call } as unknown as Redis;
}

const listeners = (told: Told): Connections =>
  ({
    questions: new Questions(),
    use: async <T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T> => {
      if (own(told.instances, address) === undefined && own(told.sentinels, address) === undefined)
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return work(redisAt(told, address));
    },
  }) as unknown as Connections;

/** Never throws, as the loop relies on. */
export const hear = (told: Told): Promise<World> =>
  observeWorld(
    FRAME,
    FRAME.datacenters.map(({ name: datacenter }) => ({
      datacenter,
      read: async () => listKept(datacenter, told.kube),
    })),
    listeners(told),
  );
