/** How well a sentinel group is, from what its sentinels say. */
import type { GroupsView } from '../../api/schemas.js';

export type Group = GroupsView['groups'][number];
export type Sentinel = Group['sentinels'][number];

export type SentinelState = 'up' | 'down' | 'tilt' | 'differs';
export type GroupState = 'good' | 'reduced' | 'differs' | 'mute';

/** One that is down tells nothing, one in TILT has no vote; only then does it matter what it says. */
export const sentinelStateOf = ({ up, tilt, differs }: Pick<Sentinel, 'up' | 'tilt' | 'differs'>): SentinelState =>
  !up ? 'down' : tilt ? 'tilt' : differs > 0 ? 'differs' : 'up';

/** Of the declared size, not of those that answer. */
export const majorityOf = (size: number): number => Math.floor(size / 2) + 1;

/** Sentinels that answer and whose votes count. */
export const votingOf = ({ sentinels }: Pick<Group, 'sentinels'>): number =>
  sentinels.filter(({ up, tilt }) => up && !tilt).length;

/** How many more may go before nothing can be written; negative: so many are missing. */
export const spareOf = (group: Pick<Group, 'sentinels' | 'size'>): number => votingOf(group) - majorityOf(group.size);

export function groupStateOf(group: Pick<Group, 'sentinels' | 'size' | 'agreed' | 'partitions'>): GroupState {
  if (spareOf(group) < 0) return 'mute';
  if (group.agreed < group.partitions || group.sentinels.some(({ differs }) => differs > 0)) return 'differs';
  return votingOf(group) < group.size ? 'reduced' : 'good';
}

const RANK: Readonly<Record<GroupState, number>> = { mute: 0, differs: 1, reduced: 2, good: 3 };

/** What is not well comes first; else by name. */
export const worstFirst = (groups: readonly Group[]): readonly Group[] =>
  [...groups].sort(
    (x, y) => RANK[groupStateOf(x)] - RANK[groupStateOf(y)] || x.name.localeCompare(y.name, 'en', { numeric: true }),
  );
