import { describe, expect, test } from '@jest/globals';
import type { BarnEvent } from '../../src/barn/barn.js';
import { LOCKED } from '../../src/farm/access.js';
import { measureSpread } from '../../src/plan/placement/bounds.js';
import { METRIC_NAMES } from '../../src/voice/metric-list.js';
import { excessMeter } from '../../src/voice/placement-excess.js';
import { deriveFacts } from '../../src/world/facts.js';
import { faultsOf, seriesValue } from './exposition.js';
import { listen } from './listening.js';
import { CLAIM, decisionOf, endedOf, note, passOf, type Scene, SILENT, SWITCH, scene } from './scene.js';

const userId = (idle = 2): Scene => scene({ clusters: { 'User.id': 6 }, idle });
const changed = (change: (changing: Scene) => void): BarnEvent => {
  const one = userId();
  change(one);
  return passOf(one);
};
const crash = decisionOf('PodCrashed', [SWITCH, CLAIM]);
const states = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(
    ([state, value]) => ['cachefarm_partitions', { cache_cluster: 'User.id', state }, value] as const,
  );

type Expected = readonly [name: string, labels: Readonly<Record<string, string>>, value: number | undefined];

const CASES: Readonly<Record<string, readonly [events: readonly BarnEvent[], ...expected: readonly Expected[]]>> = {
  'a farm at rest': [
    [passOf(userId())],
    ...states({ serving: 6, sheltered: 0, shut: 0, unreachable: 0, unnamed: 0, disputed: 0, unknown: 0 }),
    ['cachefarm_partitions_armed', { cache_cluster: 'User.id' }, 6],
    ['cachefarm_standbys', { state: 'declared' }, 3],
    ['cachefarm_standbys', { state: 'open' }, 3],
    ['cachefarm_standbys', { state: 'armed' }, 3],
    ['cachefarm_placement_excess', { level: 'datacenter' }, 0],
    ['cachefarm_placement_excess', { level: 'machine' }, 0],
    ['cachefarm_sentinels', { sentinel_group: 'main-0', state: 'up' }, 3],
    ['cachefarm_sentinels', { state: 'missing' }, 0],
    ['cachefarm_sentinel_disagreement', { sentinel_group: 'main-0' }, 0],
    ['cachefarm_idle_pods', { tier: 'M1', datacenter: 'b' }, 2],
    ['cachefarm_machines', { datacenter: 'b', state: 'ready' }, 4],
    ['cachefarm_machines', { datacenter: 'b', state: 'not_ready' }, 0],
    ['cachefarm_brakes', { reason: 'BudgetSpent' }, 0],
    ['cachefarm_last_pass_timestamp_seconds', { farm: 'small' }, Date.UTC(2026, 0, 1) / 1_000],
    ['cachefarm_pass_seconds_sum', {}, 0.0125],
    ['cachefarm_pass_seconds_count', {}, 1],
  ],
  'before the first pass': [
    [],
    ['cachefarm_last_pass_timestamp_seconds', {}, 0],
    ['cachefarm_pass_failures_total', {}, 0],
    ['cachefarm_decisions_total', { reason: 'PodSilent' }, 0],
    ['cachefarm_actions_total', { kind: 'hand-over', status: 'Failed' }, 0],
    ['cachefarm_recovery_seconds_count', { cause: 'adopted' }, 0],
    ['cachefarm_partitions', {}, undefined],
  ],
  'a pod that does not answer': [
    [changed(({ podOf }) => Object.assign(podOf('User.id::1'), { instance: SILENT }))],
    ...states({ serving: 5, unreachable: 1 }),
  ],
  'a pod that is not there any more': [
    [changed(({ viewsOf }) => viewsOf('User.id::1').map((view) => Object.assign(view, { address: '10.9.9.9:6378' })))],
    ...states({ serving: 5, unreachable: 1 }),
  ],
  'a pod that restarted, locked': [
    [changed(({ podOf }) => Object.assign(podOf('User.id::1').instance, { claim: LOCKED, openFor: [] }))],
    ...states({ serving: 5, shut: 1 }),
  ],
  'a partition that Sentinel has moved to its standby': [
    [
      changed(({ viewsOf }) => {
        for (const view of viewsOf('User.id::1')) Object.assign(view, { address: view.replicas[0]?.address });
      }),
    ],
    ...states({ serving: 5, sheltered: 1 }),
    ['cachefarm_standbys', { state: 'open' }, 2],
  ],
  'a partition that one sentinel gives to another pod': [
    [
      changed(({ viewsOf, podOf }) =>
        Object.assign(viewsOf('User.id::1')[0] ?? {}, { address: podOf('User.id::2').address }),
      ),
    ],
    ...states({ serving: 6, disputed: 0 }),
    ['cachefarm_sentinel_disagreement', { sentinel_group: 'main-0' }, 1],
  ],
  'a partition with a different address from each sentinel': [
    [
      changed(({ viewsOf }) =>
        viewsOf('User.id::1').map((view, i) => Object.assign(view, { address: `10.9.9.${i}:1` })),
      ),
    ],
    ...states({ serving: 5, disputed: 1 }),
    ['cachefarm_sentinel_disagreement', {}, 1],
  ],
  'a partition that no sentinel knows': [
    [changed(({ viewsOf }) => viewsOf('User.id::1').map((view) => Object.assign(view, { partition: 'Other::0' })))],
    ...states({ serving: 5, unnamed: 1 }),
    ['cachefarm_sentinel_disagreement', {}, 0],
  ],
  'a group of which two sentinels do not answer': [
    [
      changed(({ world }) => {
        for (const sentinel of world.groups[0]?.sentinels.slice(1) ?? [])
          Object.assign(sentinel, { state: 'unreachable', why: 'timed out' });
      }),
    ],
    ...states({ serving: 0, unknown: 6 }),
    ['cachefarm_sentinels', { state: 'up' }, 1],
    ['cachefarm_sentinels', { state: 'unreachable' }, 2],
  ],
  'a tilted sentinel, and one whose pod is missing': [
    [
      changed(({ world }) => {
        const [group] = world.groups;
        const [first, second] = group?.sentinels ?? [];
        Object.assign(group ?? {}, { sentinels: [{ ...first, tilt: true }, second] });
      }),
    ],
    ['cachefarm_sentinels', { state: 'up' }, 1],
    ['cachefarm_sentinels', { state: 'tilted' }, 1],
    ['cachefarm_sentinels', { state: 'missing' }, 1],
  ],
  'a datacenter that could not be read has no figures rather than zeros': [
    [changed(({ world }) => Object.assign(world.datacenters[1] ?? {}, { complete: false, machines: [] }))],
    ['cachefarm_machines', { datacenter: 'b', state: 'ready' }, undefined],
    ['cachefarm_idle_pods', { datacenter: 'b' }, undefined],
    ['cachefarm_idle_pods', { datacenter: 'a' }, 2],
  ],
  'a machine that is not ready': [
    [changed(({ world }) => Object.assign(world.datacenters[1]?.machines[0] ?? {}, { ready: false }))],
    ['cachefarm_machines', { datacenter: 'b', state: 'ready' }, 3],
    ['cachefarm_machines', { datacenter: 'b', state: 'not_ready' }, 1],
  ],
  'all partitions in one datacenter': [
    [
      changed(({ podOf }) => {
        for (let i = 0; i < 6; i++) Object.assign(podOf(`User.id::${i}`), { datacenter: 'a', machine: 'a-m0' });
      }),
    ],
    ['cachefarm_placement_excess', { level: 'datacenter' }, 4],
    ['cachefarm_placement_excess', { level: 'machine' }, 5],
  ],
  'brakes that hold, counted by subject': [
    [
      passOf(userId(), [
        note('BudgetSpent', 'User.id::1'),
        note('BudgetSpent', 'User.id::2'),
        note('BarnIsolated', 'barn'),
      ]),
    ],
    ['cachefarm_brakes', { reason: 'BudgetSpent' }, 2],
    ['cachefarm_brakes', { reason: 'BarnIsolated' }, 1],
    ['cachefarm_brakes', { reason: 'NoIdlePod' }, 0],
  ],
  'brakes that are over': [
    [passOf(userId(), [note('BudgetSpent', 'User.id::1')]), passOf(userId())],
    ['cachefarm_brakes', { reason: 'BudgetSpent' }, 0],
  ],
  'a budget that Barn tells': [
    [
      passOf(userId(), [], {
        budget: { binds: 9, moves: 4, replacements: new Map([['User.id', 2]]), backing: new Map([['user-db', 7]]) },
      }),
    ],
    ['cachefarm_replacement_budget_left', { cache_cluster: 'User.id' }, 2],
    ['cachefarm_backing_budget_left', { backing_group: 'user-db' }, 7],
  ],
  'a budget that it does not tell': [
    [passOf(userId())],
    ['cachefarm_replacement_budget_left', {}, undefined],
    ['cachefarm_backing_budget_left', {}, undefined],
  ],
  'a cache cluster that was deleted': [
    [passOf(userId()), passOf(scene({ clusters: { 'Talk.room': 2 } }))],
    ['cachefarm_partitions', { cache_cluster: 'User.id', state: 'serving' }, undefined],
    ['cachefarm_partitions', { cache_cluster: 'Talk.room', state: 'serving' }, 2],
  ],
  'decisions and what came of their actions': [
    [{ kind: 'decided', decision: crash }, endedOf(crash, ['Done', 'Stale'])],
    ['cachefarm_decisions_total', { reason: 'PodCrashed' }, 1],
    ['cachefarm_actions_total', { kind: 'switch-name', status: 'Done' }, 1],
    ['cachefarm_actions_total', { kind: 'claim-pod', status: 'Stale' }, 1],
    ['cachefarm_actions_total', { kind: 'claim-pod', status: 'Done' }, 0],
  ],
  'cold starts, by whoever opened the pod again': [
    [
      { kind: 'cold', decision: decisionOf('PodRestartedInPlace', [CLAIM]) },
      endedOf(decisionOf('PodRestartedInPlace', [CLAIM]), ['Done']),
      endedOf(decisionOf('PodRestartedInPlace', [CLAIM]), ['Done']),
      endedOf(decisionOf('PodRestartedInPlace', [CLAIM]), ['Stale']),
    ],
    ['cachefarm_cold_starts_total', { by: 'fence' }, 1],
    ['cachefarm_cold_starts_total', { by: 'barn' }, 2],
    ['cachefarm_decisions_total', { reason: 'PodRestartedInPlace' }, 0],
  ],
  'no cold start yet': [
    [],
    ['cachefarm_cold_starts_total', { by: 'fence' }, 0],
    ['cachefarm_cold_starts_total', { by: 'barn' }, 0],
  ],
  'passes that failed': [
    [{ kind: 'failed', error: new Error('x') }],
    ['cachefarm_pass_failures_total', {}, 1],
    ['cachefarm_pass_seconds_count', {}, 0],
  ],
};

