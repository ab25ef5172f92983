import type { SentinelView } from '../world/model.js';
import type { SentinelRecord } from '../world/read-kube.js';
import type { Asked } from './questions.js';

export interface AskedSentinel {
  readonly record: SentinelRecord;
  readonly asked: Asked<SentinelView>;
}

/** Without a majority nothing can be said of a whole group: its slow sentinels are waited for so many times as long. */
const LONGER = 3;

/**
 * What the sentinels of one group say. One that has not answered in time is unreachable, as far as is known now; while they are no majority
 * that answer, it has more time: a sentinel rewrites its configuration with every change, and may be slow just when most is to be seen.
 * @param patienceMs left out: each answer, or error, is waited for
 */
export async function hearGroup(
  group: readonly AskedSentinel[],
  patienceMs?: number,
): Promise<readonly SentinelView[]> {
  const hear = (ms: number | undefined): Promise<readonly (SentinelView | undefined)[]> =>
    Promise.all(group.map(({ asked }) => asked.within(ms)));
  let waited = patienceMs;
  let heard = await hear(waited);
  const answered = heard.filter((view) => view?.state === 'up').length;
  if (waited !== undefined && heard.includes(undefined) && answered * 2 <= group.length) {
    waited *= LONGER;
    heard = await hear(waited);
  }
  return group.map(
    ({ record }, i) => heard[i] ?? { ...record, state: 'unreachable', why: `no answer within ${waited} ms` },
  );
}
