import { afterAll, expect, test } from '@jest/globals';
import { Executor } from '../../src/act/executor.js';
import { Connections } from '../../src/observe/connections.js';
import { probeSentinel } from '../../src/observe/probe.js';
import type { Action } from '../../src/plan/action.js';
import { endTilt, TILT_NAME } from '../../src/plan/decisions/end-tilt.js';
import { startPlanning, UNLIMITED } from '../../src/plan/planning.js';
import type { SentinelView } from '../../src/world/model.js';
import { ask, until } from '../builders/processes.js';
import { smallFarm } from '../builders/running-farm.js';
import { BARN, ScriptFarm, secretOf } from '../scripts/script-farm.js';

const scripts = new ScriptFarm();
const connections = new Connections({
  barn: secretOf('barn'),
  sentinel: secretOf('sentinel'),
  application: secretOf('application'),
});
afterAll(async () => {
  connections.close();
  await scripts.room.stopAll();
});

/** What is decided of one sentinel alone, whatever its group holds. */
function decide(view: SentinelView): readonly Action[] {
  const groups = [{ name: 'main-0', sentinels: [view] }];
  const planning = startPlanning({
    declared: smallFarm(),
    world: { observedAt: 0, cacheClusters: [], datacenters: [], pods: [], groups },
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: 0,
    controller: 1,
  });
  endTilt(planning);
  return planning.decisions.flatMap(({ actions }) => actions);
}

test('a bare sentinel stays tilted by itself, and is out of it with the throw-away name, which then goes', async () => {
  const [at] = (await scripts.group('main-0')).sentinels;
  if (!at) throw new Error('no sentinel');
  const record = { pod: 's', group: 'main-0', datacenter: 'a', machine: 'm', address: `${at.ip}:${at.port}` };
  const look = (): Promise<SentinelView> => probeSentinel(connections, record);
  const isTilted = async (): Promise<boolean> => ((view) => view.state === 'up' && view.tilt)(await look());
  const tiltedFor = async (): Promise<number> =>
    Number(/tilt_since_seconds:(-?\d+)/.exec(String(await ask(at, BARN, 'INFO', 'sentinel')))?.[1]);
  const carryOut = async (): Promise<readonly string[]> => {
    const executor = new Executor(connections, {
      sentinel: secretOf('sentinel'),
      application: secretOf('application'),
    });
    const actions = decide(await look());
    const receipts = await executor.run([{ reason: 'TiltEnded', subject: 's', detail: '', actions }]);
    return receipts.map(({ action, status }) => `${action.kind} ${status}`);
  };
  // Two ticks of its timer are always further apart than 1 ms: it tilts, and stays so by what it did before.
  await ask(at, BARN, 'SENTINEL', 'DEBUG', 'tilt-period', '1000', 'tilt-trigger', '1');
  await until('TILT', isTilted, 10_000);
  await ask(at, BARN, 'SENTINEL', 'DEBUG', 'tilt-trigger', '600000');
  await until('more than its period', async () => (await tiltedFor()) >= 3, 20_000);
  expect(await isTilted()).toBe(true);
  expect(await carryOut()).toEqual(['name-partition Done']);
  expect(await ask(at, BARN, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', TILT_NAME)).toEqual(['127.0.0.1', '1']);
  await until('the end of TILT', async () => !(await isTilted()), 10_000);
  expect(await carryOut()).toEqual(['forget-name Done']);
  expect(await look()).toMatchObject({ tilt: false, names: [] });
  expect(decide(await look())).toEqual([]);
}, 60_000);
