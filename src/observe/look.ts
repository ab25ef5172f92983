import type { Redis } from 'ioredis';
import type { InstanceView, NameView, SentinelView, World } from '../world/model.js';
import type { SentinelRecord } from '../world/read-kube.js';
import type { Connections } from './connections.js';
import { hearGroup } from './hear-group.js';
import { hearInstance } from './probe.js';
import { readName, replyOf } from './redis-replies.js';

/** A pod that has not answered by then does not answer, for this look; a majority of sentinels has to agree before it is called dead. */
const PROBE_MS = 150;

/** A sentinel may be at its disk; while a majority answers, nobody waits longer for one that hangs. */
const SENTINEL_MS = 400;

/** What one sentinel says of some names only: one round trip. A name it does not know is left out. @throws when it does not say of each */
async function askNames(redis: Redis, names: readonly string[]): Promise<readonly NameView[]> {
  const asks = redis.pipeline();
  for (const name of names) asks.call('SENTINEL', 'MASTER', name).call('SENTINEL', 'REPLICAS', name);
  const answers = (await asks.exec()) ?? [];
  return names.flatMap((_, i) => {
    const [master, replicas] = [replyOf(answers[2 * i]), replyOf(answers[2 * i + 1])];
    return master === undefined || replicas === undefined ? [] : [readName(master, replicas)];
  });
}

const recordOf = ({ pod, group, datacenter, machine, address }: SentinelView): SentinelRecord => ({
  pod,
  group,
  datacenter,
  machine,
  address,
});

async function lookAtSentinel(
  connections: Connections,
  sentinel: SentinelView,
  names: readonly string[],
): Promise<SentinelView> {
  if (sentinel.state !== 'up') return sentinel;
  try {
    const fresh = await connections.use(sentinel.address, (redis) => askNames(redis, names));
    return { ...sentinel, names: [...sentinel.names.filter(({ partition }) => !names.includes(partition)), ...fresh] };
  } catch (error) {
    return {
      ...recordOf(sentinel),
      state: 'unreachable',
      why: error instanceof Error ? error.message : String(error),
    };
  }
}

const lookAtGroup = (
  connections: Connections,
  sentinels: readonly SentinelView[],
  names: readonly string[],
): Promise<readonly SentinelView[]> =>
  hearGroup(
    sentinels.map((sentinel) => ({
      record: recordOf(sentinel),
      asked: connections.questions.ask(sentinel.address, () => lookAtSentinel(connections, sentinel, names)),
    })),
    SENTINEL_MS,
  );

/** Where the sentinels say that these partitions and their replicas are. */
function addressesOf(groups: World['groups'], wanted: ReadonlySet<string>): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const { sentinels } of groups)
    for (const sentinel of sentinels)
      if (sentinel.state === 'up')
        for (const view of sentinel.names)
          if (wanted.has(view.partition))
            for (const address of [view.address, ...view.replicas.map((replica) => replica.address)])
              addresses.add(address);
  return addresses;
}

/**
 * The world as it was, with some partitions looked at anew: their names on the sentinels that know them, the pods those names give, and the
 * pods behind them. Nothing else is asked, so it takes milliseconds whatever the size of the farm.
 */
export async function lookAt(world: World, names: readonly string[], connections: Connections): Promise<World> {
  const wanted = new Set(names);
  const concerned = new Set(
    world.groups
      .filter(({ sentinels }) =>
        sentinels.some((s) => s.state === 'up' && s.names.some(({ partition }) => wanted.has(partition))),
      )
      .map(({ name }) => name),
  );
  const seen = new Map<string, InstanceView>();
  const hear = async (addresses: ReadonlySet<string>): Promise<void> => {
    const pods = world.pods.filter(({ address }) => addresses.has(address) && !seen.has(address));
    await Promise.all(
      pods.map(async ({ address }) => seen.set(address, await hearInstance(connections, address, PROBE_MS))),
    );
  };
  await hear(addressesOf(world.groups, wanted));
  // The sentinels after them: a probe that waited for a silent pod would leave their answers old by as much.
  const groups = await Promise.all(
    world.groups.map(async (group) =>
      concerned.has(group.name)
        ? { ...group, sentinels: await lookAtGroup(connections, group.sentinels, names) }
        : group,
    ),
  );
  // What has moved since: an old claim there would read as that of a pod that restarted.
  await hear(addressesOf(groups, wanted));
  return {
    ...world,
    groups,
    pods: world.pods.map((pod) => ({ ...pod, instance: seen.get(pod.address) ?? pod.instance })),
  };
}
