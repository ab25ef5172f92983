import { type Loose, text } from '../farm/loose.js';
import type { Farm } from '../farm/model.js';
import type { Facts } from '../world/facts.js';
import type { DeclaredCopy, World } from '../world/model.js';
import type { Plan } from './action.js';
import { measureSpread, type Spread } from './placement/bounds.js';
import { clusterFindings } from './status/cluster-findings.js';
import { type ClusterHealth, clusterHealths } from './status/cluster-health.js';
import { type Condition, conditionsFrom, type Findings } from './status/condition.js';

/** The status of a CacheCluster object, as its CRD has it (constructs/cache-cluster-definition.ts). */
export interface ClusterStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly serving: number;
  /** armed ones */
  readonly standbys: number;
  readonly sentinelGroup: string;
  /** partitions above the lower bound in one datacenter and on one machine: `0/0` is the best */
  readonly spread: string;
  /** RFC 3339; left out: never seen */
  readonly lastMove?: string;
}

export interface CopyStatus {
  readonly copy: DeclaredCopy;
  readonly status: ClusterStatus;
}

export interface StatusInput {
  readonly farm: Farm;
  readonly world: World;
  readonly facts: Facts;
  readonly plan: Plan;
  /** name of a cache cluster -> when one of its partitions was last seen to get another address, RFC 3339 */
  readonly moves: ReadonlyMap<string, string>;
  /** the status as it was last written, where that is newer than what the copy shows */
  previousOf?(copy: DeclaredCopy): Loose | undefined;
  /** RFC 3339 in UTC, without fractions */
  readonly now: string;
}

/** A copy that outlived its cache cluster: whoever waits for it to be Ready waits in vain. */
const DELETED: Findings = {
  Ready: { status: 'False', reason: 'Deleted', message: 'the cache cluster is marked as deleted' },
  Progressing: { status: 'False', reason: 'Deleted', message: 'its partitions are given back' },
  Degraded: { status: 'False', reason: 'Deleted', message: 'the cache cluster is marked as deleted' },
};

const excess = ({ datacenter, machine }: Spread): string =>
  `${datacenter.most - datacenter.bound}/${machine.most - machine.bound}`;

/** Times of one form sort as text. */
function latest(x: string | undefined, y: string | undefined): string | undefined {
  if (x === undefined || y === undefined) return x ?? y;
  return x > y ? x : y;
}

function statusOf(
  copy: DeclaredCopy,
  health: ClusterHealth | undefined,
  spread: Spread | undefined,
  input: StatusInput,
): ClusterStatus {
  const previous = input.previousOf?.(copy) ?? copy.status;
  const findings = health && !copy.deleted ? clusterFindings(health, copy) : DELETED;
  const lastMove = latest(text(previous?.lastMove), input.moves.get(copy.clusterName));
  return {
    observedGeneration: copy.generation,
    conditions: conditionsFrom(findings, previous, { generation: copy.generation, now: input.now }),
    serving: health?.serving ?? 0,
    standbys: health?.armedStandbys ?? 0,
    sentinelGroup: health?.cluster.sentinelGroup ?? '',
    spread: spread ? excess(spread) : '0/0',
    ...(lastMove === undefined ? {} : { lastMove }),
  };
}

/** What every object of every cache cluster should say, in each KubeCluster that could be read. Pure. */
export function clusterStatuses(input: StatusInput): readonly CopyStatus[] {
  const { farm, world, facts, plan } = input;
  const copies = world.copies ?? [];
  if (copies.length === 0) return [];
  const healths = new Map(
    clusterHealths(farm, world, facts, plan).map((health) => [health.cluster.clusterName, health]),
  );
  const spreads = new Map(measureSpread(farm, world, facts).map((spread) => [spread.clusterName, spread]));
  return copies.map((copy) => ({
    copy,
    status: statusOf(copy, healths.get(copy.clusterName), spreads.get(copy.clusterName), input),
  }));
}
