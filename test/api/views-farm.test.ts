import { describe, expect, test } from '@jest/globals';
import type { Pass } from '../../src/api/parts.js';
import { brakesView } from '../../src/api/views/brakes.js';
import { decisionViews } from '../../src/api/views/decisions.js';
import { groupsView } from '../../src/api/views/groups.js';
import { healthView } from '../../src/api/views/health.js';
import { limitsView } from '../../src/api/views/limits.js';
import { ReplacementWindow } from '../../src/barn/replacement-window.js';
import { defineFarm } from '../../src/farm/define.js';
import { farm as demo } from '../../src/farms/demo.js';
import { talkSpec } from '../../src/farms/talk.js';
import { REASONS } from '../../src/plan/reasons.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';
import { FRESH, look, settled } from './views-scene.js';

const bound = (imaginary: ImaginaryFarm) => imaginary.pods.filter(({ state }) => state.claim.kind === 'bound');

describe('sentinel groups', () => {
  const main = (imaginary: ImaginaryFarm) => groupsView(look(imaginary), FRESH).groups[0];
  test('at rest: all agree', () => {
    const view = main(settled(demo));
    expect(view).toMatchObject({
      name: 'main-0',
      replicated: false,
      size: 3,
      quorum: 2,
      up: 3,
      tilted: 0,
      partitions: 18,
      agreed: 18,
      clusters: [
        { clusterName: 'User.id', partitions: 10 },
        { clusterName: 'Session', partitions: 3 },
        { clusterName: 'Friend.list', partitions: 5 },
      ],
    });
    expect(view?.sentinels.map(({ names, differs, up }) => [names, differs, up])).toEqual(Array(3).fill([18, 0, true]));
  });
  test('who is away, tilted, or says something else', () => {
    const imaginary = settled(demo);
    const [a, b, c] = imaginary.sentinels.filter(({ group }) => group === 'main-0');
    if (!a || !b || !c) throw new Error('three sentinels are expected');
    b.tilt = true;
    for (const name of ['User.id::0', 'User.id::1']) {
      const known = c.names.get(name);
      if (known) c.names.set(name, { ...known, address: '10.9.9.9:6378' });
    }
    expect(main(imaginary)).toMatchObject({
      up: 3,
      tilted: 1,
      agreed: 18,
      sentinels: [{ differs: 0 }, { tilt: true }, { differs: 2 }],
    });
    a.up = false;
    expect(main(imaginary)).toMatchObject({
      up: 2,
      agreed: 16,
      sentinels: [{ up: false, why: 'down', names: 0 }, {}, { differs: 0 }],
    });
  });
  test('a rewrite costs more with every name, and its own settings with none', () => {
    const empty = main(new ImaginaryFarm(demo))?.rewriteBytes ?? 0;
    const full = main(settled(demo))?.rewriteBytes ?? 0;
    expect(empty).toBeGreaterThan(1_000);
    expect((full - empty) / 18).toBeGreaterThan(400);
    expect((full - empty) / 18).toBeLessThan(900);
  });
});

describe('brakes', () => {
  test('no limit is null, a limit is what is left of it', () => {
    expect(brakesView(look(settled(demo)), true, FRESH).budget).toEqual({
      binds: null,
      moves: null,
      replacements: [],
      backing: [],
    });
    const window = new ReplacementWindow();
    const [userId] = demo.cacheClusters;
    for (let i = 0; userId && i < 7; i++) window.record(userId, 0);
    const { budget } = brakesView(look(settled(demo), { budget: window.budget(demo, 1) }), false, FRESH);
    expect(budget).toMatchObject({ binds: null, moves: 4, backing: [{ backingGroup: 'user-db', left: 1 }] });
    expect(budget.replacements.map(({ clusterName, left }) => [clusterName, left])).toEqual([
      ['User.id', 0],
      ['Chat.room', 5],
      ['Friend.list', 5],
      ['Session', 5],
    ]);
  });
  test('moves under way count', () => {
    const imaginary = settled(demo);
    for (const pod of bound(imaginary).slice(0, 2)) pod.draining = true;
    for (const decision of look(imaginary).plan.decisions) imaginary.carryOut([decision], 1);
    const window = new ReplacementWindow();
    expect(brakesView(look(imaginary, { budget: window.budget(demo, 1) }), true, FRESH).budget.moves).toBe(2);
  });
  test('what is held and why; a person is asked only where a person can say: go on', () => {
    const imaginary = settled(demo);
    const [pod] = bound(imaginary);
    const name = pod?.state.claim.kind === 'bound' ? pod.state.claim.partition : '';
    if (pod) pod.state.up = false;
    for (const { names } of imaginary.sentinels) {
      const known = names.get(name);
      if (known) names.set(name, { ...known, flags: ['master', 'disconnected'], downMs: 5_000 });
    }
    const sentinel = imaginary.sentinels.find(({ group }) => group === 'replicated-0');
    if (sentinel) sentinel.up = false;
    const { held } = brakesView(look(imaginary, { failures: new Map([[name, 6]]) }), true, FRESH);
    expect(held.map(({ reason, subject, askable }) => [reason, subject, askable])).toEqual([
      ['SentinelUnreachable', sentinel?.pod, false],
      ['PersonNeeded', name, true],
    ]);
    expect(held.map(({ why }) => why)).toEqual([REASONS.SentinelUnreachable, REASONS.PersonNeeded]);
  });
});