describe('the metrics of', () => {
  test.each(Object.entries(CASES))('%s', async (_, [events, ...expected]) => {
    const heard = listen();
    heard.tell(...events);
    const families = await heard.families();
    for (const [name, labels, value] of expected)
      expect([name, labels, seriesValue(families, name, labels)]).toEqual([name, labels, value]);
  });
});

describe('a recovery', () => {
  const adopted = decisionOf('FailoverAdopted', [CLAIM]);
  const toIdle = decisionOf('PodSilent', [CLAIM, SWITCH]);
  const RECOVERIES: Readonly<Record<string, readonly [BarnEvent, cause: string, seconds: number | undefined]>> = {
    'of a crash ends with the switch of the name': [endedOf(crash, ['Done', 'Done'], { ms: 9 }), 'crash', 0.005],
    'of a crash holds when the claim after the switch fails': [endedOf(crash, ['Done', 'Failed']), 'crash', 0.005],
    'of a crash is none when the switch is stale': [endedOf(crash, ['Stale']), 'crash', undefined],
    'begins at the first sight, where Barn tells it': [endedOf(crash, ['Done', 'Done'], { downMs: 34 }), 'crash', 0.03],
    'to an idle pod ends with the last action': [endedOf(toIdle, ['Done', 'Done']), 'silence', 0.009],
    'to an idle pod is none when the pod was taken by another': [endedOf(toIdle, ['Stale']), 'silence', undefined],
    'by Sentinel itself is adopted': [endedOf(adopted, ['Done'], { downMs: 2_100 }), 'adopted', 2.1],
    'in place is a restart': [endedOf(decisionOf('PodRestartedInPlace', [CLAIM]), ['Done']), 'restart', 0.009],
    'is nothing that only tidies up': [endedOf(decisionOf('StandbyMissing', [CLAIM]), ['Done']), 'crash', undefined],
  };
  test.each(Object.entries(RECOVERIES))('%s', async (_, [event, cause, seconds]) => {
    const heard = listen();
    heard.tell(event);
    const families = await heard.families();
    expect(seriesValue(families, 'cachefarm_recovery_seconds_count', { cause })).toBe(seconds === undefined ? 0 : 1);
    expect(seriesValue(families, 'cachefarm_recovery_seconds_sum', { cause })).toBeCloseTo(seconds ?? 0, 9);
  });
});

