/** Three of redis-sentinel 7.0.15 still do what is recorded of them; `RECORD=1` writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { CONTRACT, playContract } from './sentinel-contract.js';
import { RealServers } from './sentinel-stage-real.js';

const RECORDED = join(import.meta.dirname, 'sentinel-recorded.json');
/** scenes that are played at the same time: they mostly wait */
const LANES = 6;
const RECORD = process.env.RECORD !== undefined;
const names = CONTRACT.filter((name) => name.includes(process.env.ONLY ?? ''));
const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as Readonly<Record<string, unknown>>;

/** Every lane plays its scenes one after the other. */
function playAll(): ReadonlyMap<string, Promise<unknown>> {
  const lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
  return new Map(
    names.map((name, i) => {
      const outcome = (lanes[i % LANES] ?? Promise.resolve()).then(() => playContract(new RealServers(), name));
      lanes[i % LANES] = outcome.catch(() => undefined);
      outcome.catch(() => undefined);
      return [name, outcome];
    }),
  );
}

describe('real sentinels do what is recorded', () => {
  let outcomes: ReadonlyMap<string, Promise<unknown>> | undefined;
  const fresh: Record<string, unknown> = {};

  test.each(names)(
    '%s',
    async (name) => {
      outcomes ??= playAll();
      fresh[name] = await outcomes.get(name);
      if (!RECORD) expect(fresh[name]).toEqual(recorded[name]);
    },
    300_000,
  );

  afterAll(() => {
    const known = Object.entries({ ...recorded, ...fresh }).filter(([name]) => CONTRACT.includes(name));
    if (RECORD) writeFileSync(RECORDED, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
  });
});
