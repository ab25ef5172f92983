import type { Scenario } from '../scenario.js';
import type { CrashPoint, Stage } from '../stage.js';
import {
  decidedSince,
  isSilent,
  nothingMoved,
  ownersOf,
  processAt,
  untilEmpty,
  untilFlows,
  untilMoved,
} from './seen.js';

/** What a Barn does when a partition whose machine is gone gets another pod, each point as its last deed. */
const IN_A_RECOVERY: readonly CrashPoint[] = [
  { at: 'before', action: 'claim-pod', reason: 'PodCrashed' },
  { at: 'after', action: 'claim-pod', reason: 'PodCrashed' },
  { at: 'wire', command: 'PUBLISH' },
  { at: 'after', action: 'switch-name', reason: 'PodCrashed' },
];

/** The same while it keeps and arms the next standby. */
const IN_ARMING: readonly CrashPoint[] = [
  { at: 'after', action: 'claim-pod', reason: 'StandbyMissing' },
  { at: 'before', action: 'name-partition', reason: 'StandbyNotArmed' },
  { at: 'after', action: 'name-partition', reason: 'StandbyNotArmed' },
];

/** The same while a partition leaves a machine with its data. */
const IN_A_MOVE: readonly CrashPoint[] = [
  { at: 'after', action: 'claim-pod', reason: 'Draining' },
  { at: 'after', action: 'follow-master' },
  { at: 'before', action: 'hand-over' },
  { at: 'wire', command: 'CLIENT PAUSE' },
  { at: 'after', action: 'hand-over' },
  { at: 'before', action: 'release-pod' },
  { at: 'wire', command: 'FLUSHALL' },
];

/** It ends there, and another process begins. A point that nothing leads to is said, and is no proof. */
async function crashAndReturn(stage: Stage, point: CrashPoint): Promise<boolean> {
  const where = point.at === 'wire' ? `at ${point.command}` : `${point.at} ${point.action}`;
  try {
    const ended = await stage.barns.crashed(12_000);
    await stage.prove(`Barn ended ${where}`, () => !stage.barns.running.includes(ended));
    await stage.barns.start(ended);
    return true;
  } catch {
    stage.note(`Barn never came to ${where}`);
    for (const barn of stage.barns.running) await stage.barns.start(await stage.barns.kill(barn));
    return false;
  }
}

const recoveries = (name: string, what: string, points: readonly CrashPoint[], seconds: number): Scenario => ({
  name,
  sources: ['A6', 'R17'],
  what,
  seconds,
  expect: { unavailableMs: 12_000, wholeS: 40 },
  run: async (stage) => {
    stage.restartDelay(3);
    for (const [round, point] of points.entries()) {
      const partition = stage.partitions[round % stage.partitions.length] ?? '';
      const before = await ownersOf(stage);
      const place = await stage.owner(partition);
      await stage.barns.crashAt(point);
      await stage.kill(place);
      await crashAndReturn(stage, point);
      await untilMoved(stage, [partition], before);
      await untilFlows(stage);
      await stage.whole();
    }
  },
});

export const barnKilledInRecovery: Scenario = {
  ...recoveries(
    'barn-killed-in-recovery',
    'Barn is killed before or after each step of giving a dead partition another pod, and started again',
    IN_A_RECOVERY.slice(1, 3),
    14,
  ),
  ci: true,
};

export const barnKilledAtEveryStep: Scenario = recoveries(
  'barn-killed-at-every-step',
  'the same at every step of recovery and of arming',
  [...IN_A_RECOVERY, ...IN_ARMING],
  45,
);

export const barnKilledInMove: Scenario = {
  name: 'barn-killed-in-move',
  sources: ['A6', 'A11', 'A17', 'R17'],
  what: 'Barn is killed before or after each step of emptying a machine, and started again: every partition leaves with its data, or stays',
  seconds: 54,
  expect: { unavailableMs: 6_000, wholeS: 60 },
  run: async (stage) => {
    for (const [round, point] of IN_A_MOVE.entries()) {
      const partition = stage.partitions[round % stage.partitions.length] ?? '';
      const { machine } = await stage.owner(partition);
      await stage.barns.crashAt(point);
      await stage.cachefarm('drain', 'machine', machine);
      try {
        await crashAndReturn(stage, point);
        await untilEmpty(stage, machine);
        await untilFlows(stage);
      } finally {
        await stage.cachefarm('drain', 'machine', machine, '--undo');
      }
      await stage.whole(60_000);
    }
  },
};

/** One that hangs cannot say that it leads no more. */
const anotherLeads = (stage: Stage, not: string, since: number): Promise<void> =>
  stage.until('another Barn to lead', () =>
    stage.barns.since(since).some(({ kind, leads, barn }) => kind === 'led' && leads === true && barn !== not),
  );