describe('a scrape', () => {
  test.each([
    ['before the first pass', []],
    ['after a pass', [passOf(userId(), [note('NoIdlePod', 'User.id::0')])]],
    ['after decisions and failures', [{ kind: 'decided', decision: crash } as const, endedOf(crash, ['Done', 'Done'])]],
  ])('%s is what Prometheus reads, by its conventions', async (_, events) => {
    const heard = listen();
    heard.tell(...events);
    expect(faultsOf(await heard.families())).toEqual([]);
  });
  test('has every metric of the list and no other', async () => {
    expect((await listen().families()).map(({ name }) => name).sort()).toEqual([...METRIC_NAMES].sort());
  });
  test('has the figures of the process when they are wanted', async () => {
    const families = await listen({ processMetrics: true }).families();
    expect(families.map(({ name }) => name)).toContain('process_resident_memory_bytes');
  });
  test('uses the facts that come with a pass', async () => {
    const [one, other] = [userId(), userId()];
    Object.assign(one.podOf('User.id::1'), { instance: SILENT });
    const heard = listen();
    heard.tell(passOf(one, [], { facts: deriveFacts(other.farm, other.world) }));
    const labels = { cache_cluster: 'User.id', state: 'unreachable' };
    expect(seriesValue(await heard.families(), 'cachefarm_partitions', labels)).toBe(0);
  });
  test('of a pass that cannot be counted has the counters, no old gauges, and says so', async () => {
    const heard = listen();
    heard.tell(passOf(userId()), { kind: 'decided', decision: crash });
    await heard.families();
    heard.tell(passOf(userId(), [], { world: {} }));
    const families = await heard.families();
    expect(seriesValue(families, 'cachefarm_partitions')).toBeUndefined();
    expect(seriesValue(families, 'cachefarm_decisions_total', { reason: 'PodCrashed' })).toBe(1);
    expect(seriesValue(families, 'cachefarm_voice_failures_total')).toBeGreaterThan(0);
  });
  test('two voices share nothing', async () => {
    const [one, other] = [listen(), listen()];
    one.tell({ kind: 'decided', decision: crash });
    expect(seriesValue(await other.families(), 'cachefarm_decisions_total', { reason: 'PodCrashed' })).toBe(0);
  });
});

