/** What every pod of the farm is for, once a pass: by the pods' own markers, and by what a majority of sentinels says. */
import { claimedCluster } from '../../farm/access.js';
import { claimOf, clusterUsing, type Facts, isIdle } from '../../world/facts.js';
import type { RedisPod } from '../../world/model.js';
import { isServing } from '../../world/progress.js';
import type { Pass } from '../parts.js';
import type { PodState } from '../schemas.js';

export interface PodUse {
  readonly state: PodState;
  /** partitions it serves, then those that sentinels list it for or that its marker names */
  readonly partitions: readonly string[];
  readonly clusterName: string | undefined;
}

const NONE: readonly string[] = [];

/** Partitions that are served, by the address that serves them: a standby may shelter several. */
function servedAt({ farm, facts }: Pick<Pass, 'farm' | 'facts'>): ReadonlyMap<string, readonly string[]> {
  const served = new Map<string, string[]>();
  for (const partition of facts.partitions) {
    if (partition.agreed === undefined || !isServing(farm, facts, partition)) continue;
    const names = served.get(partition.agreed);
    if (names) names.push(partition.name);
    else served.set(partition.agreed, [partition.name]);
  }
  return served;
}

/**
 * - serving: a majority of sentinels names it and it is open for that; whoever is served there is, whatever else goes on
 * - moving: it takes a partition over and copies
 * - standby, replica: kept for it and open
 * - draining: nothing is on it any more, and nothing new goes there
 * - idle: may be taken
 * - locked: it answers but neither serves nor may be taken: a sentinel lists it still, its opening is not finished, or it says nothing we know
 */
function stateOf(facts: Facts, shut: ReadonlySet<RedisPod>, pod: RedisPod, serves: boolean): PodState {
  if (pod.instance.state === 'unreachable') return 'unreachable';
  if (serves) return 'serving';
  const claim = claimOf(pod);
  if (claim?.kind === 'incoming') return 'moving';
  if (claim?.kind === 'standby' && !shut.has(pod)) return 'standby';
  if (claim?.kind === 'member' && !shut.has(pod)) return 'replica';
  if (isIdle(facts, pod)) return 'idle';
  return claim?.kind === 'locked' && pod.draining && !facts.listed.has(pod.address) ? 'draining' : 'locked';
}

function partitionsOf(facts: Facts, pod: RedisPod, serves: readonly string[]): readonly string[] {
  const claim = claimOf(pod);
  const named = claim && 'partition' in claim ? claim.partition : undefined;
  const listed = facts.listed.get(pod.address);
  if (!listed) {
    if (named === undefined || serves.includes(named)) return serves;
    return [...serves, named];
  }
  if (listed.size === serves.length && (named === undefined || listed.has(named))) return serves;
  return [...new Set([...serves, ...(named === undefined ? NONE : [named]), ...listed])];
}

const known = new WeakMap<Facts, ReadonlyMap<RedisPod, PodUse>>();

/** Worked out once a pass, however many views ask. */
export function podUses(pass: Pick<Pass, 'farm' | 'world' | 'facts'>): ReadonlyMap<RedisPod, PodUse> {
  const { world, facts } = pass;
  const kept = known.get(facts);
  if (kept) return kept;
  const served = servedAt(pass);
  const shut = new Set(facts.shut);
  const uses = new Map(
    world.pods.map((pod): [RedisPod, PodUse] => {
      const serves = served.get(pod.address) ?? NONE;
      const claim = claimOf(pod);
      const clusterName = (claim && claimedCluster(claim)) ?? clusterUsing(facts, pod);
      const state = stateOf(facts, shut, pod, serves.length > 0);
      return [pod, { state, partitions: partitionsOf(facts, pod, serves), clusterName }];
    }),
  );
  known.set(facts, uses);
  return uses;
}
