/** The small parts between Barn and the HTTP API. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Pass } from '../../src/api/parts.js';
import type { BarnEvent } from '../../src/barn/barn.js';
import { barnSight } from '../../src/cli/api-sight.js';
import { fieldOf } from '../../src/cli/change-view.js';
import { accessThrough } from '../../src/cli/farm-access.js';
import { pageFolder } from '../../src/cli/page-folder.js';
import { parseClients } from '../../src/cli/pod-clients.js';
import { type Hints, runBarn } from '../../src/cli/run-barn.js';
import { pageAt } from '../../src/cli/serve-page.js';
import { ShortMemory } from '../../src/cli/short-memory.js';
import type { FarmFrame } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { createVoice } from '../../src/voice/index.js';
import type { World } from '../../src/world/model.js';
import { passOf, settled } from '../api/views-scene.js';

describe('sight', () => {
  const setUp = () => {
    let time = 1_000_000;
    const said: string[] = [];
    const voice = createVoice({
      farm: 'demo',
      out: { write: (line) => said.push(line) },
      level: 'info',
      now: () => time,
      secrets: ['correct-horse-battery'],
    });
    const sight = barnSight({ voice, leads: () => true, now: () => time });
    const tell = (event: BarnEvent): void => {
      voice.told(event);
      sight.told(event);
    };
    return {
      sight,
      voice,
      said,
      tell,
      wait: (ms: number) => {
        time += ms;
      },
      passed: (change: (world: World) => World = (world) => world): Pass => {
        const pass = passOf(demo, change({ ...settled(demo).world(), observedAt: time }));
        tell({ kind: 'pass', ms: 5, ...pass });
        return pass;
      },
    };
  };

  test('has nothing before the first pass, and says why that failed', () => {
    const { sight, tell } = setUp();
    expect([sight.last(), sight.trouble(), sight.ready().ok]).toEqual([undefined, undefined, false]);
    tell({ kind: 'failed', error: new Error('ECONNREFUSED') });
    expect(sight.trouble()).toBe('the farm was never seen: ECONNREFUSED');
  });
  test('keeps the last pass, and tells it to who listens, until he does not', () => {
    const { sight, passed } = setUp();
    const heard: Pass[] = [];
    const end = sight.onPass((pass) => heard.push(pass));
    sight.onPass(() => {
      throw new Error('a listener that fails');
    });
    const pass = passed();
    end();
    passed();
    expect(heard).toEqual([pass]);
    expect(sight.trouble()).toBeUndefined();
    expect(sight.ready()).toEqual({ ok: true });
  });
  test('is in trouble after a look that failed, without its secrets, until one succeeds', () => {
    const { sight, passed, tell } = setUp();
    passed();
    tell({ kind: 'failed', error: new Error('WRONGPASS for correct-horse-battery') });
    expect(sight.trouble()).toBe('the last look failed: WRONGPASS for [redacted]');
    passed();
    expect(sight.trouble()).toBeUndefined();
  });
  test('is in trouble when the last look is old: older than a follower looks', () => {
    const { sight, passed, wait } = setUp();
    passed();
    wait(6_000);
    expect(sight.trouble()).toBeUndefined();
    wait(7_000);
    expect(sight.trouble()).toBe('the last look was 13 s ago');
  });
  test('is in trouble when nobody is there of whom an answer is made', () => {
    const { sight, passed } = setUp();
    passed((world) => ({ ...world, datacenters: world.datacenters.map((one) => ({ ...one, complete: false })) }));
    expect(sight.trouble()).toBe('no KubeCluster can be read');
    passed((world) => ({
      ...world,
      groups: world.groups.map((group) => ({
        ...group,
        sentinels: group.sentinels.map(({ pod, group: name, datacenter, machine, address }) => ({
          ...{ pod, group: name, datacenter, machine, address },
          state: 'unreachable' as const,
          why: 'no answer',
        })),
      })),
    }));
    expect(sight.trouble()).toMatch(/^no majority of the sentinels of main-0.* answers$/);
  });
  test('gives events as they come, and an audit line is none', () => {
    const { sight, voice, said } = setUp();
    const heard: string[] = [];
    const end = sight.onEvent(({ msg }) => heard.push(msg));
    voice.say('info', 'one');
    voice.audit({ who: 'ann', what: 'change-cluster', why: 'Bearer abc.def', after: { clusterSize: 3 } });
    end();
    voice.say('info', 'two');
    expect(heard).toEqual(['one']);
    expect(sight.events().map(({ msg }) => msg)).toEqual(['one', 'two']);
    expect(JSON.parse(said[1] ?? '')).toMatchObject({
      level: 'info',
      msg: 'audit',
      who: 'ann',
      why: 'Bearer [redacted]',
      after: { clusterSize: 3 },
    });
  });
});

describe('the field that a problem is of', () => {
  const size = { kind: 'put', clusterName: 'User.id', fields: { clusterSize: 3, tier: 'M1' } } as const;
  const tier = { kind: 'put', clusterName: 'User.id', fields: { tier: 'M1' } } as const;
  const gone = { kind: 'delete', clusterName: 'User.id' } as const;
  test.each([
    [size, 'cacheClusters.User.id.clusterSize', 'clusterSize'],
    [size, 'cacheClusters.User.id.placement.datacenters[1]', 'placement'],
    [size, 'cacheClusters.User.id', 'clusterSize'],
    [tier, 'cacheClusters.User.id', 'tier'],
    [gone, 'cacheClusters.User.id', 'clusterName'],
    [size, 'tiers.M1', 'clusterSize'],
    [tier, 'tiers.M1', 'tier'],
    [size, 'sentinelGroups.main', 'clusterSize'],
    [size, 'cacheClusters.User.id2.tier', 'cacheClusters.User.id2.tier'],
    [size, 'farm', 'farm'],
  ] as const)('%j %s: %s', (wish, path, field) => expect(fieldOf(wish, path)).toBe(field));
});

describe('CLIENT LIST', () => {
  const client = (fields: Readonly<Record<string, string | number>>): string =>
    Object.entries({
      id: 1,
      addr: '10.0.0.9:5000',
      name: '',
      age: 10,
      idle: 1,
      flags: 'N',
      cmd: 'get',
      user: 'User.id',
      ...fields,
    })
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
  test('is told an application and a machine a line', () => {
    const text = [
      client({ name: 'web', age: 10, idle: 5, cmd: 'set' }),
      client({ addr: '10.0.0.9:5001', name: 'web', age: 90, idle: 0, cmd: 'get' }),
      client({ addr: '[fd00::1]:5001', name: 'job' }),
    ].join('\n');
    expect(parseClients(text)).toEqual([
      {
        name: 'web',
        address: '10.0.0.9',
        user: 'User.id',
        ageSeconds: 90,
        idleSeconds: 0,
        lastCommand: 'get',
        count: 2,
      },
      {
        name: 'job',
        address: '[fd00::1]',
        user: 'User.id',
        ageSeconds: 10,
        idleSeconds: 1,
        lastCommand: 'get',
        count: 1,
      },
    ]);
  });
  test.each([
    [{ user: 'barn', name: 'barn' }],
    [{ user: 'sentinel', name: 'sentinel-1234-cmd' }],
    [{ user: 'exporter' }],
    [{ user: 'replication', flags: 'S' }],
    [{ user: 'default', cmd: 'NULL' }],
  ])('leaves out what is ours: %j', (fields) => expect(parseClients(client(fields))).toEqual([]));
  test.each(['', '\n\n', 'nonsense', 'id=1 name=x', 'addr=', '=\n= ='])('makes nothing of %j', (text) => {
    expect(() => parseClients(text)).not.toThrow();
  });
  test('is bounded', () => {
    const text = Array.from({ length: 5_000 }, (_, i) => client({ name: `n${i}` })).join('\n');
    expect(parseClients(text)).toHaveLength(1_000);
  });
});

describe('a short memory', () => {
  test('forgets what failed, what is old, what is too much, and all when told so', async () => {
    let now = 0;
    let asked = 0;
    const memory = new ShortMemory<number>(2, 100, () => now);
    const ask = async (): Promise<number> => ++asked;
    await expect(memory.of('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect([await memory.of('x', ask), await memory.of('x', ask)]).toEqual([1, 1]);
    now = 100;
    expect(await memory.of('x', ask)).toBe(2);
    await memory.of('y', ask);
    await memory.of('z', ask);
    expect(await memory.of('x', ask)).toBe(5);
    memory.forget();
    expect(await memory.of('x', ask)).toBe(6);
  });
});

describe('where Barn serves its page', () => {
  const { cacheClusters: _, ...frame } = demo;
  const { web: __, ...without } = frame;
  const pod = (ip: string) => ({ FARM_CONFIG: '/etc/cachefarm/farm', FARM_IP: ip });
  test.each<[string, string | undefined, FarmFrame, NodeJS.ProcessEnv, string | undefined]>([
    ['as asked by hand, whatever the farm says', '127.0.0.1:80', without, {}, '127.0.0.1:80'],
    ['in a pod on all of its own addresses', undefined, frame, pod('10.0.0.7'), '0.0.0.0:9190'],
    ['of the other family, too', undefined, frame, pod('fd00::7'), ':::9190'],
    ['in an embedded farm on its machine only', undefined, frame, pod('127.64.1.2'), '127.64.1.2:9190'],
    ['nowhere, when the farm has none', undefined, without, pod('10.0.0.7'), undefined],
    ['nowhere on a workstation', undefined, frame, {}, undefined],
  ])('%s', (_what, asked, given, env, at) => expect(pageAt(asked, given, env)).toBe(at));
});

describe('the page is found', () => {
  const root = mkdtempSync(join(tmpdir(), 'cachefarm-page-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const file = (path: string): string => {
    const full = join(root, path);
    mkdirSync(join(full, '..'), { recursive: true });
    writeFileSync(full, '');
    return full;
  };
  test('beside the package, also through the link that npm makes', () => {
    const program = file('pack/lib/src/cli/main.js');
    expect(pageFolder(program)).toBeUndefined();
    file('pack/lib/web/index.html');
    mkdirSync(join(root, 'bin'));
    symlinkSync(program, join(root, 'bin/cachefarm'));
    expect(pageFolder(join(root, 'bin/cachefarm'))).toBe(join(root, 'pack/lib/web'));
  });
  test('beside the bundle in lib, and in the place of the image', () => {
    expect(pageFolder(file('pack/lib/cachefarm.cjs'))).toBe(join(root, 'pack/lib/web'));
    file('usr/share/cachefarm/web/index.html');
    expect(pageFolder(file('usr/bin/cachefarm'))).toBe(join(root, 'usr/share/cachefarm/web'));
  });
  test('not for a program that is not there', () => {
    expect([pageFolder(undefined), pageFolder(join(root, 'none'))]).toEqual([undefined, undefined]);
  });
});

describe('a Barn that follows', () => {
  const { farm, world } = passOf(demo, settled(demo).world());
  const { cacheClusters: _, ...frame } = farm;
  const looks = async (looksOn: boolean): Promise<readonly [number, number, number]> => {
    let observed = 0;
    const told: Hints[] = [];
    const access = accessThrough(frame, { barn: '', sentinel: '', application: '' }, []);
    const running = runBarn(
      {
        ...access,
        observe: async () => {
          observed++;
          return world;
        },
      },
      {
        controller: 0,
        leadership: { leads: false, controller: 0 },
        looksOn,
        eyes: (given) => {
          told.push(given);
          return { watch: () => undefined, listen: () => undefined, close: () => undefined };
        },
      },
    );
    const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
    try {
      await moment();
      const before = observed;
      told[0]?.lost('10.0.0.1:6378');
      await moment();
      const once = observed;
      for (let i = 0; i < 100; i++) told[0]?.heard('User.id::0');
      await moment();
      return [before, once, observed];
    } finally {
      await running.stop();
      access.close();
    }
  };
  test('looks at once when something may have happened and somebody is shown what it sees, but not for each of many', async () => {
    expect(await looks(true)).toEqual([1, 2, 2]);
  });
  test('does not where nobody looks on', async () => {
    expect(await looks(false)).toEqual([1, 1, 1]);
  });
});
