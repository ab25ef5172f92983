/** redis-tally.sh, and sum_up of redis-fence.sh: counts what sentinels said, group by group. Pure. */

/** A line of the ConfigMap's `sentinels`. */
export interface FenceGroup {
  readonly name: string;
  readonly kind: 'replicated' | 'unreplicated';
  /** declared */
  readonly size: number;
  /** `ip:port` of each sentinel, as their names resolve now */
  readonly hosts: readonly string[];
}

/** What one sentinel said; an epoch is text, as it came. */
export type Verdict =
  | { readonly number: number; readonly what: 'end' | 'refused' }
  | {
      readonly number: number;
      readonly what: 'master' | 'replica' | 'elsewhere';
      /** of a partition; with `@ip:port` when it is elsewhere */
      readonly name: string;
      readonly epoch: string;
      readonly moving: boolean;
    };

/** A name that a majority of a group gave us. */
export interface Given {
  readonly kind: FenceGroup['kind'];
  readonly partition: string;
  readonly epoch: number;
}

export interface Tally {
  readonly owned: readonly Given[];
  readonly spare: readonly Given[];
  /** groups with too few answers, for a person */
  readonly thin: readonly string[];
  /** where the watched partition is with a higher epoch */
  readonly taken: string | undefined;
  readonly moving: boolean;
}

/** So many answers of a group that the others are no majority. */
export const enoughOf = ({ size }: FenceGroup): number => size - Math.floor(size / 2);

interface Vote {
  readonly what: 'master' | 'replica' | 'elsewhere';
  readonly name: string;
  readonly epoch: number;
}

/** Beyond 2^53 no controller of ours counts. */
const voteOf = (what: Vote['what'], name: string, epoch: string): Vote =>
  /^\d{1,16}$/.test(epoch) ? { what, name, epoch: Number(epoch) } : { what, name: '?', epoch: 0 };

interface Counting {
  owned: Given[];
  spare: Given[];
  thin: string[];
  taken: string | undefined;
  moving: boolean;
}

function countVotes(group: FenceGroup, votes: readonly Vote[], into: Counting): void {
  const { kind, size } = group;
  for (const [index, { what, name }] of votes.entries()) {
    const same = votes.filter((vote) => vote.what === what && vote.name === name);
    if (same[0] !== votes[index] || same.length <= Math.floor(size / 2)) continue;
    const epoch = Math.max(...same.map((vote) => vote.epoch));
    if (what === 'master') {
      into.owned.push({ kind, partition: name, epoch });
      // The leader of a failover is up to 2 s ahead of the others.
      if (votes.some((vote) => vote.what === 'replica' && vote.name === name && vote.epoch > epoch)) into.moving = true;
    } else if (what === 'replica') into.spare.push({ kind, partition: name, epoch });
    else into.taken = name.slice(name.indexOf('@') + 1);
  }
}

function tallyGroup(group: FenceGroup, verdicts: readonly Verdict[], highest: number, into: Counting): void {
  const votes: Vote[] = [];
  let [answers, refusals] = [0, 0];
  for (const verdict of verdicts) {
    if (!('name' in verdict)) {
      if (verdict.what === 'end') answers++;
      else refusals++;
    } else {
      const vote = voteOf(verdict.what, verdict.name, verdict.epoch);
      if (verdict.moving) into.moving = true;
      if (vote.what !== 'elsewhere') votes.push(vote);
      else if (vote.epoch > highest) {
        votes.push(vote);
        into.moving = true;
      }
    }
  }
  if (answers < enoughOf(group))
    into.thin.push(
      `${group.name} ${answers} of ${group.size}${refusals > 0 ? ` (${refusals} refused the user pod)` : ''}`,
    );
  countVotes(group, votes, into);
}

/** @param highest epoch of our own claim, while it is watched */
export function tally(groups: readonly FenceGroup[], verdicts: readonly Verdict[], highest: number): Tally {
  const into: Counting = { owned: [], spare: [], thin: [], taken: undefined, moving: false };
  let first = 1;
  for (const group of groups) {
    const next = first + group.hosts.length;
    const own = verdicts.filter(({ number }) => number >= first && number < next);
    tallyGroup(group, own, highest, into);
    first = next;
  }
  return into;
}

export interface Summary {
  readonly number: number;
  /** of the last */
  readonly partition: string;
  /** `?` when there are several, or a name is none of ours */
  readonly cluster: string;
  readonly kinds: 'replicated' | 'unreplicated' | 'mixed' | '';
  readonly highest: number;
}

const OURS = /^(barn|sentinel|exporter|replication|marker|default)::/;
function clusterOf(partition: string): string {
  const at = partition.lastIndexOf('::');
  const index = partition.slice(at + 2);
  if (at < 0 || !/^(0|[1-9]\d*)$/.test(index) || OURS.test(partition) || !/^[A-Za-z]/.test(partition)) return '?';
  return partition.slice(0, at);
}

export function sumUp(entries: readonly Given[]): Summary {
  let summary: Summary = { number: 0, partition: '', cluster: '', kinds: '', highest: 0 };
  for (const { kind, partition, epoch } of entries) {
    const own = clusterOf(partition);
    summary = {
      number: summary.number + 1,
      partition,
      cluster: summary.cluster !== '' && summary.cluster !== own ? '?' : own,
      kinds: summary.kinds === '' || summary.kinds === kind ? kind : 'mixed',
      highest: Math.max(summary.highest, epoch),
    };
  }
  return summary;
}