test('the excess over the best spread is that of the planner', () => {
  const { farm, world, podOf } = scene({ clusters: { 'User.id': 6, 'Talk.room': 11 }, idle: 3 });
  Object.assign(podOf('User.id::1'), { datacenter: 'a', machine: 'a-m0' });
  Object.assign(podOf('Talk.room::4'), { machine: podOf('Talk.room::3').machine });
  Object.assign(podOf('Talk.room::9'), { instance: SILENT });
  const facts = deriveFacts(farm, world);
  const excessOf = excessMeter(world, facts);
  const ours = farm.cacheClusters.map((cluster) =>
    excessOf(
      cluster,
      facts.partitions.filter((partition) => partition.cluster === cluster),
    ),
  );
  const theirs = measureSpread(farm, world, facts).map(({ datacenter, machine }) => ({
    datacenter: datacenter.most - datacenter.bound,
    machine: machine.most - machine.bound,
  }));
  expect(ours).toEqual(theirs);
  expect(theirs.some(({ machine }) => machine > 0)).toBe(true);
});

describe('who leads, and what comes from and goes to KubeClusters', () => {
  test('is told as it changes', async () => {
    const heard = listen();
    expect(seriesValue(await heard.families(), 'cachefarm_leader', {})).toBe(0);
    heard.voice.led(true, 'term 3');
    expect(seriesValue(await heard.families(), 'cachefarm_leader', {})).toBe(1);
    heard.voice.led(false, 'holds 1 of 3 Leases');
    const families = await heard.families();
    expect(seriesValue(families, 'cachefarm_leader', {})).toBe(0);
    expect(seriesValue(families, 'cachefarm_lease_transitions_total', {})).toBe(2);
    expect(heard.lines().map(({ msg }) => msg)).toEqual(['leads: term 3', 'follows: holds 1 of 3 Leases']);
  });

  test('a write that failed is counted, and why is logged', async () => {
    const heard = listen();
    heard.voice.unwritten('b', 'status', new Error('away'));
    const labels = { datacenter: 'b', kind: 'status' };
    expect(seriesValue(await heard.families(), 'cachefarm_kube_write_failures_total', labels)).toBe(1);
    expect(heard.lines().map(({ msg }) => msg)).toEqual(['status of b not written: away']);
  });

  test('the age of what is known of a KubeCluster is asked at each scrape, and is gone with its watch', async () => {
    let sights = [{ datacenter: 'a', staleSeconds: 1.5 }];
    const heard = listen({ sights: () => sights });
    expect(seriesValue(await heard.families(), 'cachefarm_watch_staleness_seconds', { datacenter: 'a' })).toBe(1.5);
    sights = [];
    const families = await heard.families();
    expect(seriesValue(families, 'cachefarm_watch_staleness_seconds', { datacenter: 'a' })).toBeUndefined();
  });
});
