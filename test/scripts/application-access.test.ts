import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask, freeAddress } from '../builders/processes.js';
import { application, claimAsBarn, type Pod, ScriptFarm } from './script-farm.js';

const farm = new ScriptFarm();
let pod: Pod;
const may = (...command: string[]) => ask(pod.at, application('User.id'), ...command);
beforeAll(async () => {
  pod = await farm.pod({ at: freeAddress() });
  await claimAsBarn(pod, { kind: 'bound', partition: 'User.id::0', epoch: 1 });
});
afterAll(() => farm.room.stopAll());

const ALLOWED = [
  'PING',
  'SET key value',
  'SET short value EX 10 NX',
  'GET key',
  'DEL key',
  'EXPIRE key 10',
  'MSET a 1 b 2',
  'INCR number',
  'HSET hash field value',
  'LPUSH list value',
  'ZADD sorted 1 member',
  'XADD stream * field value',
  'SCAN 0',
  'DBSIZE',
  'TYPE key',
  'EVAL return(1) 0',
  'SCRIPT LOAD return(1)',
  'MULTI',
  'WATCH key',
  'INFO',
  'ROLE',
  'CLIENT SETNAME me',
  'CLIENT GETNAME',
  'CLIENT ID',
  'COMMAND COUNT',
  'UNLINK key',
];
const DENIED = [
  'FLUSHALL',
  'FLUSHDB',
  'KEYS *',
  'SWAPDB 0 1',
  'CONFIG GET *',
  'CONFIG SET maxmemory 0',
  'CONFIG REWRITE',
  'ACL LIST',
  'ACL SETUSER me on nopass',
  'ACL DELUSER sentinel',
  'DEBUG SLEEP 0',
  'SHUTDOWN NOSAVE',
  'SAVE',
  'BGSAVE',
  'BGREWRITEAOF',
  'REPLICAOF NO ONE',
  'SLAVEOF NO ONE',
  'FAILOVER',
  'PSYNC ? -1',
  'SYNC',
  'REPLCONF ack 1',
  'MONITOR',
  'MIGRATE 127.0.0.1 1 key 0 1',
  'RESTORE key 0 value',
  'MODULE LIST',
  'SLOWLOG GET',
  'LATENCY RESET',
  'CLIENT KILL TYPE normal',
  'CLIENT LIST',
  'CLIENT PAUSE 1',
  'CLIENT NO-EVICT on',
  'CLUSTER RESET',
  'FUNCTION LOAD text',
  'FUNCTION FLUSH',
  'SCRIPT FLUSH',
  'SCRIPT KILL',
  'PUBLISH __sentinel__:hello text',
  'SUBSCRIBE __sentinel__:hello',
  'PSUBSCRIBE *',
  'PUBLISH channel text',
];

describe('the application on its own pod', () => {
  test.each(ALLOWED)('may %s', async (text) => {
    expect(await may(...text.split(' '))).not.toBeInstanceOf(Error);
  });

  test.each(DENIED)('must not %s', async (text) => {
    // DEBUG is switched off for everybody before anybody's rights are looked at
    expect(await may(...text.split(' '))).toMatchObject({
      message: expect.stringMatching(/NOPERM|DEBUG command not allowed/),
    });
  });

  test('an exporter reads figures and nothing else', async () => {
    const exporter = { user: 'exporter', password: application('x').password.replace('application', 'exporter') };
    for (const command of ['INFO ALL', 'SLOWLOG LEN', 'SLOWLOG GET', 'LATENCY LATEST', 'CLIENT SETNAME e'])
      expect(await ask(pod.at, exporter, ...command.split(' '))).not.toBeInstanceOf(Error);
    for (const command of ['GET key', 'CONFIG GET *', 'ACL LIST', 'SCAN 0', 'FLUSHALL', 'CLIENT LIST'])
      expect(await ask(pod.at, exporter, ...command.split(' '))).toMatchObject({
        message: expect.stringContaining('NOPERM'),
      });
  });
});