describe('decisions', () => {
  test('each with its sentence, its actions in order, and each pod once', () => {
    const { decisions } = look(new ImaginaryFarm(demo)).plan;
    const views = decisionViews(decisions);
    expect(views).toHaveLength(decisions.length);
    expect(views[0]).toMatchObject({
      reason: 'PartitionUnbound',
      why: REASONS.PartitionUnbound,
      subject: 'Session::0',
    });
    expect(views.every(({ pods }) => new Set(pods.map(({ address }) => address)).size === pods.length)).toBe(true);
  });
  test('a hand-over tells who takes over, then who is left', () => {
    const [first, second] = look(new ImaginaryFarm(demo)).world.pods;
    if (!first || !second) throw new Error('two pods are expected');
    const ref = ({ name, datacenter, machine, address }: typeof first) => ({ name, datacenter, machine, address });
    const claim = { kind: 'bound', partition: 'User.id::0', epoch: 2 } as const;
    const [view] = decisionViews([
      {
        reason: 'Draining',
        subject: 'User.id::0',
        detail: '',
        actions: [
          { kind: 'release-pod', pod: ref(first), expect: claim, applicationUser: 'User.id' },
          {
            kind: 'hand-over',
            partition: 'User.id::0',
            sentinels: [],
            needed: 2,
            from: ref(first),
            fromClaim: claim,
            fromGoesOn: false,
            pod: ref(second),
            expect: claim,
            claim,
            applicationUser: 'User.id',
            epoch: 3,
            options: { quorum: 2, downAfterMs: 1, failoverTimeoutMs: 1 },
          },
        ],
      },
    ]);
    expect(view?.pods).toEqual([ref(first), ref(second)]);
  });
});

describe('health', () => {
  const sight = (pass: Pass | undefined, more: { trouble?: string; ok?: boolean; why?: string } = {}) => ({
    last: () => pass,
    trouble: () => more.trouble,
    leads: () => true,
    ready: () => ({ ok: more.ok ?? true, ...(more.why === undefined ? {} : { why: more.why }) }),
  });
  test('before the first look', () => {
    expect(healthView(sight(undefined, { ok: false, why: 'no pass yet' }), 'demo', '1.0.0', 0)).toEqual({
      farm: 'demo',
      version: '1.0.0',
      leads: true,
      ready: false,
      why: 'no pass yet',
      freshness: null,
      partitions: null,
      pods: null,
    });
  });
  test('of a farm that lacks something', () => {
    const imaginary = settled(demo);
    const [pod] = bound(imaginary);
    if (pod) pod.state.up = false;
    const view = healthView(sight(look(imaginary), { trouble: 'away' }), 'demo', '1.0.0', 50);
    expect(view).toMatchObject({
      ready: true,
      why: 'away',
      freshness: { ageMs: 50, stale: true },
      partitions: { declared: 20, serving: 19, named: 20, armed: 18, toArm: 18 },
      pods: { all: 45, unreachable: 1 },
    });
  });
});

describe('limits', () => {
  test('what there is, and what is idle', () => {
    const view = limitsView(look(settled(demo)));
    expect(view).toMatchObject({
      farm: 'demo',
      datacenters: ['a', 'b', 'c'],
      clusterNames: ['User.id', 'Session', 'Friend.list', 'Chat.room'],
      maxClusterSize: 100,
      maxPartitionSize: 5,
    });
    expect(view.tiers.map(({ name, idle, pods }) => [name, idle, pods])).toEqual([
      ['M1', 24 - 10 - 3 - 6, 24],
      ['M4', 12 - 5 - 3, 12],
      ['M16', 9 - 6, 9],
    ]);
    expect(view.groups).toEqual([
      { name: 'main-0', replicated: false, partitions: 18, maxPartitions: 100 },
      { name: 'replicated-0', replicated: true, partitions: 2, maxPartitions: 100 },
    ]);
  });
  test('a witness takes no partitions, and what is dead is not idle', () => {
    const farm = defineFarm({
      ...talkSpec,
      datacenters: [...talkSpec.datacenters.slice(0, 2), { name: 'w', witness: true }],
    });
    const imaginary = new ImaginaryFarm(farm);
    for (const pod of imaginary.pods.slice(0, 5)) pod.state.up = false;
    const view = limitsView(look(imaginary));
    expect(view.datacenters).toEqual(['a', 'b']);
    expect(view.tiers[0]).toMatchObject({ idle: 235, pods: 240 });
  });
});
