import type { SimFarm } from './sim-farm.js';

/** Two pods of a set are deleted at once and come back on each other's machine: two addresses under other names. */
export function swapPods(farm: SimFarm, x: number, y: number): string | undefined {
  const one = farm.redisPods[Math.floor(x * farm.redisPods.length)];
  const others = farm.redisPods.filter(
    (pod) => pod !== one && pod.datacenter === one?.datacenter && pod.record.port === one.record.port,
  );
  const other = others[Math.floor(y * others.length)];
  if (!one || !other || !farm.network.isUp(one.ip) || !farm.network.isUp(other.ip)) return undefined;
  const [first, second] = [
    { machine: one.record.machine, ip: one.ip },
    { machine: other.record.machine, ip: other.ip },
  ];
  const after = 300 + farm.scheduler.random() * 2_000;
  one.replace(farm.newUid(), second.machine, second.ip, after);
  other.replace(farm.newUid(), first.machine, first.ip, after * (0.5 + farm.scheduler.random()));
  return `${one.record.name} and ${other.record.name} of ${one.datacenter} are deleted and come back at each other's address`;
}
