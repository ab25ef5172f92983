import type { CacheCluster, Farm, SentinelGroup } from '../farm/model.js';
import {
  applicationUserOf,
  deriveFacts,
  type Facts,
  majorityOf,
  type PartitionFact,
  partitionOf,
  partitionsOf,
  type UpSentinel,
} from '../world/facts.js';
import type { RedisPod, World } from '../world/model.js';
import type { Decision, Note, PodRef, SentinelRef } from './action.js';
import { Decided } from './decided.js';
import { nextEpochs } from './epoch.js';
import { noteDeclarations } from './note-declarations.js';
import { Ledger } from './placement/ledger.js';

export interface PlanInput {
  readonly declared: Farm;
  readonly world: World;
  /** partitions, cache clusters and pod addresses that an earlier pass is still working on: left alone */
  readonly inFlight: ReadonlySet<string>;
  /** partitions that an earlier pass is still moving off a dead pod: what only puts their sentinels in order waits for them; @default none */
  readonly replacing?: ReadonlySet<string>;
  readonly budget: Budget;
  /** partition -> replacements that failed in a row */
  readonly failures: ReadonlyMap<string, number>;
  /** only these partitions are decided about: the crash path looks at one, not at the farm; @default all */
  readonly only?: ReadonlySet<string>;
  /** also look for a voluntary move that spreads better; @default false */
  readonly spread?: boolean;
  /** ms since the epoch */
  readonly now: number;
  /** 0..1023, unique among controllers that may run at once: keeps their epochs apart */
  readonly controller: number;
  /** sentinel group -> highest epoch of the plans that this controller has carried out: the names that had it may be gone; @default none */
  readonly usedEpochs?: ReadonlyMap<string, number>;
}

/** What may still be disrupted now, computed before anything is decided (budget.ts). */
export interface Budget {
  /** partitions that may be bound for the first time in this pass */
  readonly binds: number;
  /** replacements left for a CacheCluster; one that is not in the map has no limit */
  readonly replacements: ReadonlyMap<string, number>;
  /** replacements left for a backing group */
  readonly backing: ReadonlyMap<string, number>;
  /** partitions that may be moving at once for reasons of their own (drain, tier, spread) */
  readonly moves: number;
}

export const UNLIMITED: Budget = {
  binds: Number.MAX_SAFE_INTEGER,
  replacements: new Map(),
  backing: new Map(),
  moves: Number.MAX_SAFE_INTEGER,
};

/** What all decisions of one pass share: the facts, the working copy, and what was decided so far. */
export interface Planning {
  readonly input: PlanInput;
  readonly farm: Farm;
  readonly facts: Facts;
  readonly ledger: Ledger;
  /** partitions whose group may be written to and that nothing else works on, most important first */
  readonly partitions: readonly PartitionFact[];
  /** those of them that are not settled: all that most decisions need to look at */
  readonly unsettled: readonly PartitionFact[];
  /** sentinel groups without a majority of their sentinels: nothing is written there */
  readonly heldGroups: ReadonlySet<string>;
  /** sentinel groups of which a partition is still being moved off a dead pod */
  readonly replacingIn: ReadonlySet<string>;
  /** no sentinel of the farm was missing: what none lists now none can list later, for names only come to pods through Barn */
  readonly allHeard: boolean;
  readonly decisions: Decision[];
  /** what `decisions` are about */
  readonly decided: Decided;
  readonly notes: Note[];
  readonly epochs: ReadonlyMap<string, number>;
}

/** A decision reads the planning and adds to its decisions and notes. */
export type Decide = (planning: Planning) => void;

export const podRef = (pod: RedisPod): PodRef => ({
  name: pod.name,
  datacenter: pod.datacenter,
  machine: pod.machine,
  address: pod.address,
});

export const sentinelRef = (sentinel: UpSentinel): SentinelRef => ({
  pod: sentinel.pod,
  address: sentinel.address,
  id: sentinel.id,
});