export const barnHangsInRecovery: Scenario = {
  name: 'barn-hangs-in-recovery',
  sources: ['A6', 'R18'],
  what: 'the leading Barn hangs when it has just decided, another one leads and brings all back, and then the first wakes up',
  ci: true,
  barns: 2,
  seconds: 10,
  expect: { unavailableMs: 14_000, wholeS: 40 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const place = await stage.owner('User.id::0');
    stage.restartDelay(6);
    const from = stage.now();
    const first = await stage.barns.pause();
    await stage.kill(place);
    await stage.prove('the pod is dead', () => isSilent(stage, place));
    await anotherLeads(stage, first, from);
    await untilMoved(stage, ['User.id::0'], before);
    await untilFlows(stage);
    const after = await ownersOf(stage);
    await stage.barns.resume(first);
    await stage.wait(4_000);
    await nothingMoved(stage, new Map([...after].filter(([name]) => name === 'User.id::0')), 'when the first wakes up');
  },
};

export const twoBarnsAlone: Scenario = {
  name: 'two-barns-alone',
  sources: ['R19', 'A6'],
  what: 'two Barns act at once, each as if it were alone, while three pods die: each partition has one pod, and no pod two',
  ci: true,
  barns: 2,
  election: false,
  seconds: 6,
  expect: { unavailableMs: 6_000, wholeS: 60 },
  run: async (stage) => {
    stage.restartDelay(2);
    const from = stage.now();
    for (const partition of ['User.id::0', 'Session::0', 'User.id::3']) {
      const before = await ownersOf(stage);
      const place = await stage.owner(partition);
      await stage.kill(place);
      await stage.prove(`the pod of ${partition} is dead`, () => isSilent(stage, place));
      await untilMoved(stage, [partition], before);
      await untilFlows(stage);
    }
    await stage.prove('both have decided', () => {
      const who = stage.barns.since(from).flatMap(({ kind, barn }) => (kind === 'decided' ? [barn] : []));
      return new Set(who).size === 2;
    });
  },
};

export const barnReplaced: Scenario = {
  name: 'barn-replaced',
  sources: ['A6', 'R22'],
  what: 'Barn is replaced by another process three times, by SIGTERM and by kill -9: nothing moves, nothing is decided',
  seconds: 13,
  // A move for a better spread holds writes for half a second at most.
  expect: { unavailableMs: 1_000, wholeS: 20, moves: 0 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    for (const how of ['terminate', 'kill', 'terminate'] as const) {
      const from = stage.now();
      const barn = await stage.barns[how]();
      await stage.prove('no Barn runs', () => stage.barns.running.length === 0);
      await stage.barns.start(barn);
      await stage.until('the next one to lead', () => stage.barns.leader() !== undefined);
      await stage.wait(1_500);
      const did = decidedSince(stage, from);
      stage.check(`a new Barn finds nothing to do${did.length > 0 ? `, but ${did.join(', ')}` : ''}`, did.length === 0);
    }
    await nothingMoved(stage, before, 'when Barn is replaced');
  },
};

/** Connections of Barns to pods and sentinels, as these say. */
async function barnConnections(stage: Stage): Promise<number> {
  const addresses = [...(await stage.pods()), ...(await stage.sentinels())].map(({ address }) => address);
  const lists = await Promise.all(addresses.map((address) => stage.ask(address, ['CLIENT', 'LIST']).catch(() => '')));
  return lists
    .join('\n')
    .split('\n')
    .filter((line) => / user=barn /.test(line)).length;
}

export const leadersComeAndGo: Scenario = {
  name: 'leaders-come-and-go',
  sources: ['A24'],
  what: 'of two Barns the leader is killed and started again, six times, with pods dying in between: connections come back to what they were',
  barns: 2,
  seconds: 34,
  expect: { unavailableMs: 10_000, wholeS: 40 },
  run: async (stage) => {
    stage.restartDelay(2);
    const before = await barnConnections(stage);
    for (let round = 0; round < 6; round++) {
      const place = await stage.owner(stage.choose(stage.partitions));
      const was = await processAt(stage, place);
      const killed = await stage.barns.kill();
      await stage.kill(place);
      await stage.prove('leader and pod are gone', async () => (await processAt(stage, place)) !== was);
      await stage.until(
        'the other to lead',
        () => stage.barns.leader() !== undefined && stage.barns.leader() !== killed,
      );
      await stage.barns.start(killed);
      await untilFlows(stage);
    }
    await stage.whole();
    let after = 0;
    await stage.until('the connections of the dead to be gone', async () => {
      after = await barnConnections(stage);
      return after <= before * 1.1 + 4;
    });
    stage.note(`connections of Barns: ${before} before, ${after} after`);
  },
};
