import { record, records } from '../../../src/farm/loose.js';
import type { Scenario } from '../scenario.js';
import type { Place, Stage } from '../stage.js';
import { isSilent, ownersOf, processAt, untilFlows, untilMoved } from './seen.js';

const PARTITION = 'Chat::0';
/** keys that are there before anything breaks */
const KEYS = 300;
/** From the second on a majority calls it down, and then a replica is chosen and told: ms. */
const FAILOVER_MS = 6_000;

const keyOf = (index: number): string => `${PARTITION}:baseline:${index}`;

/** Written before anything breaks, and in step on every copy. */
async function writeBaseline(stage: Stage): Promise<void> {
  const place = await stage.owner(PARTITION);
  const pairs = Array.from({ length: KEYS }, (_, index) => [keyOf(index), `${PARTITION} baseline ${index}`]);
  await stage.ask(place, ['MSET', ...pairs.flat()]);
  await stage.until('every copy to have them', async () =>
    (await kept(stage, await copies(stage))).every((n) => n === KEYS),
  );
}

/** The pods of the partition, its master and the others. */
async function copies(stage: Stage): Promise<readonly Place[]> {
  return (await stage.pods()).filter(({ partition, claim }) => partition === PARTITION && claim === 'member');
}

/** How many of the keys each of them has. */
const kept = (stage: Stage, places: readonly Place[]): Promise<readonly number[]> =>
  Promise.all(
    places.map(async (place) =>
      Number(
        await stage.ask(place, ['EXISTS', ...Array.from({ length: KEYS }, (_, index) => keyOf(index))]).catch(() => 0),
      ),
    ),
  );

async function nothingLost(stage: Stage): Promise<void> {
  const [there] = await kept(stage, [await stage.owner(PARTITION)]);
  stage.check(`${KEYS} keys were written and ${there} are there`, there === KEYS);
}

/** The replica of the partition. */
async function replica(stage: Stage): Promise<Place> {
  const owner = await stage.owner(PARTITION);
  const found = (await copies(stage)).find(({ address }) => address !== owner.address);
  if (!found) throw new Error(`${PARTITION} has no replica`);
  return found;
}

/** Sentinels, pods and the status of the CacheCluster say the same. */
async function agreed(stage: Stage): Promise<void> {
  await stage.until('every sentinel to give one address, a master there, and the status Ready', async () => {
    const { facts } = await stage.look();
    const partition = facts.partitions.find(({ name }) => name === PARTITION);
    const role = String(await stage.ask(partition?.agreed ?? '', ['ROLE']).catch(() => ''));
    return partition?.uniform === true && role.startsWith('master') && (await readyOf(stage)) === 'True';
  });
}

/** The condition Ready of Chat, as a person reads it. */
async function readyOf(stage: Stage): Promise<string | undefined> {
  const [chat] = records(JSON.parse(await stage.cachefarm('get', 'clusters', 'Chat', '-o', 'json')));
  const ready = records(record(chat).conditions).find(({ type }) => type === 'Ready');
  return ready === undefined ? undefined : String(ready.status);
}

export const replicatedMasterBackAtOnce: Scenario = {
  name: 'replicated-master-back-at-once',
  sources: ['A2c', 'A4', 'A27', 'R3'],
  what: 'the master of a replicated partition is killed and back at its address, empty, before sentinels call it down: no key is lost',
  ci: true,
  farm: 'replicated',
  seconds: 5,
  expect: { unavailableMs: 8_000, wholeS: 40 },
  run: async (stage) => {
    await writeBaseline(stage);
    stage.restartDelay(0);
    const place = await stage.owner(PARTITION);
    const before = await processAt(stage, place);
    await stage.kill(place);
    await stage.prove('another process is at its address', async () => {
      const now = await processAt(stage, place);
      return now !== undefined && now !== before;
    });
    await untilFlows(stage);
    await stage.whole();
    await nothingLost(stage);
  },
};

