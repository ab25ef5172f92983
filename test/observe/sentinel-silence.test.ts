/** What a sentinel does not say of a name is nothing; only its own "no such master" is an absence. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Connections } from '../../src/observe/connections.js';
import { lookAt } from '../../src/observe/look.js';
import { probeSentinel } from '../../src/observe/probe.js';
import type { NameView, SentinelView, World } from '../../src/world/model.js';
import { HostileServer, resp } from '../fuzz/hostile-server.js';

const NAMES = ['User.id::0', 'User.id::1'];
const RUN_ID = 'ab'.repeat(20);
const UNKNOWN = new Error('ERR No such master with that name');
const master = (name: string) => [
  ...['name', name, 'ip', '10.0.0.1', 'port', '6379', 'flags', 'master', 'config-epoch', '3', 'quorum', '2'],
];

/** Answers all questions about names but those that `instead` answers otherwise; undefined: never. */
const sentinelThat = (instead: (question: string, name: string | undefined) => unknown) =>
  new HostileServer(([, question = '', name]) => {
    const otherwise = instead(question, name);
    if (otherwise !== 'as usual') return otherwise === undefined ? undefined : resp(otherwise);
    if (question === 'MYID') return resp(RUN_ID);
    if (question === 'MASTERS') return resp(NAMES.map(master));
    if (question === 'MASTER') return resp(master(name ?? ''));
    return resp(question === 'REPLICAS' ? [] : 'sentinel_tilt:0');
  });

describe('a sentinel that answers some of the questions', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function asked(server: HostileServer): Promise<Readonly<Record<'whole' | 'look', SentinelView>>> {
    const address = await server.start();
    const connections = new Connections(
      { barn: 'b', sentinel: 's', application: 'a' },
      { connectTimeoutMs: 300, commandTimeoutMs: 300 },
    );
    stops.push(async () => {
      connections.close();
      await server.stop();
    });
    const record = { pod: 's', group: 'main-0', datacenter: 'a', machine: 'm', address };
    const whole = await probeSentinel(connections, record);
    const names = NAMES.map((partition) => ({ partition, replicas: [] }) as Partial<NameView> as NameView);
    const sentinel: SentinelView = { ...record, state: 'up', id: RUN_ID, tilt: false, names };
    const world = { pods: [], groups: [{ name: 'main-0', sentinels: [sentinel] }] } as Partial<World> as World;
    const look = (await lookAt(world, NAMES, connections)).groups[0]?.sentinels[0];
    if (!look) throw new Error('the sentinel was not looked at');
    return { whole, look };
  }

  const namesOf = (view: SentinelView): readonly string[] =>
    view.state === 'up' ? view.names.map(({ partition }) => partition) : ['not up'];

  test('all of them: it is up, with every name', async () => {
    const { whole, look } = await asked(sentinelThat(() => 'as usual'));
    expect([namesOf(whole), namesOf(look)]).toEqual([NAMES, NAMES]);
  });

  test('it falls silent before the replicas of the second name: unreachable, not without the name', async () => {
    const { whole, look } = await asked(
      sentinelThat((question, name) => (question === 'REPLICAS' && name === NAMES[1] ? undefined : 'as usual')),
    );
    const silent = { state: 'unreachable', why: expect.stringContaining('timed out') };
    expect([whole, look]).toEqual([expect.objectContaining(silent), expect.objectContaining(silent)]);
  });

  test('it falls silent before the second name: a look says unreachable, not without the name', async () => {
    const { look } = await asked(
      sentinelThat((question, name) => (question === 'MASTER' && name === NAMES[1] ? undefined : 'as usual')),
    );
    expect(look).toMatchObject({ state: 'unreachable', why: expect.stringContaining('timed out') });
  });

  test('it refuses to tell, for a reason of its own: unreachable, and says so', async () => {
    const no = new Error("NOPERM this user has no permissions to run the 'sentinel|replicas' command");
    const { whole, look } = await asked(
      sentinelThat((question, name) => (question === 'REPLICAS' && name === NAMES[1] ? no : 'as usual')),
    );
    const refuses = { state: 'unreachable', why: no.message };
    expect([whole, look]).toEqual([expect.objectContaining(refuses), expect.objectContaining(refuses)]);
  });

  test('a name that was removed between two questions is gone, and the sentinel is up', async () => {
    const { whole, look } = await asked(
      sentinelThat((question, name) => (question === 'REPLICAS' && name === NAMES[1] ? UNKNOWN : 'as usual')),
    );
    expect([namesOf(whole), namesOf(look)]).toEqual([[NAMES[0]], [NAMES[0]]]);
  });

  test('a name that it does not know is left out of a look', async () => {
    const { look } = await asked(sentinelThat((_, name) => (name === NAMES[1] ? UNKNOWN : 'as usual')));
    expect(namesOf(look)).toEqual([NAMES[0]]);
  });
});
