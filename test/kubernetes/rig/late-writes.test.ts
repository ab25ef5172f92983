/** A Barn that was superseded, and whose writes arrive when its successor has acted: they change nothing. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BarnEvent } from '../../../src/barn/barn.js';
import { runBarn } from '../../../src/cli/run-barn.js';
import { seedFarm } from '../../../src/cli/seed-farm.js';
import { accessEmbedded } from '../../../src/cli/start-farm.js';
import { direct } from '../../../src/observe/route.js';
import { isServing } from '../../../src/world/progress.js';
import { until } from '../../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../../builders/running-farm.js';
import { LateLines } from './late-lines.js';

let running: RunningFarm;
const lines = new LateLines();

beforeAll(async () => {
  const cacheClusters = [
    { clusterName: 'User.id', clusterSize: 4, tier: 'M1' },
    { clusterName: 'Item.price', clusterSize: 3, tier: 'M1' },
  ];
  running = await runFarm(smallFarm({ cacheClusters }));
  expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
  const { world } = await running.look();
  const sentinels = world.groups.flatMap((group) => group.sentinels);
  await lines.span([...world.pods, ...sentinels].map(({ address }) => address));
}, 90_000);
afterAll(async () => {
  await running?.stop();
  await lines.close();
});

async function served(): Promise<ReadonlyMap<string, string | undefined>> {
  const { facts } = await running.look();
  return new Map(facts.partitions.map(({ name, agreed }) => [name, agreed]));
}
const allServe = async (): Promise<boolean> => {
  const { facts, farm } = await running.look();
  return facts.partitions.every((one) => isServing(farm, facts, one) && one.claimedBy.length === 1);
};

test('the old one has decided and written, the new one has brought all back, the old writes arrive: each is refused, nothing moves', async () => {
  const { routes } = lines;
  const access = accessEmbedded(running.embedded, { route: (address) => routes[address] ?? direct(address) });
  const told: Record<'old' | 'new', BarnEvent[]> = { old: [], new: [] };
  const leading = { leads: false, controller: 2 };
  const [oldBarn, newBarn] = [
    runBarn(access, { controller: 1, intervalMs: 250, told: (event) => told.old.push(event) }),
    runBarn(running.access, {
      ...{ controller: 2, intervalMs: 250, leadership: leading, told: (event: BarnEvent) => told.new.push(event) },
    }),
  ];
  const passed = (who: 'old' | 'new'): boolean => told[who].some(({ kind }) => kind === 'pass');
  const ended = (who: 'old' | 'new') => told[who].flatMap((event) => (event.kind === 'ended' ? [event] : []));
  let machine = '';
  try {
    await until('both have looked', () => passed('old') && passed('new'), 20_000);
    const { facts } = await running.look();
    lines.hold();
    const agreed = facts.partitions.find(({ name }) => name === 'User.id::0')?.agreed;
    // Not a process alone: it would be started anew, and serve again before anybody else could.
    machine = facts.podAt.get(agreed ?? '')?.machine ?? '';
    await running.embedded.stopMachine(machine);
    await until('the old one has written', () => lines.claims, 10_000);
    leading.leads = true;
    newBarn.barn.nudge();
    await until('the new one has brought all back', async () => ended('new').length > 0 && (await allServe()), 20_000);
    const before = await served();
    const late = await lines.deliver();
    expect(await served()).toEqual(before);
    const swaps = late.filter(({ command }) => /SETUSER marker/i.test(command));
    expect(swaps.length).toBeGreaterThan(0);
    for (const { answer } of swaps) expect(answer).toMatch(/^-ERR/);
    await until('the old one knows', () => ended('old').length > 0, 10_000);
    const statuses = ended('old').flatMap(({ receipts }) => receipts.map(({ status }) => status));
    expect(statuses).toContain('Stale');
    await until('each partition has one pod', allServe, 20_000);
    expect(await served()).toEqual(before);
  } finally {
    await Promise.all([oldBarn.stop(), newBarn.stop()]);
    access.close();
    await running.embedded.startMachine(machine);
  }
}, 90_000);
