import { PartitionUnresolved } from './partition-unresolved.js';
import type { SentinelLogin } from './sentinel-connection.js';
import { type LinkEvents, SentinelLink } from './sentinel-link.js';
import { type Address, decide, type Held, sameAddress, type Verdict } from './verdict.js';

export interface SentinelResolverOptions extends SentinelLogin {
  /** every sentinel of the group: majorities are counted over this list */
  readonly sentinels: readonly Address[];
  /**
   * How many sentinels to be subscribed to at a time.
   * @default 3, at least 2 where there are 2
   */
  readonly subscriptions?: number;
  /**
   * How often to ask for the addresses, as a back-up to the subscriptions, ms; each time ten per cent more or less. One look-up costs a
   * sentinel 0.4 microseconds of CPU (measured, pipelined): a thousand processes with a hundred partitions each take 4 % of it at 1 s.
   * @default 1000
   */
  readonly pollMs?: number;
}

interface Entry {
  verdict: Verdict;
  /** what was decided last, kept while the sentinels are silent: its epoch is the fence against a stale one */
  held: Held | undefined;
  readonly followers: Set<(address: Address) => void>;
  /** called at each verdict; true when served */
  readonly waiting: Set<() => boolean>;
  idlePolls: number;
}

/** A name that nobody follows is asked for no longer after so many polls. */
const IDLE_POLLS = 60;

/**
 * Where the partitions of one sentinel group are, for one process. Holds two connections to a sentinel at most, whatever the number of
 * partitions. Which answers it believes: `decide` in verdict.ts.
 *
 * How a move is heard: a subscribed sentinel publishes +switch-master, +monitor or -monitor for a name that somebody here follows; all sentinels
 * are asked at once for address and config-epoch; each answer is judged as it comes. What was not heard is found by the poll.
 */
export class SentinelResolver {
  private readonly links: readonly SentinelLink[];
  private readonly wanted: number;
  private readonly entries = new Map<string, Entry>();
  private readonly suspects = new Set<string>();
  private readonly pollMs: number;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** Connects to the sentinels at once. @throws RangeError without sentinels */
  constructor(options: SentinelResolverOptions) {
    const { sentinels, subscriptions = 3, pollMs = 1_000, ...login } = options;
    if (sentinels.length === 0) throw new RangeError('a resolver needs the sentinels of the group, and was given none');
    this.pollMs = pollMs;
    this.wanted = Math.min(Math.max(subscriptions, 2), sentinels.length);
    // Shuffled, so that not every process is subscribed to the same ones.
    const events: LinkEvents = {
      changed: () => this.changed(),
      ready: (link) => this.inspect(link, [...this.entries.keys()]),
      heard: (name) => this.entries.has(name) && this.suspect([name]),
    };
    this.links = shuffled(sentinels).map(({ host, port }) => new SentinelLink({ host, port }, login, events));
    this.schedulePoll();
  }

  /** How many sentinels answer. */
  get liveSentinels(): number {
    return this.links.filter(({ live }) => live).length;
  }
  /** To how many sentinels it is subscribed. */
  get liveSubscriptions(): number {
    return this.links.filter(({ subscribed }) => subscribed).length;
  }

  /** The address, if it is known now. */
  address(name: string): Address | undefined {
    const entry = this.entries.get(name);
    return entry?.verdict.kind === 'unknown' ? undefined : entry?.held?.address;
  }

  /**
   * Watches a partition.
   * @param onMove called each time its address has changed, or has become known
   * @returns a function that ends it
   */
  follow(name: string, onMove: (address: Address) => void): () => void {
    const { followers } = this.entry(name);
    followers.add(onMove);
    return () => followers.delete(onMove);
  }

