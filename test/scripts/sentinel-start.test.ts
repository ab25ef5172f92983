import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ask, freeAddress, until } from '../builders/processes.js';
import { addressOf, BARN, fieldOf, hello, idOf, monitor, ScriptFarm, secretOf, untilMet } from './script-farm.js';

const farm = new ScriptFarm();
afterAll(() => farm.room.stopAll());

const confOf = (name: string) => `${farm.room.folder}/${name}/run/sentinel.conf`;

describe('sentinel-start', () => {
  test('gives a sentinel the identity and address that were declared for it', async () => {
    const at = freeAddress(26379);
    await farm.sentinel(at, 'sentinel-id-0');
    expect(await ask(at, BARN, 'SENTINEL', 'MYID')).toBe(idOf('sentinel-id-0'));
    expect(statSync(confOf('sentinel-id-0')).mode & 0o077).toBe(0);
  });

  test('pings four times a second, before and after a restart', async () => {
    const at = freeAddress(26379);
    const period = async (): Promise<unknown> => {
      const all = await ask(at, BARN, 'SENTINEL', 'DEBUG');
      return Array.isArray(all) ? all[all.indexOf('PING-PERIOD') + 1] : all;
    };
    const first = await farm.sentinel(at, 'sentinel-quick-0');
    await until('it was told', async () => (await period()) === '250');
    await first.stop();
    await farm.sentinel(at, 'sentinel-quick-0');
    await until('it was told again', async () => (await period()) === '250');
  });

  test('keeps what the sentinel has learnt over a restart, and brings users and passwords up to date', async () => {
    const group = await farm.group('keep');
    const [at] = group.sentinels;
    if (!at) throw new Error('no sentinel');
    const master = freeAddress();
    const moved = freeAddress();
    await monitor(group.sentinels, 'Keep::0', master);
    await hello(group, 'Keep::0', moved, 1025);
    await until('it knows the others', async () => (await fieldOf(at, 'Keep::0', 'num-other-sentinels')) === '2');
    await group.processes[0]?.stop();
    farm.room.file('secrets/barn', 'new-password');
    const name = 'sentinel-keep-1-0';
    appendFileSync(confOf(name), 'sentinel notification-script Keep::0 /bin/true\nuser evil on nopass ~* +@all\n');
    const again = await farm.sentinel(at, name);
    farm.room.file('secrets/barn', secretOf('barn'));
    const barn = { user: 'barn', password: 'new-password' };
    expect(await ask(at, BARN, 'PING')).toBeInstanceOf(Error);
    const master0 = (await ask(at, barn, 'SENTINEL', 'MASTER', 'Keep::0')) as string[];
    const field = (key: string) => master0[master0.indexOf(key) + 1];
    expect([
      field('ip'),
      field('port'),
      field('config-epoch'),
      field('down-after-milliseconds'),
      field('num-other-sentinels'),
    ]).toEqual([moved.ip, '6379', '1025', '1000', '2']);
    expect(await ask(at, barn, 'SENTINEL', 'MYID')).toBe(idOf(name));
    expect(again.output).toContain('dropped: sentinel notification-script Keep::0 /bin/true');
    expect(readFileSync(confOf(name), 'utf8')).not.toContain('evil');
    expect(await ask(at, { user: 'evil', password: 'x' }, 'PING')).toBeInstanceOf(Error);
  });

  test('a sentinel that comes back blank is the same sentinel, and the others do not count it twice', async () => {
    const group = await farm.group('blank');
    const pod = await farm.pod({ at: freeAddress() });
    await monitor(group.sentinels, 'Blank::0', pod.at);
    await untilMet(group, 'Blank::0');
    await group.processes[0]?.stop();
    farm.room.file('sentinel-blank-2-0/run/sentinel.conf', '');
    const [at, other] = group.sentinels;
    if (!at || !other) throw new Error('no sentinels');
    await farm.sentinel(at, 'sentinel-blank-2-0');
    expect(await addressOf(at, 'Blank::0')).toBe('null');
    await monitor([at], 'Blank::0', pod.at);
    await untilMet(group, 'Blank::0');
    expect(await ask(at, BARN, 'SENTINEL', 'MYID')).toBe(idOf('sentinel-blank-2-0'));
    expect(await fieldOf(other, 'Blank::0', 'num-other-sentinels')).toBe('2');
  });
});

describe('sentinel-start refuses to start', () => {
  const at = freeAddress(26379);
  const name = 'sentinel-bad-0';
  async function failure(change: () => void, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const good = await farm.sentinel(at, name);
    await good.stop();
    change();
    const run = farm.room.start('sh', [`${farm.room.folder}/${name}/scripts/sentinel-start.sh`], {
      ...farm.sentinelEnv(at, name),
      ...env,
    });
    expect(await run.exited).toBe(1);
    return run.output.trim().replaceAll(farm.room.folder, '');
  }
  const ids = `/${name}/scripts/ids`;

  test.each([
    ['its id is not listed', () => farm.room.file(ids, ''), {}, `file ${ids} has no line for a ${name}`],
    [
      'its id is no id',
      () => farm.room.file(ids, `a ${name} xyz\n`),
      {},
      `file ${ids}: the id of a ${name} is not 40 hexadecimal digits`,
    ],
    [
      'its rules are missing',
      () => farm.room.file(`/${name}/scripts/rules-peer`, ''),
      {},
      `file /${name}/scripts/rules-peer is empty`,
    ],
    [
      'its address would add a line',
      () => undefined,
      { FARM_IP: '1\nsentinel x' },
      'environment variable FARM_IP may only hold 0-9A-Fa-f.:',
    ],
    [
      'its group is not named',
      () => undefined,
      { FARM_SENTINEL_GROUP: '' },
      'environment variable FARM_SENTINEL_GROUP is not set',
    ],
    [
      'its auth is unknown',
      () => undefined,
      { FARM_AUTH: 'maybe' },
      'environment variable FARM_AUTH is maybe, not one of: none password',
    ],
  ])('when %s', async (_, change, env, message) => {
    expect(await failure(change, env as Record<string, string>)).toBe(`sentinel-start: ${message}`);
  });

  test.each(['barn', 'peer', 'pod', 'application'] as const)(
    'with a bad secret %s, and leaves the old configuration as it was',
    async (key) => {
      let before = '';
      const output = await failure(() => {
        farm.room.file(`secrets/${key}`, 'two\nlines');
        before = readFileSync(confOf(name), 'utf8');
      });
      farm.room.file(`secrets/${key}`, secretOf(key));
      expect(output).toBe(`sentinel-start: file /secrets/${key} has more than one line`);
      expect(readFileSync(confOf(name), 'utf8')).toBe(before);
    },
  );
});
