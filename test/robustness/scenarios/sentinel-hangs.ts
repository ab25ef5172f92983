import type { Scenario } from '../scenario.js';
import type { Place, Stage } from '../stage.js';
import { isTilted, loseOwner, nothingDecided, ofMain, sentinelApart } from './main-group.js';
import { isSilent, ownersOf, untilFlows, untilMoved } from './seen.js';

export const sentinelHangs: Scenario = {
  name: 'sentinel-hangs',
  sources: ['A20', 'R11'],
  what: 'one of three sentinels hangs for 5 s, and a pod dies: that is replaced as ever',
  seconds: 45,
  // One for the pod that died, some for the spread.
  expect: { unavailableMs: 4_000, wholeS: 60, moves: 4 },
  run: async (stage) => {
    stage.restartDelay(2);
    const before = await ownersOf(stage);
    const place = await stage.owner('User.id::0');
    const sentinel = await sentinelApart(stage, place.machine);
    await stage.pause(sentinel);
    await stage.prove('the sentinel answers nobody', () => isSilent(stage, sentinel));
    await stage.kill(place);
    await stage.prove('the pod is dead', () => isSilent(stage, place));
    await untilMoved(stage, ['User.id::0'], before);
    await stage.wait(4_000);
    await stage.resume(sentinel);
    await untilFlows(stage);
  },
};

export const sentinelMajorityHangs: Scenario = {
  name: 'sentinel-majority-hangs',
  sources: ['A13', 'A22', 'R11', 'R15'],
  what: 'two of three sentinels hang for 5 s and are then in TILT for 30 s, and a pod dies: nothing is changed until they are out of it',
  seconds: 46,
  expect: { unavailableMs: 50_000, wholeS: 60 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const place = await stage.owner('Session::0');
    const hung = (await ofMain(stage)).slice(0, 2);
    for (const sentinel of hung) await stage.pause(sentinel);
    await stage.prove('two sentinels answer nobody', async () =>
      (await Promise.all(hung.map((sentinel) => isSilent(stage, sentinel)))).every(Boolean),
    );
    const from = stage.now();
    stage.strike(['Session::0']);
    stage.restartDelay(90);
    await stage.kill(place);
    await stage.prove('the pod is dead', () => isSilent(stage, place));
    await stage.wait(5_000);
    nothingDecided(stage, from);
    for (const sentinel of hung) await stage.resume(sentinel);
    await untilMoved(stage, ['Session::0'], before, 60_000);
    await untilFlows(stage);
    await startAtOnce(stage, place);
  },
};

/** What waits to be started does so now. */
async function startAtOnce(stage: Stage, place: Place): Promise<void> {
  stage.restartDelay(0);
  await stage.kill(place);
}

export const sentinelTilted: Scenario = {
  name: 'sentinel-tilted',
  sources: ['R15', 'R27'],
  what: 'the clock of one sentinel jumps by 3 s, so that it is in TILT, and a pod dies: that is replaced as ever',
  seconds: 41,
  // One for the pod that died, some for the spread.
  expect: { unavailableMs: 4_000, wholeS: 60, moves: 4 },
  run: async (stage) => {
    const sentinel = await sentinelApart(stage, (await stage.owner('User.id::1')).machine);
    await stage.tilt(sentinel);
    await stage.prove('it is in TILT', () => isTilted(stage, sentinel));
    stage.restartDelay(2);
    await loseOwner(stage, 'User.id::1');
    stage.check('it was in TILT all the time', await isTilted(stage, sentinel));
  },
};

export const sentinelMajorityTilted: Scenario = {
  name: 'sentinel-majority-tilted',
  sources: ['R15', 'R27'],
  what: 'two of three sentinels are in TILT and a pod hangs: it is replaced when they are out of it, and nothing else happens meanwhile',
  seconds: 60,
  expect: { unavailableMs: 45_000, wholeS: 60, moves: 2 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const tilted = (await ofMain(stage)).slice(0, 2);
    await Promise.all(tilted.map((sentinel) => stage.tilt(sentinel)));
    await stage.prove('two are in TILT', async () =>
      (await Promise.all(tilted.map((sentinel) => isTilted(stage, sentinel)))).every(Boolean),
    );
    const place = await stage.owner('User.id::2');
    await stage.pause(place);
    await stage.prove('the pod hangs', () => isSilent(stage, place));
    await untilMoved(stage, ['User.id::2'], before, 60_000);
    await untilFlows(stage, undefined, 60_000);
  },
};
