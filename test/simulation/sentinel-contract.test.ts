/** The simulated sentinels do what three of redis-sentinel 7.0.15 did, as sentinel-live.test.ts has recorded it: the same commands, the same scenes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CONTRACT, playContract } from './sentinel-contract.js';
import { SimServers } from './sentinel-stage-sim.js';

const recorded: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'sentinel-recorded.json'), 'utf8'));
const SEEDS = Array.from({ length: Number(process.env.SEEDS ?? 3) }, (_, i) => i + 1);

describe('the simulated sentinels do what real ones did', () => {
  test('and nothing else is recorded', () => {
    expect(Object.keys(recorded as object).sort()).toEqual([...CONTRACT].sort());
  });

  test.each(CONTRACT)('%s', async (name) => {
    const expected = (recorded as Readonly<Record<string, unknown>>)[name];
    for (const seed of SEEDS) expect(await playContract(new SimServers(seed), name)).toEqual(expected);
  });
});
