/** Applications may SELECT another database than 0: the fence must not take what is in there for nothing. */
import { afterAll, expect, test } from '@jest/globals';
import { type Address, connect, freeAddress } from '../builders/processes.js';
import { application, type LiveGroup, monitor, nameWithStandby, type Pod, ScriptFarm } from './script-farm.js';

const farm = new ScriptFarm();
afterAll(() => farm.room.stopAll());

/** A persistent pod at this address that held a partition, wrote to database 1 alone, and has ended; no sentinel knows the name any more. */
async function leftWithKeys(main: LiveGroup, name: string, at: Address): Promise<void> {
  await monitor(main.sentinels, name, at);
  const pod = await farm.pod({ at, persistence: 'aof' });
  await pod.says(/open: bound/);
  const client = connect(at, application(name.slice(0, name.indexOf(':'))));
  await client.connect();
  try {
    expect(await client.select(1)).toBe('OK');
    await client.set('key', 'value');
  } finally {
    client.disconnect();
  }
  await pod.process.stop('SIGTERM');
  for (const sentinel of main.sentinels) await farm.remove(sentinel, name);
}
const back = (at: Address): Promise<Pod> => farm.pod({ at, persistence: 'aof' });

test('a persistent master of a replicated partition that comes back with keys in database 1 is opened as a member', async () => {
  const main = await farm.group('main-0');
  const replicated = await farm.group('replicated-0', 'replicated');
  farm.groups(main, replicated);
  const at = freeAddress();
  await leftWithKeys(main, 'Kept::0', at);
  await monitor(replicated.sentinels, 'Kept::0', at);
  await (await back(at)).says(/open: member\/Kept::0\/0 for Kept$/);
}, 40_000);

test('a standby that holds keys in database 1 alone is not opened as an empty one', async () => {
  const main = await farm.group('main-1');
  farm.groups(main);
  const at = freeAddress();
  await leftWithKeys(main, 'Stand::0', at);
  await nameWithStandby(main, 'Stand::0', freeAddress(), at, { 'down-after-milliseconds': '60000' });
  const pod = await back(at);
  await pod.says(/locked: standby of Stand by the sentinels, but it holds keys|open: standby/, 20_000);
  expect(await pod.claim()).toBe('locked');
}, 60_000);
