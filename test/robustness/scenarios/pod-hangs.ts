import type { Scenario } from '../scenario.js';
import { isSilent, nothingMoved, ownersOf, processAt, untilFlows, untilMoved } from './seen.js';

export const podHangs: Scenario = {
  name: 'pod-hangs',
  sources: ['A22', 'R2'],
  what: 'a pod that serves hangs with all its connections, its partition moves, then it wakes up with the data it had',
  ci: true,
  seconds: 9,
  expect: { unavailableMs: 5_000, wholeS: 20, moves: 2 },
  run: async (stage) => {
    const partition = 'User.id::1';
    const before = await ownersOf(stage);
    const place = await stage.owner(partition);
    await stage.pause(place);
    await stage.prove('it answers nobody', () => isSilent(stage, place));
    await untilMoved(stage, [partition], before);
    await untilFlows(stage);
    await stage.resume(place);
    await stage.until('the pod that woke up to be nobody’s', async () => {
      const pod = (await stage.pods()).find(({ address }) => address === place.address);
      return pod?.claim !== undefined && pod.partition !== partition;
    });
  },
};

export const podFreezesAndThaws: Scenario = {
  name: 'pod-freezes-and-thaws',
  sources: ['A22', 'R10'],
  what: 'a pod that serves hangs for 0.8 s and goes on for 0.8 s, ten times: it moves once at most',
  seconds: 19,
  expect: { unavailableMs: 4_000, wholeS: 30, moves: 2 },
  run: async (stage) => {
    const place = await stage.owner('Session::0');
    for (let round = 0; round < 10; round++) {
      await stage.pause(place);
      if (round === 0) await stage.prove('it answers nobody', () => isSilent(stage, place), 700);
      await stage.wait(800);
      await stage.resume(place);
      await stage.wait(800);
    }
    await untilFlows(stage);
  },
};

export const podAcceptsNobody: Scenario = {
  name: 'pod-accepts-nobody',
  sources: ['A22', 'R10'],
  what: 'a pod that serves hangs, and its accept queue is full: who connects gets no answer, as from a machine that is gone',
  seconds: 8,
  expect: { unavailableMs: 6_000, wholeS: 30, moves: 2 },
  run: async (stage) => {
    const partition = 'User.id::2';
    const before = await ownersOf(stage);
    const place = await stage.owner(partition);
    await stage.fillAcceptQueue(place);
    await stage.prove('it answers nobody', () => isSilent(stage, place));
    await untilMoved(stage, [partition], before);
    await untilFlows(stage);
  },
};

export const clientsKilled: Scenario = {
  name: 'clients-killed',
  sources: ['A26', 'R30'],
  what: 'the connections of every application are killed on three pods, three times: they connect again, nothing moves',
  ci: true,
  seconds: 5,
  expect: { unavailableMs: 1_500, wholeS: 5, moves: 0 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const places = await Promise.all(['User.id::0', 'User.id::3', 'Session::1'].map((name) => stage.owner(name)));
    const processes = await Promise.all(places.map((place) => processAt(stage, place)));
    const clientsOf = async (address: string): Promise<readonly string[]> =>
      String(await stage.ask(address, ['CLIENT', 'LIST', 'TYPE', 'normal']))
        .split('\n')
        .flatMap((line) => (/ user=(?:User\.id|Session) /.test(line) ? (/^id=(\d+)/.exec(line)?.[1] ?? []) : []));
    for (let round = 0; round < 3; round++) {
      for (const place of places) {
        const killed = await clientsOf(place.address);
        await stage.killClients(place);
        await stage.prove(`${killed.length} applications are off ${place.address}`, async () => {
          const left = new Set(await clientsOf(place.address));
          return killed.length > 0 && killed.every((id) => !left.has(id));
        });
      }
      await untilFlows(stage);
    }
    await stage.wait(1_500);
    await nothingMoved(stage, before, 'when clients are killed');
    const after = await Promise.all(places.map((place) => processAt(stage, place)));
    stage.check('they are the processes that they were', JSON.stringify(after) === JSON.stringify(processes));
  },
};
