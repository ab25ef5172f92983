import type { Redis } from 'ioredis';
import type { InstanceView, SentinelView } from '../world/model.js';
import type { SentinelRecord } from '../world/read-kube.js';
import type { Connections } from './connections.js';
import { parseInfo, readInstance, readName, readSetting, replyOf, requiresReplicas } from './redis-replies.js';

/** redis.conf; `min-slaves-to-write` before Redis 5 */
const MIN_REPLICAS = 'min-replicas-to-write';

const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isRefused = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === 'ECONNREFUSED';

/** Results of a pipeline; the first error is thrown. */
function unwrap(results: readonly [Error | null, unknown][] | null): readonly unknown[] {
  return (results ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

async function askInstance(redis: Redis): Promise<InstanceView> {
  const [info, acl] = unwrap(await redis.pipeline().info().call('ACL', 'LIST').exec());
  if (typeof info !== 'string' || !isTexts(acl))
    throw new Error('no Redis answers there: what it says to INFO and ACL LIST is none of its replies');
  // Nearly no pod requires replicas, so nearly none costs a second round trip.
  const minReplicas = requiresReplicas(info) ? await redis.call('CONFIG', 'GET', MIN_REPLICAS) : undefined;
  return readInstance(info, acl, readSetting(minReplicas));
}

/** What is known of a pod that has not answered by then: nothing. It may be dead, busy, or far away. */
const unheard = (ms: number): InstanceView => ({
  state: 'unreachable',
  why: `no answer within ${ms} ms`,
  refused: false,
});

/** Asks one RedisPod; an error is a fact about it. */
export async function probeInstance(connections: Connections, address: string): Promise<InstanceView> {
  try {
    return await connections.use(address, askInstance);
  } catch (error) {
    return { state: 'unreachable', why: whyOf(error), refused: isRefused(error) };
  }
}

/**
 * The same, for who does not wait longer than that.
 * @param patienceMs left out: until connections give the command up
 */
export async function hearInstance(
  connections: Connections,
  address: string,
  patienceMs?: number,
): Promise<InstanceView> {
  const asked = connections.questions.ask(address, () => probeInstance(connections, address));
  return (await asked.within(patienceMs)) ?? unheard(patienceMs ?? 0);
}

/** It is spoken in the name of, in a text whose parts are parted by commas (act/hello.ts). */
const RUN_ID = /^[0-9a-f]{40}$/;

/** Two round trips whatever the number of names. */
async function askSentinel(redis: Redis, record: SentinelRecord): Promise<SentinelView> {
  const asked = redis.pipeline().call('SENTINEL', 'MYID').info().call('SENTINEL', 'MASTERS');
  const [id, info, masters] = unwrap(await asked.exec());
  if (typeof id !== 'string' || !RUN_ID.test(id) || typeof info !== 'string' || !Array.isArray(masters))
    throw new Error('no Sentinel answers there: what it says of itself is none of its replies');
  const asks = redis.pipeline();
  for (const master of masters) asks.call('SENTINEL', 'REPLICAS', readName(master, []).partition);
  const replicas = masters.length === 0 ? [] : ((await asks.exec()) ?? []);
  // A name that was removed between the two questions is gone, and nothing is wrong with the sentinel.
  const names = masters.flatMap((master, i) => {
    const reply = replyOf(replicas[i]);
    return reply === undefined ? [] : [readName(master, reply)];
  });
  const tilt = parseInfo(info).get('sentinel_tilt') === '1';
  return { ...record, state: 'up', id, tilt, names };
}

/** Asks one sentinel for everything it knows. */
export async function probeSentinel(connections: Connections, record: SentinelRecord): Promise<SentinelView> {
  try {
    return await connections.use(record.address, (redis) => askSentinel(redis, record));
  } catch (error) {
    return { ...record, state: 'unreachable', why: whyOf(error) };
  }
}
