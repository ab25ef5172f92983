import { describe, expect, test } from '@jest/globals';
import { Barn } from '../../src/barn/barn.js';
import { FarmReports } from '../../src/barn/farm-reports.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import type { Decision } from '../../src/plan/action.js';
import type { CopyStatus } from '../../src/plan/cluster-status.js';
import type { DeclaredCopy } from '../../src/world/model.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const COPY: DeclaredCopy = {
  clusterName: 'User.id',
  datacenter: 'a',
  name: 'user.id',
  generation: 1,
  clusterSize: 4,
  deleted: false,
};

/** A Barn on a farm in memory, and the statuses it tells; time moves when it is told to. */
function reportedFarm() {
  const farm = resolveFarm(
    farmSpec({ cacheClusters: [cacheCluster({ clusterName: 'User.id', clusterSize: 4, standbys: 0 })] }),
  );
  const imaginary = new ImaginaryFarm(farm);
  const told: { readonly at: number; readonly ready: string }[] = [];
  const happened: string[] = [];
  const waits: { readonly until: number; readonly end: () => void }[] = [];
  const state = { clock: 0, leads: true, act: async (_: Decision): Promise<void> => undefined };
  const tell = (statuses: readonly CopyStatus[]): void => {
    const ready = statuses[0]?.status.conditions.find(({ type }) => type === 'Ready');
    told.push({ at: state.clock, ready: `${ready?.status} ${ready?.reason}` });
  };
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => waits.push({ until: state.clock + ms, end: resolve }));
  const clock = { now: () => state.clock, wallClock: () => 1_000 + state.clock, wait };
  const reports = new FarmReports({
    ...clock,
    status: { tell, previousOf: () => undefined },
    events: {
      ended: ({ reason, subject, actions }, receipts, copies) =>
        void happened.push(
          `${reason} ${subject}: ${actions.map(({ kind }) => kind)} ${receipts.length} ${copies.length}`,
        ),
    },
    leads: () => state.leads,
  });
  const { cacheClusters: _, ...frame } = farm;
  const barn = new Barn({
    ...clock,
    frame,
    observe: async () => ({ ...imaginary.world(), copies: [COPY] }),
    look: async () => imaginary.world(),
    act: async (decision) => {
      await state.act(decision);
      imaginary.carryOut([decision]);
      return decision.actions.map((action) => ({ action, status: 'Done', reason: '', ms: 0 }));
    },
    controller: 0,
    leads: () => state.leads,
    told: (event) => reports.told(event),
  });
  const pass = async (): Promise<void> => {
    await barn.pass();
    await barn.settled();
  };
  const advance = async (ms: number): Promise<void> => {
    state.clock += ms;
    for (const { until, end } of waits) if (until <= state.clock) end();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) {
      await pass();
      await advance(1_000);
    }
    told.length = 0;
  };
  const hang = (): void => {
    const pod = imaginary.pods.find((one) => one.state.claim.kind === 'bound');
    if (pod) pod.state.up = false;
  };
  return { state, barn, reports, told, happened, pass, advance, settle, hang };
}

const READY = 'True PartitionsServing';
const HUNG = 'False PodUnreachable';

describe('the statuses that passes tell', () => {
  test('a pass that follows another closely is told a little later, not with the next pass', async () => {
    const { state, told, pass, advance, settle, hang } = reportedFarm();
    await settle();
    const from = state.clock;
    await pass();
    await advance(50);
    hang();
    await pass();
    expect(told).toEqual([{ at: from, ready: READY }]);
    await advance(50);
    await pass();
    await advance(100);
    expect(told).toEqual([
      { at: from, ready: READY },
      { at: from + 200, ready: HUNG },
    ]);
    await advance(1_000);
    expect(told.length).toBe(2);
  });

  test('who has stopped leading meanwhile tells nothing any more', async () => {
    const { state, told, pass, advance, settle } = reportedFarm();
    await settle();
    await pass();
    await advance(50);
    await pass();
    state.leads = false;
    await advance(1_000);
    expect(told.length).toBe(1);
  });

  test('the first pass of a new leader is told before anything is done, and waits for none of it', async () => {
    const { state, told, barn } = reportedFarm();
    state.leads = false;
    await barn.pass();
    expect(told).toEqual([]);
    state.leads = true;
    let begun = 0;
    state.act = async () => {
      begun++;
      expect(told.length).toBe(1);
      await new Promise(() => undefined);
    };
    await barn.pass();
    expect(told).toEqual([{ at: 0, ready: 'False PartitionUnbound' }]);
    expect(begun).toBeGreaterThan(0);
  });
});

describe('a cold start that a pod’s own fence brought about', () => {
  test('is an Event at its cache cluster, of the one that leads', async () => {
    const { state, reports, happened, settle } = reportedFarm();
    await settle();
    happened.length = 0;
    const decision = { reason: 'PodRestartedInPlace', subject: 'User.id::1', detail: '', actions: [] } as const;
    reports.told({ kind: 'cold', decision });
    expect(happened).toEqual(['PodRestartedInPlace User.id::1:  0 1']);
    state.leads = false;
    reports.told({ kind: 'cold', decision });
    expect(happened).toHaveLength(1);
  });
});
