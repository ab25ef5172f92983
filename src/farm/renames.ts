import type { Farm, Problem } from './model.js';
import { NAME } from './words.js';

/**
 * The StatefulSets of a farm, `<datacenter>/redis-m1-6378` and `<datacenter>/sentinel-main-0`, sorted. Whoever keeps this list (the
 * committed dist, a test) can ask checkRenames what a change would destroy.
 */
export function pinnedNames(farm: Farm): string[] {
  const redis = farm.datacenters
    .filter(({ witness }) => !witness)
    .flatMap(({ name }) =>
      farm.tiers.flatMap((tier) => tier.ports.map((port) => `${name}/${NAME.redisSet(tier.name, port)}`)),
    );
  const sentinels = farm.sentinelGroups.flatMap((group) =>
    group.members.map(({ datacenter }) => `${datacenter}/${NAME.sentinelSet(group.name)}`),
  );
  return [...redis, ...sentinels].sort();
}

const datacenterOf = (name: string): string => name.slice(0, name.indexOf('/'));
const roleOf = (name: string): string => name.slice(name.indexOf('/') + 1).replace(/-.*$/, '');
/** `redis-m1-6378` -> `redis-m1`, `6378` */
const partsOf = (name: string): readonly string[] => [
  name.slice(0, name.lastIndexOf('-')),
  name.slice(name.lastIndexOf('-') + 1),
];

/** A new set that looks like the old one under another name: same datacenter and role, and all but one part the same. */
function successor(name: string, added: readonly string[]): string | undefined {
  const [stem, tail] = partsOf(name);
  const kin = added.filter((other) => datacenterOf(other) === datacenterOf(name) && roleOf(other) === roleOf(name));
  return kin.find((other) => partsOf(other)[0] === stem || partsOf(other)[1] === tail);
}

function loss(name: string, now: string | undefined): Problem {
  const what =
    roleOf(name) === 'sentinel'
      ? 'its sentinels would be deleted, with the addresses they know'
      : 'its pods would be deleted, with all they cache';
  const change = now === undefined ? 'is gone' : `is gone and ${now} is new, as if renamed`;
  const wayOut = roleOf(name) === 'sentinel' ? 'move its cache clusters to another group first' : 'empty it first';
  return {
    path: name,
    message: `${name} ${change}: ${what}; keep tier, port, group and datacenter names as they were, or, if it is meant, ${wayOut} and take it off the list of pinned names`,
  };
}

/**
 * Pools and sentinels that vanish or are renamed: a renamed StatefulSet is a lost cache.
 * @param previous pinnedNames of the farm as it runs
 */
export function checkRenames(previous: readonly string[], next: Farm): Problem[] {
  const names = pinnedNames(next);
  const added = names.filter((name) => !previous.includes(name));
  return previous.filter((name) => !names.includes(name)).map((name) => loss(name, successor(name, added)));
}
