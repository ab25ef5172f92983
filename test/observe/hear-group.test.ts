import { describe, expect, test } from '@jest/globals';
import { type AskedSentinel, hearGroup } from '../../src/observe/hear-group.js';
import { Questions } from '../../src/observe/questions.js';
import type { SentinelView } from '../../src/world/model.js';

const PATIENCE_MS = 100;
const never = new Promise<SentinelView>(() => undefined);

/** Sentinels of one group, and what each says. */
function group(...answers: readonly ((up: SentinelView) => Promise<SentinelView>)[]): readonly AskedSentinel[] {
  const questions = new Questions();
  return answers.map((answer, i) => {
    const record = { pod: `s-${i}`, group: 'main', datacenter: 'a', machine: 'm', address: `10.0.0.${i}:26379` };
    const up = { ...record, state: 'up', id: `id-${i}`, tilt: false, names: [] } as const;
    return { record, asked: questions.ask(record.address, () => answer(up)) };
  });
}
const now = async (up: SentinelView): Promise<SentinelView> => up;
const hung = (): Promise<SentinelView> => never;
const slowly =
  (ms: number) =>
  (up: SentinelView): Promise<SentinelView> =>
    new Promise((resolve) => setTimeout(() => resolve(up), ms));
const heard = (views: readonly SentinelView[]): string => views.map(({ state }) => state).join();

describe('the sentinels of a group', () => {
  test('one that hangs is not waited for while a majority answers; that is all that is known of it', async () => {
    const views = await hearGroup(group(now, hung, now), PATIENCE_MS);
    expect(heard(views)).toBe('up,unreachable,up');
    expect(views[1]).toMatchObject({ pod: 's-1', why: 'no answer within 100 ms' });
  });

  test('slow ones that a majority is made of have more time', async () => {
    expect(heard(await hearGroup(group(now, slowly(200), hung), PATIENCE_MS))).toBe('up,up,unreachable');
  });

  test('without a limit each is waited for', async () => {
    expect(heard(await hearGroup(group(now, slowly(400), slowly(500))))).toBe('up,up,up');
  });

  test('a group without sentinels says nothing', async () => {
    expect(await hearGroup([], PATIENCE_MS)).toEqual([]);
  });
});
