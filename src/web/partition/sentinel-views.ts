import type { PartitionView } from '../../api/schemas.js';

type SentinelSays = PartitionView['sentinels'][number];

export interface ComparedSentinel extends SentinelSays {
  /** says something else than most that answer, or than the newest where no two agree */
  readonly differs: boolean;
}

/** What most of those say that answer; at a tie what the highest epoch says. */
function leading(sentinels: readonly SentinelSays[]): string | null | undefined {
  const votes = new Map<string | null, { count: number; epoch: number }>();
  for (const { says, epoch } of sentinels.filter(({ up }) => up)) {
    const known = votes.get(says) ?? { count: 0, epoch: -1 };
    votes.set(says, { count: known.count + 1, epoch: Math.max(known.epoch, epoch ?? -1) });
  }
  const [first] = [...votes].toSorted(([, x], [, y]) => y.count - x.count || y.epoch - x.epoch);
  return first?.[0];
}

/** Sentinels of one partition side by side; one that does not answer differs from nobody. */
export function compareSentinels(sentinels: PartitionView['sentinels']): readonly ComparedSentinel[] {
  const most = leading(sentinels);
  return sentinels.map((sentinel) => ({ ...sentinel, differs: sentinel.up && sentinel.says !== most }));
}
