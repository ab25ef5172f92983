import { afterAll, expect, test } from '@jest/globals';
import { BARN_RULES } from '../../src/farm/access.js';
import { Connections } from '../../src/observe/connections.js';
import { probeInstance } from '../../src/observe/probe.js';
import { ask, freeAddress, ProcessRoom, until } from '../builders/processes.js';

const room = new ProcessRoom();
const connections = new Connections({ barn: 'b', sentinel: 's', application: 'a' });
afterAll(async () => {
  connections.close();
  await room.stopAll();
});

test('a pod that starts with the file of its last owner says that it is loading until it has', async () => {
  const at = freeAddress();
  const address = `${at.ip}:${at.port}`;
  const barn = { user: 'barn', password: 'b' };
  const born = [
    'user default reset resetchannels',
    'user marker off resetkeys ~locked resetchannels -@all >locked',
    `user barn reset on ${BARN_RULES} >b`,
    'dbfilename kept.rdb',
  ].join('\n');
  const first = await room.redis(at, born);
  const fill = "for i = 1, 5000 do redis.call('SET', 'of-the-last-owner:' .. i, 'x') end return 1";
  expect(await ask(at, barn, 'EVAL', fill, '0')).toBe(1);
  expect(await ask(at, barn, 'SAVE')).toBe('OK');
  await first.stop();
  // 1 ms a key: as a file of some GB takes.
  await room.redis(at, `${born}\nkey-load-delay 1000\nloading-process-events-interval-bytes 1024`);
  expect(await probeInstance(connections, address)).toMatchObject({ claim: { kind: 'locked' }, loading: true });
  await until('it to have loaded', async () => (await ask(at, barn, 'PING')) === 'PONG', 30_000);
  const loaded = await probeInstance(connections, address);
  expect(loaded).toMatchObject({ claim: { kind: 'locked' }, keys: 5_000 });
  expect(loaded).not.toHaveProperty('loading');
}, 60_000);