  /**
   * The address of a partition; waits while the sentinels are being asked.
   * @param timeoutMs how long to wait for evidence
   * @throws PartitionUnresolved: unknown to a majority, no sentinel answers, no evidence in time, or the resolver is closed
   */
  resolve(name: string, timeoutMs = 1_000, signal?: AbortSignal): Promise<Address> {
    const entry = this.entry(name);
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): true => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        entry.waiting.delete(check);
        settle();
        return true;
      };
      const giveUp = () => end(() => reject(this.unresolved(name, entry)));
      const check = (): boolean => {
        const address = this.address(name);
        if (address) return end(() => resolve(address));
        const { kind } = entry.verdict;
        const hopeless = this.closed || signal?.aborted || kind === 'unknown' || kind === 'silent';
        return hopeless ? giveUp() : false;
      };
      const timer = setTimeout(giveUp, timeoutMs);
      signal?.addEventListener('abort', giveUp);
      if (!check()) entry.waiting.add(check);
    });
  }

  /** Ends every connection to the sentinels; those to partitions are their owners'. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const link of this.links) link.close();
    for (const { waiting } of this.entries.values()) for (const check of waiting) check();
  }

  private changed(): void {
    if (this.closed) return;
    this.balance();
    this.judge(this.entries.keys());
  }

  private entry(name: string): Entry {
    const known = this.entries.get(name);
    if (known) {
      known.idlePolls = 0;
      return known;
    }
    const entry: Entry = {
      verdict: { kind: 'pending' },
      held: undefined,
      followers: new Set(),
      waiting: new Set(),
      idlePolls: 0,
    };
    this.entries.set(name, entry);
    this.judge([name]);
    this.suspect([name]);
    return entry;
  }

  /** Asks every sentinel; names of the same turn of the event loop share a round trip. */
  private suspect(names: Iterable<string>): void {
    const idle = this.suspects.size === 0;
    for (const name of names) this.suspects.add(name);
    if (!idle || this.suspects.size === 0) return;
    setImmediate(() => {
      const asked = [...this.suspects];
      this.suspects.clear();
      for (const link of this.links) if (link.live) this.inspect(link, asked);
    });
  }

  private inspect(link: SentinelLink, names: readonly string[]): void {
    if (this.closed) return;
    void link.inspect(names).then(() => this.judge(names));
  }

  private judge(names: Iterable<string>): void {
    for (const name of names) {
      const entry = this.entries.get(name);
      if (!entry || this.closed) continue;
      const before = this.address(name);
      entry.verdict = decide(
        this.links.map((link) => link.answer(name)),
        entry.held,
      );
      if (entry.verdict.kind === 'address') entry.held = entry.verdict;
      const address = this.address(name);
      for (const check of entry.waiting) check();
      if (address && !sameAddress(address, before)) for (const onMove of entry.followers) onMove(address);
    }
  }

  /** Subscriptions only on sentinels that answer, `wanted` of them. */
  private balance(): void {
    for (const link of this.links) if (!link.live) link.unsubscribe();
    const spare = this.links.filter((link) => link.live && !link.subscribing);
    const have = this.links.filter((link) => link.subscribing).length;
    for (const link of spare.slice(0, this.wanted - have)) link.subscribe();
  }

  private schedulePoll(): void {
    this.timer = setTimeout(
      () => {
        this.dropIdle();
        const names = [...this.entries.keys()];
        for (const link of this.links) void this.poll(link, names);
        this.suspect(names.filter((name) => this.entries.get(name)?.verdict.kind !== 'address'));
        this.schedulePoll();
      },
      this.pollMs * (0.9 + Math.random() / 5),
    );
  }

  private async poll(link: SentinelLink, names: readonly string[]): Promise<void> {
    this.suspect(await link.poll(names));
  }

  private dropIdle(): void {
    for (const [name, entry] of this.entries) {
      if (entry.followers.size + entry.waiting.size > 0) entry.idlePolls = 0;
      else entry.idlePolls += 1;
      if (entry.idlePolls <= IDLE_POLLS) continue;
      this.entries.delete(name);
      for (const link of this.links) link.forget(name);
    }
  }

  private unresolved(name: string, entry: Entry): PartitionUnresolved {
    const voices = this.links.map((link) => ({
      sentinel: link.id,
      answer: link.answer(name),
      problem: link.problem,
    }));
    return new PartitionUnresolved(name, this.closed ? 'closed' : entry.verdict.kind, voices);
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
