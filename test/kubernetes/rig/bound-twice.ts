import { claimOf, type Facts, upInstance } from '../../../src/world/facts.js';
import type { World } from '../../../src/world/model.js';

const twice = (found: ReadonlyMap<string, readonly string[]>): readonly string[] =>
  [...found].flatMap(([what, of]) => (of.length > 1 ? [`${what}: ${of.join(' and ')}`] : []));

function collect(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [what, of] of pairs) found.set(what, [...(found.get(what) ?? []), of]);
  return found;
}

/** Partitions for which two pods let the application in, one line each. */
export const openTwice = ({ pods }: World): readonly string[] =>
  twice(
    collect(
      pods.flatMap((pod) => {
        const claim = claimOf(pod);
        return claim?.kind === 'bound' && upInstance(pod)?.openFor.length !== 0
          ? [[claim.partition, pod.address] as const]
          : [];
      }),
    ),
  );

/** Addresses that are given for two partitions, one line each. */
export const namedTwice = ({ partitions }: Facts): readonly string[] =>
  twice(collect(partitions.flatMap(({ name, agreed }) => (agreed === undefined ? [] : [[agreed, name] as const]))));
