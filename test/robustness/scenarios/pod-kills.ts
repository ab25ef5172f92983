import type { Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { decidedSince, ownersOf, processAt, untilFlows, untilMoved } from './seen.js';

/** A kubelet needs so long to see that a container ended and to make the next one, s. */
const KUBELET_S = 1.5;
const DOWN_AFTER_S = 1;

/** kill -9 of the pod of a partition. @returns its address */
async function killOwner(stage: Stage, partition: string): Promise<string> {
  const place = await stage.owner(partition);
  const before = await processAt(stage, place);
  await stage.kill(place);
  await stage.prove(
    `the process of ${partition} is gone`,
    async () => before !== undefined && (await processAt(stage, place)) !== before,
  );
  return place.address;
}

export const podKilled: Scenario = {
  name: 'pod-killed',
  sources: ['A2b', 'A18', 'R1'],
  what: 'kill -9 of a pod that serves, and is started again after 1.5 s, twice',
  ci: true,
  seconds: 10,
  expect: { unavailableMs: 2_500, wholeS: 20, moves: 4 },
  run: async (stage) => {
    stage.restartDelay(KUBELET_S);
    for (const partition of ['User.id::0', 'Session::0']) {
      const before = await ownersOf(stage);
      await killOwner(stage, partition);
      await untilMoved(stage, [partition], before);
      await untilFlows(stage);
      await stage.whole();
    }
  },
};

export const podBackAtOnce: Scenario = {
  name: 'pod-back-at-once',
  sources: ['A2c', 'A27', 'R3'],
  what: 'kill -9 of a pod that is back at its address, empty, before anybody could call it dead, three times',
  ci: true,
  seconds: 8,
  expect: { unavailableMs: 4_000, wholeS: 20, moves: 6 },
  run: async (stage) => {
    stage.restartDelay(0);
    for (const partition of ['User.id::1', 'Session::1', 'User.id::3']) {
      const from = stage.now();
      const address = await killOwner(stage, partition);
      await untilFlows(stage);
      await stage.whole();
      const place = await stage.owner(partition);
      stage.note(
        `${partition} ${place.address === address ? 'stayed' : 'moved'}: ${decidedSince(stage, from).join(', ')}`,
      );
    }
  },
};

export const podBackAroundDownAfter: Scenario = {
  name: 'pod-back-around-down-after',
  sources: ['A27', 'R3', 'R4'],
  what: 'a pod that was killed is back just before, at, or after the moment when sentinels call it down; Barn is away',
  seconds: 46,
  expect: { unavailableMs: 9_000, wholeS: 30 },
  run: async (stage) => {
    const partitions = stage.partitions.filter((name) => !name.startsWith('Chat'));
    for (const [round, share] of [-0.4, 0, 0.3, 0.7, 1.2, 2].entries()) {
      const partition = partitions[round % partitions.length] ?? '';
      const barn = await stage.barns.kill();
      stage.restartDelay(Math.max(0.1, DOWN_AFTER_S + share + 0.2 * stage.random()));
      await killOwner(stage, partition);
      await untilFlows(stage, [partition]);
      await stage.barns.start(barn);
      await untilFlows(stage);
      await stage.whole();
    }
  },
};

export const podKilledAgainAndAgain: Scenario = {
  name: 'pod-killed-again-and-again',
  sources: ['A8', 'R1'],
  what: 'a pod that serves is killed every 4 s, eight times, whatever is under way',
  seconds: 35,
  expect: { unavailableMs: 6_000, wholeS: 60 },
  run: async (stage) => {
    stage.restartDelay(KUBELET_S);
    for (let round = 0; round < 8; round++) {
      const from = stage.now();
      await killOwner(stage, stage.choose(stage.partitions));
      await stage.wait(Math.max(0, from + 4_000 - stage.now()));
    }
    await untilFlows(stage, undefined, 60_000);
  },
};

export const podDiesWithoutBarn: Scenario = {
  name: 'pod-dies-without-barn',
  sources: ['A6', 'R1', 'R4'],
  what: 'no Barn runs when a machine with a pod that serves goes down: Sentinel moves it to its standby, and Barn adopts that',
  ci: true,
  seconds: 11,
  expect: { unavailableMs: 6_000, wholeS: 30 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const barn = await stage.barns.kill();
    const { machine, address } = await stage.owner('User.id::0');
    const lost = await stage.partitionsAt(machine);
    await stage.stopMachine(machine);
    await stage.prove('nobody answers there', async () => (await processAt(stage, address)) === undefined);
    await untilMoved(stage, lost, before);
    await untilFlows(stage);
    stage.check('no Barn has done it', stage.barns.running.length === 0);
    const from = stage.now();
    await stage.barns.start(barn);
    await stage.until('Barn to adopt what Sentinel did', () =>
      decidedSince(stage, from).some((line) => line.endsWith(' FailoverAdopted') || line.endsWith(' ShelterShared')),
    );
    await stage.startMachine(machine);
  },
};
