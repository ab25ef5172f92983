import { readFileSync, statSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SECRET_KEYS } from '../../src/farm/words.js';
import { ask, freeAddress, until } from '../builders/processes.js';
import { ScriptFarm, secretOf } from './script-farm.js';

const farm = new ScriptFarm();
afterAll(() => farm.room.stopAll());

async function failure(env: Readonly<Record<string, string>>): Promise<string> {
  const run = farm.runRedisStart(env);
  expect(await run.exited).toBe(1);
  return run.output.trim();
}

describe('redis-start refuses to start', () => {
  const at = freeAddress();
  test.each([
    ['FARM_IP', '', 'environment variable FARM_IP is not set'],
    ['FARM_IP', '1.2.3.4\nuser x on nopass', 'environment variable FARM_IP may only hold 0-9A-Fa-f.:'],
    ['FARM_PORT', '63 79', 'environment variable FARM_PORT may only hold 0-9'],
    ['FARM_MAXMEMORY', '64mb', 'environment variable FARM_MAXMEMORY may only hold 0-9'],
    [
      'FARM_MAXMEMORY_POLICY',
      'noeviction\nrequirepass x',
      'environment variable FARM_MAXMEMORY_POLICY may only hold a-z-',
    ],
    ['FARM_PERSISTENCE', 'disk', 'environment variable FARM_PERSISTENCE is disk, not one of: none aof rdb'],
    ['FARM_AUTH', 'maybe', 'environment variable FARM_AUTH is maybe, not one of: none password'],
    ['FARM_POD', 'a"b', 'environment variable FARM_POD may only hold a-z0-9.-'],
    ['FARM_SECRETS', '/nowhere', 'folder /nowhere (FARM_SECRETS) is missing'],
    ['FARM_RUN', '/no where', 'folder /no where (FARM_RUN) is missing'],
    [
      'FARM_DATA',
      '/x"\nsave 1 1',
      'environment variable FARM_DATA may not hold quotes, backslashes and control characters',
    ],
    [
      'FARM_DATA',
      '/x\nsave 1 1',
      'environment variable FARM_DATA may not hold quotes, backslashes and control characters',
    ],
  ])('with %s = %j', async (name, value, message) => {
    expect(await failure({ ...farm.podEnv(at), [name]: value })).toBe(`redis-start: ${message}`);
  });

  test('without PATH to a server, naming both it looked for', async () => {
    const sh = '/bin/sh';
    const run = farm.room.start(sh, [`${farm.scripts}/redis-start.sh`], { ...farm.podEnv(at), PATH: '/nowhere' });
    expect(await run.exited).toBe(1);
    expect(run.output.trim()).toBe('redis-start: neither redis-server nor valkey-server is installed');
  });

  test.each(['barn', 'sentinel', 'exporter', 'replication', 'pod', 'application'] as const)(
    'without a good secret %s, and never prints it',
    async (key) => {
      const path = `${farm.secrets}/${key}`;
      for (const [bad, message] of [
        ['', `file ${path} is empty`],
        ['hush hush', `secret ${path} must be printable ASCII without white space and quotes`],
        ['hush"', `secret ${path} must be printable ASCII without white space and quotes`],
        ["hush'", `secret ${path} must be printable ASCII without white space and quotes`],
        ['hush\t', `secret ${path} must be printable ASCII without white space and quotes`],
        ['비밀hush', `secret ${path} must be printable ASCII without white space and quotes`],
        ['hush\nuser x on nopass ~* +@all', `file ${path} has more than one line`],
        ['hush'.repeat(200), `secret ${path} is longer than 512 characters`],
      ] as const) {
        farm.room.file(`secrets/${key}`, bad);
        expect(await failure(farm.podEnv(at))).toBe(`redis-start: ${message}`);
      }
      farm.room.file(`secrets/${key}`, secretOf(key));
    },
  );

  test('needs no application secret where there is no auth', async () => {
    farm.room.file('secrets/application', '');
    const pod = await farm.pod({ auth: 'none' });
    await pod.says(/locked/);
    farm.room.file('secrets/application', secretOf('application'));
  });
});

describe('redis-start', () => {
  test('starts a server that is born locked, alone on its address, with nothing to read for others', async () => {
    const pod = await farm.pod();
    await pod.says(/locked/);
    const acl = (await pod.barn('ACL', 'LIST')) as string[];
    expect(acl.map((line) => line.split(' ').slice(1, 3).join(' ')).sort()).toEqual([
      'barn on',
      'default off',
      'exporter on',
      'marker off',
      'replication off',
      'sentinel on',
    ]);
    expect(await pod.claim()).toBe('locked');
    expect(await pod.barn('CONFIG', 'GET', 'bind')).toEqual(['bind', pod.at.ip]);
    expect(await pod.barn('CONFIG', 'GET', 'save')).toEqual(['save', '']);
    expect(await ask({ ip: '127.0.0.1', port: pod.at.port + 1 }, undefined, 'PING')).toBeInstanceOf(Error);
    expect(statSync(`${farm.podEnv(pod.at).FARM_RUN}/redis.conf`).mode & 0o777).toBe(0o600);
  });

  test('works in folders with spaces and letters of any language', async () => {
    const folder = farm.room.makeFolder("내 farm's folder");
    const pod = await farm.pod({ env: { FARM_RUN: folder, FARM_DATA: folder } });
    await pod.says(/locked/);
    expect(await pod.barn('CONFIG', 'GET', 'dir')).toEqual(['dir', folder]);
  });

  test('keeps secrets off command lines, environments and logs', async () => {
    const pod = await farm.pod();
    await pod.says(/locked/);
    const seen =
      ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pod.process.pid}/${name}`, 'utf8')).join('') +
      pod.process.output;
    for (const key of SECRET_KEYS) expect(seen).not.toContain(secretOf(key));
  });

  test('a server without persistence starts empty, whatever file a synchronisation left in a folder that outlived the container', async () => {
    const at = freeAddress();
    const first = await farm.pod({ at });
    await first.barn('SET', 'stale', 'value');
    await first.barn('SAVE');
    await first.process.stop();
    const second = await farm.pod({ at });
    expect(await second.barn('DBSIZE')).toBe(0);
  });

  test.each(['aof', 'rdb'] as const)(
    'a server with %s comes back with its data, and still locked',
    async (persistence) => {
      const at = freeAddress();
      const first = await farm.pod({ at, persistence });
      await first.barn('SET', 'kept', 'value');
      await first.process.stop('SIGTERM');
      const second = await farm.pod({ at, persistence });
      await until('it has loaded', async () => (await second.barn('GET', 'kept')) === 'value');
      expect(await second.claim()).toBe('locked');
    },
  );
});
