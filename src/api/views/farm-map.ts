import type { Farm } from '../../farm/model.js';
import type { RedisPod } from '../../world/model.js';
import type { Pass } from '../parts.js';
import type { FarmMap, Freshness, MapPod } from '../schemas.js';
import type { Loads } from './load.js';
import { type PodUse, podUses } from './pod-uses.js';
import { whole, wholeOrNull } from './whole.js';

export const podId = ({ datacenter, name }: Pick<RedisPod, 'datacenter' | 'name'>): string => `${datacenter}/${name}`;

const memoryOf = (farm: Farm): ReadonlyMap<string, number> =>
  new Map(farm.tiers.map(({ name, maxMemoryBytes }) => [name, maxMemoryBytes]));

function mapPodOf(pod: RedisPod, use: PodUse, maxMemoryBytes: number, load: Loads): MapPod {
  const instance = pod.instance.state === 'up' ? pod.instance : undefined;
  const carried = instance && load.of(pod.address);
  return {
    id: podId(pod),
    name: pod.name,
    datacenter: pod.datacenter,
    machine: pod.machine,
    tier: pod.tier,
    port: pod.port,
    address: pod.address,
    state: use.state,
    draining: pod.draining,
    partitions: [...use.partitions],
    clusterName: use.clusterName ?? null,
    keys: wholeOrNull(instance?.keys),
    usedMemoryBytes: wholeOrNull(instance?.usedMemoryBytes),
    maxMemoryBytes,
    opsPerSecond: wholeOrNull(carried?.opsPerSecond),
    hitRatio: carried?.hitRatio ?? null,
    clients: wholeOrNull(carried?.clients),
  };
}

/** One pod as the map shows it; undefined: it is none of the pass. */
export function mapPod(pass: Pass, load: Loads, pod: RedisPod): MapPod | undefined {
  const use = podUses(pass).get(pod);
  return use && mapPodOf(pod, use, memoryOf(pass.farm).get(pod.tier) ?? 0, load);
}

export function mapPods(pass: Pass, load: Loads): MapPod[] {
  const uses = podUses(pass);
  const memory = memoryOf(pass.farm);
  return pass.world.pods.flatMap((pod) => {
    const use = uses.get(pod);
    return use ? [mapPodOf(pod, use, memory.get(pod.tier) ?? 0, load)] : [];
  });
}

/** The farm without its pods: what they stand in, and the sentinels. */
export function farmFrame({ farm, world }: Pass, freshness: Freshness): Omit<FarmMap, 'pods'> {
  return {
    farm: farm.name,
    freshness,
    datacenters: world.datacenters.map(({ name, complete, problem, machines }) => ({
      name,
      complete,
      ...(problem === undefined ? {} : { problem }),
      machines: machines.map((machine) => ({
        name: machine.name,
        address: machine.address,
        ready: machine.ready,
        draining: machine.draining,
      })),
    })),
    tiers: farm.tiers.map(({ name, ports, maxMemoryBytes }) => ({
      name,
      ports: [...ports],
      maxMemoryBytes: whole(maxMemoryBytes),
    })),
    sentinels: world.groups.flatMap(({ name, sentinels }) =>
      sentinels.map((sentinel) => ({
        group: name,
        datacenter: sentinel.datacenter,
        machine: sentinel.machine,
        address: sentinel.address,
        up: sentinel.state === 'up',
        tilt: sentinel.state === 'up' && sentinel.tilt,
      })),
    ),
  };
}

export const farmMap = (pass: Pass, load: Loads, freshness: Freshness): FarmMap => ({
  ...farmFrame(pass, freshness),
  pods: mapPods(pass, load),
});
