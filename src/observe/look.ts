import type { Redis } from 'ioredis';
import type { InstanceView, NameView, SentinelView, World } from '../world/model.js';
import type { Connections } from './connections.js';
import { probeInstance } from './probe.js';
import { readName } from './redis-replies.js';

/** A pod that has not answered by then does not answer, for this look; a majority of sentinels has to agree before it is called dead. */
const PROBE_MS = 150;

const silent: InstanceView = { state: 'unreachable', why: `no answer within ${PROBE_MS} ms`, refused: false };

function probeShortly(connections: Connections, address: string): Promise<InstanceView> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<InstanceView>((resolve) => {
    timer = setTimeout(() => resolve(silent), PROBE_MS);
  });
  return Promise.race([probeInstance(connections, address), late]).finally(() => clearTimeout(timer));
}

/** What one sentinel says of some names only: one round trip. A name it does not know is left out. */
async function askNames(redis: Redis, names: readonly string[]): Promise<readonly NameView[]> {
  const asks = redis.pipeline();
  for (const name of names) asks.call('SENTINEL', 'MASTER', name).call('SENTINEL', 'REPLICAS', name);
  const answers = (await asks.exec()) ?? [];
  return names.flatMap((_, i) => {
    const [error, master] = answers[2 * i] ?? [];
    return error || !master ? [] : [readName(master, answers[2 * i + 1]?.[1])];
  });
}

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
    const { pod, group, datacenter, machine, address } = sentinel;
    return {
      pod,
      group,
      datacenter,
      machine,
      address,
      state: 'unreachable',
      why: error instanceof Error ? error.message : String(error),
    };
  }
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
  const addresses = new Set<string>();
  for (const { sentinels } of world.groups)
    for (const sentinel of sentinels)
      if (sentinel.state === 'up')
        for (const view of sentinel.names)
          if (wanted.has(view.partition))
            for (const address of [view.address, ...view.replicas.map((replica) => replica.address)])
              addresses.add(address);
  const instances = await Promise.all(
    world.pods
      .filter(({ address }) => addresses.has(address))
      .map(async ({ address }) => [address, await probeShortly(connections, address)] as const),
  );
  // The sentinels last: a probe that waited for a silent pod would leave their answers old by as much.
  const groups = await Promise.all(
    world.groups.map(async (group) =>
      concerned.has(group.name)
        ? {
            ...group,
            sentinels: await Promise.all(
              group.sentinels.map((sentinel) => lookAtSentinel(connections, sentinel, names)),
            ),
          }
        : group,
    ),
  );
  const seen = new Map(instances);
  return {
    ...world,
    groups,
    pods: world.pods.map((pod) => ({ ...pod, instance: seen.get(pod.address) ?? pod.instance })),
  };
}
