import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Address, ask, freeAddress, type Login } from '../builders/processes.js';
import { application, BARN, type LiveGroup, monitor, PEER, POD, ScriptFarm, secretOf } from './script-farm.js';

const farm = new ScriptFarm();
const APP: Login = { user: 'app', password: secretOf('application') };
const NAME = 'User.id::0';
let main: LiveGroup;
let at: Address;
beforeAll(async () => {
  main = await farm.group('main-0');
  at = main.sentinels[0] as Address;
  await monitor(main.sentinels, NAME, freeAddress());
});
afterAll(() => farm.room.stopAll());

const LOOK_UP = [
  'PING',
  `SENTINEL GET-MASTER-ADDR-BY-NAME ${NAME}`,
  `SENTINEL SENTINELS ${NAME}`,
  `SENTINEL REPLICAS ${NAME}`,
  `SENTINEL MASTER ${NAME}`,
  'SENTINEL MASTERS',
  'INFO',
  'ROLE',
  'CLIENT SETNAME me',
  'SUBSCRIBE +switch-master',
  'PSUBSCRIBE *',
];
const CHANGE = [
  'SENTINEL MONITOR x 127.0.0.1 1 1',
  `SENTINEL REMOVE ${NAME}`,
  `SENTINEL SET ${NAME} quorum 1`,
  'SENTINEL RESET *',
  `SENTINEL FAILOVER ${NAME}`,
  'SENTINEL FLUSHCONFIG',
  'SENTINEL DEBUG ping-period 1',
  'SENTINEL SIMULATE-FAILURE crash-after-election',
  'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 99 abc',
  'SENTINEL CONFIG SET announce-ip 1.2.3.4',
  'PUBLISH __sentinel__:hello text',
  'SHUTDOWN NOSAVE',
  'ACL LIST',
  'ACL SETUSER me on nopass',
  'CLIENT KILL TYPE normal',
  'CLIENT LIST',
];
/** What a command line of the table answers; undefined when it was allowed. */
const refusal = async (login: Login | undefined, command: string): Promise<string | undefined> => {
  const answer = await ask(at, login, ...command.split(' '));
  return answer instanceof Error ? answer.message : undefined;
};

describe('on a sentinel', () => {
  test.each(LOOK_UP)('an application may %s', async (command) => expect(await refusal(APP, command)).toBeUndefined());
  test.each(CHANGE)('an application must not %s', async (command) =>
    expect(await refusal(APP, command)).toContain('NOPERM'),
  );
  test.each(CHANGE)('a pod must not %s', async (command) => expect(await refusal(POD, command)).toContain('NOPERM'));
  test.each(['PING', 'INFO sentinel', `SENTINEL MASTER ${NAME}`, `SENTINEL REPLICAS ${NAME}`])(
    'a pod may %s',
    async (command) => expect(await refusal(POD, command)).toBeUndefined(),
  );
  test.each([...LOOK_UP, ...CHANGE])('nobody without a password may %s', async (command) =>
    expect(await refusal(undefined, command)).toContain('NOAUTH'),
  );

  test('the user of a cache cluster, which lives on pods, is nobody here', async () =>
    expect(await refusal(application('User.id'), 'SENTINEL MASTERS')).toMatch(/WRONGPASS|NOAUTH/));

  test('a peer votes and says hello, and changes nothing else', async () => {
    expect(await refusal(PEER, 'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 *')).toBeUndefined();
    expect(await refusal(PEER, `SENTINEL REMOVE ${NAME}`)).toContain('NOPERM');
    expect(await refusal(PEER, 'SHUTDOWN NOSAVE')).toContain('NOPERM');
  });

  test('Barn does its work, and does not shut a sentinel down', async () => {
    for (const command of [
      'SENTINEL MYID',
      'SENTINEL FLUSHCONFIG',
      'SENTINEL INFO-CACHE',
      `SENTINEL CKQUORUM ${NAME}`,
      'INFO',
      'PSUBSCRIBE *',
    ])
      expect((await refusal(BARN, command)) ?? '').not.toContain('NOPERM');
    expect(await refusal(BARN, 'SHUTDOWN NOSAVE')).toContain('NOPERM');
  });

  test('without auth everybody looks up and nobody changes anything', async () => {
    const open = freeAddress(26379);
    await farm.sentinel(open, 'sentinel-none-0', 'none');
    for (const command of ['SENTINEL MASTERS', 'SUBSCRIBE +switch-master', 'INFO'])
      expect(await ask(open, undefined, ...command.split(' '))).not.toBeInstanceOf(Error);
    for (const command of CHANGE)
      expect(await ask(open, undefined, ...command.split(' '))).toMatchObject({
        message: expect.stringContaining('NOPERM'),
      });
    expect(await ask(open, BARN, 'SENTINEL', 'MYID')).toMatch(/^[0-9a-f]{40}$/);
  });

  test('the probe is worth something: a stock sentinel fails it', async () => {
    const stock = freeAddress(26379);
    await farm.room.sentinel(stock);
    const answers = await Promise.all(
      CHANGE.slice(0, 4).map((command) => ask(stock, undefined, ...command.split(' '))),
    );
    expect(answers.filter((answer) => answer instanceof Error && /NOPERM|NOAUTH/.test(answer.message))).toEqual([]);
  });
});
