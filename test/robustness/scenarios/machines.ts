import type { Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { isSilent, nothingMoved, ownersOf, podsOf, processAt, untilFlows, untilMoved } from './seen.js';

/** Machines that run, without a sentinel on them: their loss takes no vote. */
async function withoutSentinel(stage: Stage): Promise<readonly string[]> {
  const sentinels = new Set((await stage.sentinels()).map(({ machine }) => machine));
  return stage.machines().flatMap(({ name, running }) => (running && !sentinels.has(name) ? [name] : []));
}

async function stopAndProve(stage: Stage, machine: string): Promise<void> {
  const pods = (await stage.pods()).filter((pod) => pod.machine === machine);
  await stage.stopMachine(machine);
  await stage.prove(`nobody answers on ${machine}`, async () =>
    (await Promise.all(pods.map((pod) => isSilent(stage, pod)))).every(Boolean),
  );
}

export const machineDown: Scenario = {
  name: 'machine-down',
  sources: ['A2g', 'A14', 'R5', 'R7'],
  what: 'a machine loses its power with all that serves on it, and comes back: all is served elsewhere, and spread again afterwards',
  ci: true,
  seconds: 9,
  expect: { unavailableMs: 5_000, wholeS: 40 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const { machine } = await stage.owner('User.id::0');
    const lost = await stage.partitionsAt(machine);
    await stopAndProve(stage, machine);
    await untilMoved(stage, lost, before);
    await untilFlows(stage);
    await stage.startMachine(machine);
    await stage.whole();
    await stage.until('User.id to be spread over the datacenters', () => isSpread(stage, 'User.id'), 40_000);
  },
};

/** No datacenter has more of it than it must. */
async function isSpread(stage: Stage, clusterName: string): Promise<boolean> {
  const { facts } = await stage.look();
  const counts = new Map(stage.datacenters.map((name) => [name, 0]));
  for (const { name, agreed } of facts.partitions) {
    const datacenter = facts.podAt.get(agreed ?? '')?.datacenter;
    if (name.startsWith(`${clusterName}::`) && datacenter !== undefined)
      counts.set(datacenter, (counts.get(datacenter) ?? 0) + 1);
  }
  const all = [...counts.values()];
  return Math.max(...all) <= Math.ceil(all.reduce((sum, count) => sum + count, 0) / all.length);
}

export const machineFlaps: Scenario = {
  name: 'machine-flaps',
  sources: ['R9'],
  what: 'a machine is down for 3.5 s and up for 1.5 s, six times: what was on it moves away and does not come back while it flaps',
  seconds: 33,
  expect: { unavailableMs: 5_000, wholeS: 60, moves: 8 },
  run: async (stage) => {
    const { machine } = await stage.owner('Session::0');
    for (let round = 0; round < 6; round++) {
      if (round === 0) await stopAndProve(stage, machine);
      else await stage.stopMachine(machine);
      await stage.wait(3_500);
      await stage.startMachine(machine);
      await stage.wait(1_500);
    }
    await untilFlows(stage);
  },
};

export const machineCutOff: Scenario = {
  name: 'machine-cut-off',
  sources: ['A8', 'A13', 'R23'],
  what: 'a machine is cut off from everybody but some clients, who go on writing to it: the others are served elsewhere, and nobody reads foreign data',
  ci: true,
  needs: ['network'],
  seconds: 8,
  expect: { unavailableMs: 20_000, wholeS: 40 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const place = await stage.owner('User.id::1');
    const lost = await stage.partitionsAt(place.machine);
    stage.strike(lost);
    await stage.network.isolate(place.machine, { but: ['plain'] });
    await stage.prove('Barn does not reach it and the clients of one kind do', async () => {
      const [barn, resolver, plain] = await Promise.all(
        ['barn-1', 'resolver', 'plain'].map((side) => stage.network.reaches(side, place.address, 500)),
      );
      return barn === false && resolver === false && plain === true;
    });
    await untilMoved(stage, lost, before);
    await stage.wait(4_000);
    await stage.network.mend();
    await stage.until('the pod that was cut off to be nobody’s, or a standby', async () => {
      const pod = (await stage.pods()).find(({ address }) => address === place.address);
      return pod?.claim !== undefined && pod.partition !== 'User.id::1';
    });
    await untilFlows(stage, undefined, 30_000);
  },
};

export const poolExhausted: Scenario = {
  name: 'pool-exhausted',
  sources: ['A15', 'R8'],
  what: 'machines go down until no idle pod is left for all partitions: the rest waits, said by name, and is served when machines are back',
  seconds: 22,
  expect: { unavailableMs: 60_000, wholeS: 90, bystanders: 0 },
  run: async (stage) => {
    for (const machine of await withoutSentinel(stage)) {
      await stage.stopMachine(machine);
      await stage.wait(500);
    }
    const left = (await stage.pods()).filter(({ claim }) => claim !== undefined);
    stage.note(`${left.length} pods are left for ${stage.partitions.length} partitions`);
    // The replacement of many at once is held back for a minute; what has no pod is a name without one that serves.
    for (const place of left.slice(0, Math.max(1, left.length - stage.partitions.length + 1))) await stage.pause(place);
    await stage.prove('fewer pods answer than there are partitions', async () => {
      const answering = await Promise.all(left.map((place) => isSilent(stage, place)));
      return answering.filter((silent) => !silent).length < stage.partitions.length;
    });
    await stage.wait(8_000);
    const { progress } = await stage.look();
    stage.check(`${progress.serving} of ${progress.declared} serve`, progress.serving < progress.declared);
    for (const place of left) await stage.resume(place);
    for (const { name, running } of stage.machines()) if (!running) await stage.startMachine(name);
    await untilFlows(stage, undefined, 60_000);
  },
};

export const restartStorm: Scenario = {
  name: 'restart-storm',
  sources: ['A2e', 'A3', 'A18'],
  what: 'every Redis process of the farm is killed at once, three times: each serves again what it served, cold',
  seconds: 6,
  expect: { unavailableMs: 20_000, wholeS: 60, bystanders: Number.POSITIVE_INFINITY },
  run: async (stage) => {
    stage.restartDelay(0);
    for (let round = 0; round < 3; round++) {
      const { address } = await stage.owner('User.id::0');
      const before = await processAt(stage, address);
      await stage.restartStorm();
      await stage.prove('other processes run', async () => (await processAt(stage, address)) !== before);
      await untilFlows(stage, undefined, 60_000);
    }
  },
};

export const cacheClusterWiped: Scenario = {
  name: 'cache-cluster-wiped',
  sources: ['A2e', 'A3', 'A10'],
  what: 'every pod of a cache cluster, its standbys too, is killed at once and back after 3 s: it serves again, and nobody else is touched',
  ci: true,
  seconds: 6,
  expect: { unavailableMs: 15_000, wholeS: 40 },
  run: async (stage) => {
    const others = new Map([...(await ownersOf(stage))].filter(([name]) => !name.startsWith('Session::')));
    const pods = await podsOf(stage, 'Session');
    stage.restartDelay(3);
    for (const pod of pods) await stage.kill(pod);
    await stage.prove(`none of its ${pods.length} pods answers`, async () =>
      (await Promise.all(pods.map((pod) => isSilent(stage, pod)))).every(Boolean),
    );
    await untilFlows(stage);
    await nothingMoved(stage, others, 'of other cache clusters');
  },
};
