import type { Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import {
  decidedSince,
  isSilent,
  nothingMoved,
  ownersOf,
  partitionsOf,
  podsOf,
  untilEmpty,
  untilFlows,
} from './seen.js';

/** Names that sentinels know of a cache cluster, declared or not. */
async function namesOf(stage: Stage, clusterName: string): Promise<readonly string[]> {
  const { facts } = await stage.look();
  const known = facts.partitions.flatMap(({ name, known: views }) => (views.length > 0 ? [name] : []));
  return [...known, ...facts.strays.map(({ partition }) => partition)].filter((name) =>
    name.startsWith(`${clusterName}::`),
  );
}

const scale = (stage: Stage, clusterName: string, size: number): Promise<string> =>
  stage.cachefarm('scale', clusterName, '--size', String(size), '--force');

export const shrunkAndReverted: Scenario = {
  name: 'shrunk-and-reverted',
  sources: ['A14', 'A17'],
  what: 'a cache cluster of 4 is declared with 2, and with 4 again as soon as the first name is gone: the two that stay do not notice',
  ci: true,
  seconds: 6,
  expect: { unavailableMs: 15_000, wholeS: 30 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const stay = new Map([...before].filter(([name]) => !['User.id::2', 'User.id::3'].includes(name)));
    stage.strike(['User.id::2', 'User.id::3']);
    await scale(stage, 'User.id', 2);
    try {
      await stage.prove('a name is gone', async () => (await namesOf(stage, 'User.id')).length < 4);
    } finally {
      await scale(stage, 'User.id', 4);
    }
    await untilFlows(stage);
    await nothingMoved(stage, stay, 'of what stayed declared');
  },
};

export const grownAndShrunk: Scenario = {
  name: 'grown-and-shrunk',
  sources: ['A14', 'R29'],
  what: 'a cache cluster of 2 is declared with 5, and with 2 again: the two that were there do not notice',
  seconds: 5,
  expect: { unavailableMs: 1_000, wholeS: 30 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    await scale(stage, 'Session', 5);
    try {
      await stage.prove('five names are there', async () => (await namesOf(stage, 'Session')).length === 5);
      await stage.until('all of them to serve', async () => {
        const { progress } = await stage.look();
        return progress.serving === progress.declared;
      });
    } finally {
      await scale(stage, 'Session', 2);
    }
    await stage.until('two names to be left', async () => (await namesOf(stage, 'Session')).length === 2);
    await nothingMoved(stage, before, 'of what was there before');
  },
};

/** Declared with so many partitions, also where there is none of that name. */
const declare = (stage: Stage, clusterName: string, clusterSize: number): Promise<void> =>
  stage.apply(JSON.stringify({ clusterName, clusterSize, tier: 'M1' }));

export const deletedAndDeclaredAgain: Scenario = {
  name: 'deleted-and-declared-again',
  sources: ['A14', 'R29'],
  what: 'a cache cluster is deleted under its clients and declared again: nothing of it was left, and the other one does not notice',
  ci: true,
  seconds: 6,
  expect: { unavailableMs: 20_000, wholeS: 30 },
  run: async (stage) => {
    const others = new Map([...(await ownersOf(stage))].filter(([name]) => !name.startsWith('Session::')));
    stage.strike(partitionsOf(stage, 'Session'));
    await stage.cachefarm('delete', 'Session', '--yes');
    try {
      await stage.prove('no sentinel knows a name of it', async () => (await namesOf(stage, 'Session')).length === 0);
      await stage.until('no pod to be its', async () => (await podsOf(stage, 'Session')).length === 0);
    } finally {
      await declare(stage, 'Session', 2);
    }
    await untilFlows(stage);
    await nothingMoved(stage, others, 'of the other cache cluster');
  },
};

export const addressUsedAgain: Scenario = {
  name: 'address-used-again',
  sources: ['A28', 'R2'],
  what: 'a cache cluster is deleted under its clients, and its addresses serve another one: neither clients nor sentinels cross over',
  ci: true,
  seconds: 9,
  expect: { unavailableMs: 30_000, wholeS: 40 },
  run: async (stage) => {
    const was = [...(await ownersOf(stage))].flatMap(([name, address]) =>
      name.startsWith('Session::') ? [address] : [],
    );
    stage.strike(partitionsOf(stage, 'Session'));
    await stage.cachefarm('delete', 'Session', '--yes');
    try {
      await stage.until('nothing of Session to be left', async () => (await namesOf(stage, 'Session')).length === 0);
      // As many as there are pods but for the standbys: nearly every idle pod is taken.
      await scale(stage, 'User.id', 14);
      await stage.prove(
        'an address of Session serves User.id',
        async () => {
          const pods = await stage.pods();
          return was.some((address) => pods.find((pod) => pod.address === address)?.partition?.startsWith('User.id::'));
        },
        30_000,
      );
      await stage.wait(2_000);
    } finally {
      await scale(stage, 'User.id', 4);
      await declare(stage, 'Session', 2);
    }
    await untilFlows(stage, undefined, 40_000);
  },
};

export const drainedWithKills: Scenario = {
  name: 'drained-with-kills',
  sources: ['A11', 'A14', 'A29', 'R28'],
  what: 'a machine is emptied under load; the pod that takes a partition over is killed in the middle of it, and then one elsewhere',
  ci: true,
  seconds: 9,
  expect: { unavailableMs: 5_000, wholeS: 40 },
  run: async (stage) => {
    stage.restartDelay(2);
    const partition = 'User.id::0';
    const { machine } = await stage.owner(partition);
    await loadWith(stage, partition);
    const drained = stage.cachefarm('drain', 'machine', machine);
    try {
      await takeOverKilled(stage);
      await drained;
      const other = stage.partitions.filter((name) => name !== partition);
      const place = await stage.owner(stage.choose(other));
      await stage.kill(place);
      await stage.prove('a pod elsewhere is dead', () => isSilent(stage, place));
      await untilEmpty(stage, machine);
      await untilFlows(stage);
    } finally {
      await stage.cachefarm('drain', 'machine', machine, '--undo');
    }
  },
};

/** 15 MB, so that it takes time to be copied. */
async function loadWith(stage: Stage, partition: string): Promise<void> {
  const place = await stage.owner(partition);
  for (let part = 0; part < 10; part++) {
    const pairs = Array.from({ length: 30 }, (_, index) => [
      `${partition}:load:${part}-${index}`,
      `${partition} load ${'x'.repeat(50_000)}`,
    ]);
    await stage.ask(place, ['MSET', ...pairs.flat()]);
  }
}

/** The pod that is to take a partition over, as soon as one is: seen by its claim, which lasts as long as it copies. */
async function takeOverKilled(stage: Stage): Promise<void> {
  const until = stage.now() + 8_000;
  while (stage.now() < until) {
    const incoming = (await stage.pods()).find(({ claim }) => claim === 'incoming');
    if (incoming) {
      await stage.kill(incoming);
      return stage.prove('the pod that was taking over is dead', () => isSilent(stage, incoming));
    }
    await stage.wait(5);
  }
  throw new Error('no pod was seen that takes over');
}

export const machinesRestartedInTurn: Scenario = {
  name: 'machines-restarted-in-turn',
  sources: ['A16', 'R5', 'R28'],
  what: 'each machine of a datacenter is emptied, loses its power, comes back and is taken into use again; one pod elsewhere is killed meanwhile',
  seconds: 20,
  expect: { unavailableMs: 4_000, wholeS: 60 },
  run: async (stage) => {
    const [datacenter] = stage.datacenters;
    const machines = stage.machines().filter((machine) => machine.datacenter === datacenter);
    stage.restartDelay(2);
    for (const [round, { name }] of machines.entries()) {
      await stage.cachefarm('drain', 'machine', name);
      try {
        await stage.until('it to be empty', async () => (await stage.partitionsAt(name)).length === 0, 40_000);
        if (round === 1) await stage.kill(await stage.owner(stage.choose(stage.partitions)));
        const [pod] = (await stage.pods()).filter(({ machine }) => machine === name);
        await stage.stopMachine(name);
        if (pod) await stage.prove('it has no power', () => isSilent(stage, pod));
        await stage.wait(2_000);
        await stage.startMachine(name);
      } finally {
        await stage.cachefarm('drain', 'machine', name, '--undo');
      }
      await untilFlows(stage);
      await stage.whole(60_000);
    }
  },
};

export const manyChanges: Scenario = {
  name: 'many-changes',
  sources: ['R29'],
  what: 'sizes are declared anew twenty times, a cache cluster comes and goes, and pods die in between: it ends as declared last',
  seconds: 19,
  expect: { unavailableMs: 20_000, wholeS: 90 },
  run: async (stage) => {
    stage.restartDelay(2);
    const from = stage.now();
    stage.strike(stage.partitions);
    try {
      for (let change = 0; change < 20; change++) {
        if (change % 5 === 1) await declare(stage, 'Extra', 1);
        else if (change % 5 === 3) await stage.cachefarm('delete', 'Extra', '--yes');
        else if (change % 2 === 0) await scale(stage, 'User.id', stage.choose([4, 5]));
        else await scale(stage, 'Session', stage.choose([2, 3]));
        if (change % 6 === 5)
          await stage.kill(await stage.owner(stage.choose(['User.id::0', 'User.id::3', 'Session::0'])));
      }
      await stage.prove('Barn has followed', () => decidedSince(stage, from).length >= 6);
    } finally {
      await stage.cachefarm('delete', 'Extra', '--yes').catch(() => undefined);
      await scale(stage, 'User.id', 4);
      await scale(stage, 'Session', 2);
    }
    await untilFlows(stage, undefined, 60_000);
    await stage.until('no name of Extra to be left', async () => (await namesOf(stage, 'Extra')).length === 0, 40_000);
  },
};