export const replicatedMasterKilled: Scenario = {
  name: 'replicated-master-killed',
  sources: ['A1', 'A2', 'A4', 'A8'],
  what: 'the machine of the master of a replicated partition goes down: its replica is master for everybody, with every key',
  ci: true,
  farm: 'replicated',
  seconds: 10,
  expect: { unavailableMs: 8_000, wholeS: 40 },
  run: async (stage) => {
    await writeBaseline(stage);
    await agreed(stage);
    const before = await ownersOf(stage);
    const place = await stage.owner(PARTITION);
    await stage.stopMachine(place.machine);
    await stage.prove('nobody answers there', () => isSilent(stage, place));
    await untilMoved(stage, [PARTITION], before);
    await untilFlows(stage);
    await nothingLost(stage);
    await stage.startMachine(place.machine);
    await stage.whole();
    await agreed(stage);
    await nothingLost(stage);
  },
};

export const replicatedKills: Scenario = {
  name: 'replicated-kills',
  sources: ['A10', 'A18', 'A2e'],
  what: 'of a replicated partition are killed: a replica; the master; both. The last loses the data, is not Ready meanwhile, and serves again',
  farm: 'replicated',
  seconds: 20,
  expect: { unavailableMs: 75_000, wholeS: 60 },
  run: async (stage) => {
    await writeBaseline(stage);
    const kinds: Readonly<Record<string, () => Promise<readonly Place[]>>> = {
      'the replica': async () => [await replica(stage)],
      'the master': async () => [await stage.owner(PARTITION)],
      'master and replica': () => copies(stage),
    };
    for (const [kind, choose] of Object.entries(kinds)) {
      const places = await choose();
      stage.restartDelay(places.length > 1 ? 6 : 2);
      for (const place of places) await stage.kill(place);
      await stage.prove(`${kind} is gone`, async () =>
        (await Promise.all(places.map((place) => isSilent(stage, place)))).every(Boolean),
      );
      if (places.length > 1) await neverReadyMeanwhile(stage);
      await untilFlows(stage, undefined, 80_000);
      await stage.whole(80_000);
      if (places.length === 1) await nothingLost(stage);
    }
  },
};

/** A status may say Ready as long as nobody can know better. */
const LATE_MS = 2_500;

/** Until the partition is written again, the status says that it is not Ready. */
async function neverReadyMeanwhile(stage: Stage): Promise<void> {
  await stage.wait(LATE_MS);
  await stage.until(
    'the partition to serve again',
    async () => {
      const ready = await readyOf(stage);
      if (stage.flows([PARTITION])) return true;
      stage.check('the status says Ready while no client can write', ready !== 'True');
      return false;
    },
    80_000,
  );
}

export const replicatedMasterHangs: Scenario = {
  name: 'replicated-master-hangs',
  sources: ['A22', 'R2'],
  what: 'the master of a replicated partition hangs, a replica takes over, the old one wakes up as a master and is made to follow',
  farm: 'replicated',
  seconds: 21,
  expect: { unavailableMs: 8_000, wholeS: 30 },
  run: async (stage) => {
    await writeBaseline(stage);
    const before = await ownersOf(stage);
    const place = await stage.owner(PARTITION);
    await stage.pause(place);
    await stage.prove('it answers nobody', () => isSilent(stage, place));
    await untilMoved(stage, [PARTITION], before);
    await untilFlows(stage);
    await stage.resume(place);
    await stage.until('the old master to be a master no more', async () => {
      const role = String(await stage.ask(place, ['ROLE']).catch(() => ''));
      return role.startsWith('slave');
    });
    await stage.whole();
    await nothingLost(stage);
  },
};

export const everyCopyHangs: Scenario = {
  name: 'every-copy-hangs',
  sources: ['A22'],
  what: 'master and replica of a replicated partition hang together for 8 s, and go on with every key',
  farm: 'replicated',
  seconds: 12,
  expect: { unavailableMs: 8_000 + FAILOVER_MS, wholeS: 60 },
  run: async (stage) => {
    await writeBaseline(stage);
    const places = await copies(stage);
    await Promise.all(places.map((place) => stage.pause(place)));
    await stage.prove('none of them answers', async () =>
      (await Promise.all(places.map((place) => isSilent(stage, place)))).every(Boolean),
    );
    await stage.wait(8_000);
    await Promise.all(places.map((place) => stage.resume(place)));
    await untilFlows(stage);
    await nothingLost(stage);
  },
};
