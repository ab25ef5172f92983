import type { Redis } from 'ioredis';
import { SELF_TEST_NAME } from '../farm/access.js';
import { readAddress, sendAll } from './act-on-sentinel.js';
import { type HelloSender, helloFrom } from './hello.js';
import type { WriteMode } from './switch-name.js';

/**
 * The hello is Sentinel's internal protocol, so it is tried on a throw-away name before it is trusted: does a higher epoch switch the address,
 * is an equal one ignored? Nothing listens at the addresses; the name is removed at once.
 * @param controller keeps two controllers that try at once apart
 */
export async function proveHello(redis: Redis, peer: HelloSender, controller: number): Promise<WriteMode> {
  const name = `${SELF_TEST_NAME}::${controller}`;
  const [first, second, third] = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'] as const;
  try {
    await sendAll(redis, [
      ['SENTINEL', 'REMOVE', name],
      ['SENTINEL', 'MONITOR', name, '127.0.0.1', '1', '99'],
    ]);
    if ((await readAddress(redis, name)) !== first) return 'monitor';
    await sendAll(redis, [helloFrom(peer, name, second, 1)]);
    if ((await readAddress(redis, name)) !== second) return 'monitor';
    await sendAll(redis, [helloFrom(peer, name, third, 1)]);
    return (await readAddress(redis, name)) === second ? 'hello' : 'monitor';
  } finally {
    await sendAll(redis, [['SENTINEL', 'REMOVE', name]]);
  }
}
