/**
 * Counts replacements over all Barns, by what each of them did, not by what they concluded: what one did counts against another one from the pass on
 * that shows it, if an earlier pass of the same life showed the partition where it was. So it does not count
 *  - what a Barn that was not there then cannot have seen: a life begins with what it sees
 *  - what is not to be told from a move: a pod that hung, goes on in the same process and left its partition to an idle pod between two passes; and
 *    a pod that was seen to be filled from there before
 *  - what the one that counts is itself at work on: the next pass compares that
 */
import type { BarnEvent } from '../../src/barn/barn-event.js';
import { parsePartitionName } from '../../src/farm/words.js';
import { type Facts, partitionOf, upInstance } from '../../src/world/facts.js';
import type { SimBarn } from './sim-barn.js';
import type { SimFarm } from './sim-farm.js';

type Pass = Extract<BarnEvent, { kind: 'pass' }>;

export interface Replacement {
  readonly partition: string;
  /** addresses */
  readonly from: string;
  readonly to: string;
  /** a pod was called dead; else it may be a promotion, which keeps the data */
  readonly isDeath: boolean;
}

interface Counted extends Replacement {
  readonly at: number;
}
interface Expected extends Counted {
  /** of the process at `from` when it was last seen there */
  readonly runId: string | undefined;
}

/** What one life of a Barn knows, and should know. */
interface Life {
  own: readonly Counted[];
  others: readonly Counted[];
  expected: readonly Expected[];
  facts: Facts | undefined;
  /** partition and address that it was seen to be copied to */
  readonly filled: Set<string>;
  /** partition -> decisions of its own that are under way, and when the last one ended */
  readonly working: Map<string, { running: number; endedAt: number }>;
}

const WINDOW_MS = 60_000;

const runIdAt = (facts: Facts, address: string): string | undefined => {
  const pod = facts.podAt.get(address);
  return pod && upInstance(pod)?.runId;
};

export class BudgetWitness {
  readonly #lives = new Map<SimBarn, Life>();

  constructor(readonly farm: SimFarm) {}

  #lifeOf(barn: SimBarn): Life {
    const life: Life = this.#lives.get(barn) ?? {
      own: [],
      others: [],
      expected: [],
      facts: undefined,
      filled: new Set(),
      working: new Map(),
    };
    this.#lives.set(barn, life);
    return life;
  }

  begun(barn: SimBarn, subject: string): void {
    const { working } = this.#lifeOf(barn);
    const known = working.get(subject);
    working.set(subject, { running: (known?.running ?? 0) + 1, endedAt: known?.endedAt ?? 0 });
  }

  ended(barn: SimBarn, { subject }: { readonly subject: string }): void {
    const { working } = this.#lifeOf(barn);
    working.set(subject, { running: (working.get(subject)?.running ?? 1) - 1, endedAt: this.farm.scheduler.now });
  }

  replaced(barn: SimBarn, replacement: Replacement): void {
    const counted = { ...replacement, at: this.farm.scheduler.now };
    const life = this.#lifeOf(barn);
    life.own = [...life.own, counted];
    if (!replacement.isDeath) return;
    for (const [other, known] of this.#lives) {
      if (!other.process.alive) this.#lives.delete(other);
      else if (other !== barn && known.facts && partitionOf(known.facts, counted.partition)?.agreed === counted.from)
        known.expected = [...known.expected, { ...counted, runId: runIdAt(known.facts, counted.from) }];
    }
  }

  passed(barn: SimBarn, { facts, ms }: Pass): void {
    const life = this.#lifeOf(barn);
    const before = life.facts;
    const from = this.farm.scheduler.now - ms;
    life.expected = life.expected.filter((one) => {
      const agreed = partitionOf(facts, one.partition)?.agreed;
      const work = life.working.get(one.partition);
      if (agreed !== one.to || (work && (work.running > 0 || work.endedAt >= from))) return true;
      const runId = runIdAt(facts, one.from);
      const goesOn = runId !== undefined && runId === one.runId;
      const wasStandby = before?.standbys
        .get(parsePartitionName(one.partition)?.clusterName ?? '')
        ?.some(({ address }) => address === one.to);
      if (!life.filled.has(`${one.partition} ${one.to}`) && (!goesOn || wasStandby))
        life.others = [...life.others, one];
      return false;
    });
    for (const { name, incoming } of facts.partitions)
      for (const { address } of incoming) life.filled.add(`${name} ${address}`);
    life.facts = facts;
  }

  /** What counts against a Barn now. */
  count(barn: SimBarn, clusterName: string): { readonly own: number; readonly others: number } {
    const life = this.#lifeOf(barn);
    const { now } = this.farm.scheduler;
    const counts = ({ at, partition }: Counted): boolean =>
      now - at < WINDOW_MS && parsePartitionName(partition)?.clusterName === clusterName;
    const own = life.own.filter(counts);
    const isOwn = (one: Counted): boolean =>
      own.some(({ partition, from }) => partition === one.partition && from === one.from);
    const others = new Set(
      life.others.filter((one) => counts(one) && !isOwn(one)).map((one) => `${one.partition} ${one.from}`),
    );
    return { own: own.length, others: others.size };
  }
}
