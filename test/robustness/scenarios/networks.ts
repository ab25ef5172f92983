import type { Scenario } from '../scenario.js';
import { lose } from './packet-loss.js';
import { isSilent, nothingMoved, ownersOf, untilFlows, untilMoved } from './seen.js';

export const barnBlind: Scenario = {
  name: 'barn-blind',
  sources: ['A5', 'A6', 'R24'],
  what: 'Barn alone cannot reach a machine whose pods the sentinels see: nothing moves; when the pods die all the same, they do',
  ci: true,
  needs: ['network'],
  seconds: 9,
  expect: { unavailableMs: 6_000, wholeS: 30 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const place = await stage.owner('User.id::0');
    const lost = await stage.partitionsAt(place.machine);
    await stage.network.cut('barn-1', place.machine);
    await stage.prove(
      'Barn does not reach it and the clients do',
      async () =>
        !(await stage.network.reaches('barn-1', place.address, 500)) &&
        (await stage.network.reaches('clients', place.address, 500)),
    );
    await stage.wait(5_000);
    await nothingMoved(stage, before, 'when only Barn does not see a machine');
    await stage.stopMachine(place.machine);
    await stage.prove('nobody answers there', () => isSilent(stage, place));
    await untilMoved(stage, lost, before);
    await untilFlows(stage);
  },
};

export const barnCutOffAgainAndAgain: Scenario = {
  name: 'barn-cut-off-again-and-again',
  sources: ['A6', 'A20', 'R24'],
  what: 'Barn is cut off from everybody for 3 s, five times: nothing moves, and it goes on when it is back',
  needs: ['network'],
  seconds: 28,
  // A move for a better spread holds writes for half a second at most.
  expect: { unavailableMs: 1_000, wholeS: 30, moves: 0 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const { address } = await stage.owner('User.id::0');
    for (let round = 0; round < 5; round++) {
      await stage.network.isolate('barn-1');
      await stage.prove('Barn reaches no pod', async () => !(await stage.network.reaches('barn-1', address, 500)));
      await stage.wait(2_500);
      await nothingMoved(stage, before, 'when Barn is cut off');
      await stage.network.mend();
      await stage.wait(2_500);
      await nothingMoved(stage, before, 'when Barn is back');
    }
  },
};

export const clientsCutOff: Scenario = {
  name: 'clients-cut-off',
  sources: ['R25'],
  what: 'no client reaches a machine that sentinels and Barn see: nothing moves, and clients go on when the line is back',
  needs: ['network'],
  seconds: 6,
  expect: { unavailableMs: 14_000, wholeS: 10, moves: 0 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const place = await stage.owner('Session::0');
    stage.strike(await stage.partitionsAt(place.machine));
    await stage.network.cut('clients', place.machine);
    await stage.prove(
      'no client reaches it and Barn does',
      async () =>
        !(await stage.network.reaches('clients', place.address, 500)) &&
        (await stage.network.reaches('barn-1', place.address, 500)),
    );
    await stage.wait(5_000);
    await stage.network.mend();
    await untilFlows(stage);
    await nothingMoved(stage, before, 'when only clients do not reach a machine');
  },
};

export const lineCutOneWay: Scenario = {
  name: 'line-cut-one-way',
  sources: ['A20', 'R25'],
  what: 'what a machine says reaches no other datacenter while it hears everybody, for 8 s: it is replaced once, and shut when it is heard again',
  needs: ['network'],
  seconds: 10,
  expect: { unavailableMs: 20_000, wholeS: 60, moves: 6 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const place = await stage.owner('User.id::3');
    const lost = await stage.partitionsAt(place.machine);
    stage.strike(lost);
    for (const side of [
      ...stage.datacenters.filter((name) => name !== place.datacenter).map((name) => `datacenter ${name}`),
      'barn-1',
    ])
      await stage.network.cut(place.machine, side, { oneWay: true });
    await stage.prove(
      'Barn does not hear it',
      async () => !(await stage.network.reaches('barn-1', place.address, 500)),
    );
    await stage.wait(8_000);
    await stage.network.mend();
    await untilFlows(stage);
    const now = await ownersOf(stage);
    stage.note(lost.map((name) => `${name} ${now.get(name) === before.get(name) ? 'stayed' : 'moved'}`).join(', '));
  },
};

export const packetsLost: Scenario = {
  name: 'packets-lost',
  sources: ['A21', 'R26'],
  what: 'one packet in 20 is lost on every line for 20 s: nothing is taken for dead',
  needs: ['network', 'tc'],
  seconds: 23,
  expect: { unavailableMs: 3_000, wholeS: 30, moves: 0, bystanders: Number.POSITIVE_INFINITY },
  run: async (stage) => {
    const before = await ownersOf(stage);
    stage.strike(stage.partitions);
    const loss = await lose(0.05);
    try {
      await stage.prove('packets are lost', async () => (await loss.dropped()) > 100);
      await stage.wait(20_000);
      await nothingMoved(stage, before, 'when packets are lost');
    } finally {
      await loss.end();
    }
    await untilFlows(stage);
  },
};

export const linesSlow: Scenario = {
  name: 'lines-slow',
  sources: ['A21', 'R26'],
  what: 'all lines together carry little for 10 s, so that every answer comes late: nothing is taken for dead',
  needs: ['tc'],
  seconds: 20,
  expect: { unavailableMs: 5_000, wholeS: 40, moves: 0, bystanders: Number.POSITIVE_INFINITY },
  run: async (stage) => {
    const before = await ownersOf(stage);
    stage.strike(stage.partitions);
    const { before: quick, after: slow } = await stage.network.slow(8_000);
    await stage.prove(`a PING takes ${slow} ms instead of ${quick}`, () => slow > 3 * quick);
    await stage.wait(10_000);
    await stage.network.mend();
    await untilFlows(stage);
    await nothingMoved(stage, before, 'when lines are slow');
  },
};
