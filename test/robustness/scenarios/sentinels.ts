import type { Scenario } from '../scenario.js';
import type { Place, Stage } from '../stage.js';
import { loseOwner, nothingDecided, ofMain, sentinelApart } from './main-group.js';
import { decidedSince, isSilent, nothingMoved, ownersOf, processAt, untilFlows, untilMoved } from './seen.js';

/** Names that this sentinel knows. */
async function namesOf(stage: Stage, sentinel: Place): Promise<readonly string[]> {
  const { facts } = await stage.look();
  return facts.partitions.flatMap(({ name, known }) =>
    known.some((one) => one.sentinel.address === sentinel.address) ? [name] : [],
  );
}

export const sentinelDies: Scenario = {
  name: 'sentinel-dies',
  sources: ['A20', 'A23', 'R11'],
  what: 'one of three sentinels is dead for 6 s, and a pod dies: that is replaced as ever',
  ci: true,
  seconds: 8,
  expect: { unavailableMs: 4_000, wholeS: 30 },
  run: async (stage) => {
    const sentinel = await sentinelApart(stage, (await stage.owner('User.id::0')).machine);
    stage.restartDelay(6);
    await stage.kill(sentinel);
    await stage.prove('the sentinel answers nobody', () => isSilent(stage, sentinel));
    await loseOwner(stage, 'User.id::0');
  },
};

export const sentinelMajorityDies: Scenario = {
  name: 'sentinel-majority-dies',
  sources: ['A13', 'A20', 'A23', 'A26', 'R11'],
  what: 'two of three sentinels are dead for 8 s, and a pod dies: nothing is changed until they are back, then it serves again',
  ci: true,
  seconds: 11,
  expect: { unavailableMs: 20_000, wholeS: 30 },
  run: async (stage) => {
    const place = await stage.owner('Session::0');
    const dead = (await ofMain(stage)).slice(0, 2);
    stage.restartDelay(8);
    for (const sentinel of dead) await stage.kill(sentinel);
    await stage.prove('two sentinels answer nobody', async () =>
      (await Promise.all(dead.map((sentinel) => isSilent(stage, sentinel)))).every(Boolean),
    );
    const from = stage.now();
    // Without a majority nobody can say what serves where.
    stage.strike(['Session::0']);
    await stage.kill(place);
    await stage.prove('the pod is dead', () => isSilent(stage, place));
    await stage.wait(4_000);
    nothingDecided(stage, from);
    await untilFlows(stage);
  },
};

export const sentinelBare: Scenario = {
  name: 'sentinel-bare',
  sources: ['A2d', 'A2f', 'R12'],
  what: 'a sentinel loses all it knew, and a pod dies while it is told everything again',
  seconds: 5,
  expect: { unavailableMs: 4_000, wholeS: 30 },
  run: async (stage) => {
    const place = await stage.owner('User.id::3');
    const sentinel = await sentinelApart(stage, place.machine);
    const before = await processAt(stage, sentinel);
    stage.restartDelay(0);
    await stage.restartSentinel(sentinel, undefined);
    await stage.prove('another process of it runs', async () => (await processAt(stage, sentinel)) !== before);
    stage.restartDelay(2);
    await loseOwner(stage, 'User.id::3');
    await stage.until(
      'the sentinel to know every name again',
      async () => (await namesOf(stage, sentinel)).length === stage.partitions.length,
      30_000,
    );
  },
};

export const sentinelAged: Scenario = {
  name: 'sentinel-aged',
  sources: ['R13'],
  what: 'a sentinel comes back with what it knew before two partitions moved: no other sentinel believes it, and it is corrected',
  ci: true,
  seconds: 7,
  expect: { unavailableMs: 5_000, wholeS: 30, dividedMs: 20_000 },
  run: async (stage) => {
    const [sentinel] = await ofMain(stage);
    if (!sentinel) throw new Error('no sentinels');
    const old = await stage.sentinelConf(sentinel);
    const first = await ownersOf(stage);
    stage.restartDelay(2);
    for (const partition of ['User.id::0', 'Session::1']) await loseOwner(stage, partition);
    await stage.whole();
    const before = await ownersOf(stage);
    const from = stage.now();
    await stage.restartSentinel(sentinel, old);
    await stage.prove('it says what was true before', async () => {
      const command = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'User.id::0'];
      const answer = await stage.ask(sentinel, command, 500).catch(() => []);
      return (answer as readonly string[]).join(':') === first.get('User.id::0') || corrected(stage, from);
    });
    await stage.until('it to say what the others say', async () => {
      const { facts } = await stage.look();
      return facts.partitions.every(
        ({ known }) => known.length === 3 && new Set(known.map(({ view }) => view.address)).size === 1,
      );
    });
    await nothingMoved(stage, before, 'when a sentinel comes back with an old file');
  },
};

/** It may be told the truth before we can ask it: then Barn has decided so. */
const corrected = (stage: Stage, since: number): boolean =>
  decidedSince(stage, since).some((line) => /SentinelsDisagree|StandbyNotArmed|OptionsDiffer|SentinelBare/.test(line));

