/** The simulated Redis answers as redis-server 7.0.15 does: the same scripts on both (redis-contract-script.ts says what is not compared). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RealStage, SimStage, type Stage } from './contract-stage.js';
import { CASES } from './redis-contract-cases.js';
import { REPLICATION_CASES } from './redis-contract-replication.js';
import { Script } from './redis-contract-script.js';
import { COMMANDS } from './sim-redis-commands.js';

let real: RealStage;
beforeAll(() => {
  real = new RealStage();
});
afterAll(() => real.stop());

const tell = (stage: Stage, lines: readonly string[]) => new Script(stage).play(lines);

describe('the simulated and the real Redis', () => {
  test.each(Object.entries({ ...CASES, ...REPLICATION_CASES }))(
    '%s',
    async (_, lines) => {
      const [expected, told] = [await tell(real, lines), await tell(new SimStage(), lines)];
      expect(told).toEqual(expected);
    },
    60_000,
  );

  test('know the same of each command', async () => {
    const pod = await real.pod();
    const barn = await real.talk(pod, 'barn');
    for (const { name, arity, categories, write } of COMMANDS.values()) {
      const [info] = (await barn.call('COMMAND', 'INFO', name)) as [readonly unknown[] | null];
      const [said, words, flags, , , , groups] = info ?? [];
      expect([said, words, (flags as string[]).includes('write'), [...(groups as string[])].sort()]).toEqual([
        name,
        arity,
        write,
        [...categories].map((category) => `@${category}`).sort(),
      ]);
    }
  });
});