export const applicationUser = (planning: Planning, clusterName: string): string =>
  applicationUserOf(planning.farm.auth, clusterName);

/** Something was already decided for this pod in this pass. */
export const isDecided = (planning: Planning, address: string): boolean => planning.decided.hasPod(address);

/** A decision of this pass, or something still under way, has this pod. */
export const isTaken = (planning: Planning, address: string): boolean =>
  planning.input.inFlight.has(address) || isDecided(planning, address);

/** Sentinels of the group that may be written to. */
export const writable = (planning: Planning, group: SentinelGroup): readonly UpSentinel[] =>
  (planning.facts.upSentinels.get(group.name) ?? []).filter((sentinel) => !sentinel.tilt);

const compareText = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);

const byImportance = (x: CacheCluster, y: CacheCluster): number =>
  x.importance - y.importance || compareText(x.clusterName, y.clusterName);

/** By importance, then by name and number: the order of recovery, and the same in every pass. */
const inOrderOfRecovery = (farm: Farm, facts: Facts): readonly PartitionFact[] =>
  [...farm.cacheClusters].sort(byImportance).flatMap((cluster) => partitionsOf(facts, cluster));

function noteGroups(farm: Farm, world: World, facts: Facts, notes: Note[]): ReadonlySet<string> {
  const held = new Set<string>();
  const views = new Map([...world.groups].reverse().map(({ name, sentinels }) => [name, sentinels]));
  for (const group of farm.sentinelGroups) {
    const up = facts.upSentinels.get(group.name) ?? [];
    const voting = up.filter((sentinel) => !sentinel.tilt).length;
    for (const sentinel of views.get(group.name) ?? []) {
      if (sentinel.state === 'unreachable')
        notes.push({
          reason: 'SentinelUnreachable',
          subject: sentinel.pod,
          detail: `${sentinel.address}: ${sentinel.why}`,
        });
      else if (sentinel.tilt) notes.push({ reason: 'SentinelTilted', subject: sentinel.pod, detail: sentinel.address });
    }
    if (voting >= majorityOf(group.size)) continue;
    held.add(group.name);
    notes.push({
      reason: 'GroupWithoutMajority',
      subject: group.name,
      detail: `${voting} of ${group.size} sentinels answer and are not tilted, ${majorityOf(group.size)} needed`,
    });
  }
  return held;
}

export function startPlanning(input: PlanInput): Planning {
  const { declared: farm, world } = input;
  const facts = deriveFacts(farm, world);
  const notes: Note[] = world.datacenters
    .filter((datacenter) => !datacenter.complete)
    .map((datacenter) => ({
      reason: 'DatacenterUnread',
      subject: datacenter.name,
      detail: datacenter.problem ?? 'unread',
    }));
  notes.push(...noteDeclarations(farm, world));
  const held = noteGroups(farm, world, facts, notes);
  const all = inOrderOfRecovery(farm, facts);
  const partitions =
    held.size === 0 && input.inFlight.size === 0 && !input.only
      ? all
      : all.filter(
          ({ name, group }) => !held.has(group.name) && !input.inFlight.has(name) && (input.only?.has(name) ?? true),
        );
  const decisions: Decision[] = [];
  // Most passes place nothing, and the ledger counts every pod: it is made when it is first asked.
  let ledger: Ledger | undefined;
  return {
    input,
    farm,
    facts,
    get ledger() {
      ledger ??= new Ledger(farm, world, facts, input.inFlight);
      return ledger;
    },
    partitions,
    unsettled: partitions.filter(({ settled }) => !settled),
    heldGroups: held,
    replacingIn: new Set([...(input.replacing ?? [])].flatMap((name) => partitionOf(facts, name)?.group.name ?? [])),
    allHeard: farm.sentinelGroups.every(({ name, size }) => facts.upSentinels.get(name)?.length === size),
    decisions,
    decided: new Decided(decisions),
    notes,
    epochs: nextEpochs(farm, facts, input.controller, input.now, input.usedEpochs),
  };
}