export const sentinelOfTheFuture: Scenario = {
  name: 'sentinel-of-the-future',
  sources: ['R13'],
  what: 'a sentinel comes back with old addresses under an epoch far above all others, which the others believe: no partition is served by another cache cluster’s pod',
  seconds: 8,
  expect: { unavailableMs: 20_000, wholeS: 60 },
  run: async (stage) => {
    const [sentinel] = await ofMain(stage);
    if (!sentinel) throw new Error('no sentinels');
    const old = await stage.sentinelConf(sentinel);
    stage.restartDelay(2);
    for (const partition of ['User.id::0', 'Session::1']) await loseOwner(stage, partition);
    await stage.whole();
    const ahead = old.replace(
      /^(sentinel (?:config|leader)-epoch \S+|sentinel current-epoch) (\d+)$/gm,
      (_, line, epoch) => `${line} ${Number(epoch) + AHEAD}`,
    );
    stage.strike(stage.partitions);
    const highest = async (): Promise<number> =>
      Math.max(...(await stage.look()).facts.partitions.map(({ highestEpoch }) => highestEpoch));
    const before = await highest();
    await stage.restartSentinel(sentinel, ahead);
    await stage.prove('an epoch from the future is known', async () => (await highest()) > before + AHEAD / 2);
    await untilFlows(stage, undefined, 60_000);
    await stage.whole();
    const { facts } = await stage.look();
    const twice = facts.partitions.filter(
      ({ agreed }) => facts.partitions.filter((one) => one.agreed === agreed).length > 1,
    );
    stage.check(
      `no two partitions are at one address: ${twice.map(({ name }) => name).join(', ')}`,
      twice.length === 0,
    );
  },
};

/** A thousand terms of the epochs of Barns. */
const AHEAD = 1_024 * 1_000_000;

export const everySentinelBare: Scenario = {
  name: 'every-sentinel-bare',
  sources: ['A2d', 'R12'],
  what: 'every sentinel of every group loses all it knew at once: Barn tells them what the pods say they are, and nothing moves',
  ci: true,
  farm: 'replicated',
  seconds: 13,
  expect: { unavailableMs: 5_000, wholeS: 40 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const sentinels = await stage.sentinels();
    stage.restartDelay(0);
    const barn = await stage.barns.pause();
    await Promise.all(sentinels.map((sentinel) => stage.restartSentinel(sentinel, undefined)));
    await stage.prove('no sentinel knows a name', async () => {
      const { facts } = await stage.look();
      return facts.partitions.every(({ known, bare }) => known.length === 0 && bare.length > 0);
    });
    await stage.barns.resume(barn);
    await stage.until('every sentinel to know every name of its group', async () => {
      const { progress } = await stage.look();
      return progress.named === progress.declared;
    });
    await untilFlows(stage);
    await nothingMoved(stage, before, 'when every sentinel is told anew');
  },
};

export const sentinelRestartsInFailover: Scenario = {
  name: 'sentinel-restarts-in-failover',
  sources: ['A2f'],
  what: 'no Barn runs, a pod hangs, and a sentinel is killed in the middle of the failover: Sentinel moves the partition all the same',
  seconds: 13,
  expect: { unavailableMs: 15_000, wholeS: 40 },
  run: async (stage) => {
    const barn = await stage.barns.kill();
    const before = await ownersOf(stage);
    const place = await stage.owner('User.id::2');
    const sentinel = await sentinelApart(stage, place.machine);
    const was = await processAt(stage, sentinel);
    stage.restartDelay(0);
    await stage.pause(place);
    await stage.wait(900);
    await stage.kill(sentinel);
    await stage.prove('another process of the sentinel runs', async () => {
      const now = await processAt(stage, sentinel);
      return now !== undefined && now !== was;
    });
    await untilMoved(stage, ['User.id::2'], before);
    await stage.resume(place);
    await stage.barns.start(barn);
    await untilFlows(stage);
  },
};

export const sentinelDiskFull: Scenario = {
  name: 'sentinel-disk-full',
  sources: ['A8', 'R16'],
  what: 'the disk of a sentinel’s conf is full, and a pod dies: the sentinel is told in memory, and nothing is lost or told twice',
  ci: true,
  needs: ['mount'],
  seconds: 4,
  expect: { unavailableMs: 4_000, wholeS: 30 },
  run: async (stage) => {
    const place = await stage.owner('Session::1');
    const sentinel = await sentinelApart(stage, place.machine);
    await stage.fillDisk(sentinel);
    await stage.prove('it cannot write its conf', async () => {
      const answer = await stage
        .ask(sentinel, ['SENTINEL', 'FLUSHCONFIG'], 1_000)
        .catch((error: Error) => error.message);
      return /Failed to save config|ERR/.test(String(answer));
    });
    stage.restartDelay(2);
    await loseOwner(stage, 'Session::1');
    await stage.until('it to say what the others say', async () => {
      const { facts } = await stage.look();
      return facts.partitions.every(
        ({ known }) => known.length === 3 && new Set(known.map(({ view }) => view.address)).size === 1,
      );
    });
    await stage.freeDisk(sentinel);
  },
};

export const sentinelUnseenByBarn: Scenario = {
  name: 'sentinel-unseen-by-barn',
  sources: ['R14'],
  what: 'Barn alone cannot reach one sentinel, and three pods die: that sentinel learns of each move from the others within 5 s',
  ci: true,
  needs: ['network'],
  seconds: 6,
  expect: { unavailableMs: 6_000, wholeS: 40, dividedMs: 6_000 },
  run: async (stage) => {
    const [, sentinel] = await ofMain(stage);
    if (!sentinel) throw new Error('no second sentinel');
    await stage.network.cut('barn-1', sentinel.machine);
    await stage.prove(
      'Barn does not reach it and the clients do',
      async () =>
        !(await stage.network.reaches('barn-1', sentinel.address, 500)) &&
        (await stage.network.reaches('clients', sentinel.address, 500)),
    );
    stage.restartDelay(2);
    const apart: string[] = [];
    for (const name of stage.partitions) if ((await stage.owner(name)).machine !== sentinel.machine) apart.push(name);
    for (const partition of apart.slice(0, 3)) await loseOwner(stage, partition);
    await stage.network.mend();
  },
};
