import type { Facts } from '../world/facts.js';

const known = new WeakMap<Facts, ReadonlyMap<string, ReadonlySet<string>>>();

/**
 * `ip:port` -> un-replicated partitions that some sentinel gives it to, or is promoting it for, whatever the others say yet. The rules of a bound pod
 * keep Sentinel from promoting it (access.ts), but not from telling the others of a promotion that was through before: they follow within 2 s.
 */
export function promisedTo(facts: Facts): ReadonlyMap<string, ReadonlySet<string>> {
  const kept = known.get(facts);
  if (kept) return kept;
  const promised = new Map<string, Set<string>>();
  const add = (address: string, name: string): unknown =>
    promised.set(address, (promised.get(address) ?? new Set()).add(name));
  for (const partition of facts.partitions) {
    if (partition.settled && partition.uniform) continue;
    for (const { view } of partition.known) {
      add(view.address, partition.name);
      for (const { address, flags } of view.replicas) if (flags.includes('promoted')) add(address, partition.name);
    }
  }
  known.set(facts, promised);
  return promised;
}
