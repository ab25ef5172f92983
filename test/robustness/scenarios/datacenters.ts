import type { Scenario } from '../scenario.js';
import { isSilent, nothingMoved, ownersOf, untilFlows, untilMoved } from './seen.js';

export const datacenterDown: Scenario = {
  name: 'datacenter-down',
  sources: ['A18', 'R6', 'R7'],
  what: 'a datacenter loses its power, its KubeCluster and sentinel too, and comes back: all is served by the others meanwhile',
  ci: true,
  seconds: 6,
  expect: { unavailableMs: 8_000, wholeS: 60 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const { datacenter } = await stage.owner('User.id::0');
    const lost = await stage.partitionsAt(`datacenter ${datacenter}`);
    const pods = (await stage.pods()).filter((pod) => pod.datacenter === datacenter);
    await stage.stopDatacenter(datacenter);
    await stage.prove(`nobody answers in ${datacenter}`, async () =>
      (await Promise.all(pods.map((pod) => isSilent(stage, pod)))).every(Boolean),
    );
    await untilMoved(stage, lost, before);
    await untilFlows(stage);
    await stage.startDatacenter(datacenter);
    await stage.until('the pods that came back to hold nothing that others serve', async () => {
      const { facts } = await stage.look();
      return facts.partitions.every(({ claimedBy, cluster }) => claimedBy.length <= cluster.partitionSize);
    });
  },
};

export const datacenterCutOff: Scenario = {
  name: 'datacenter-cut-off',
  sources: ['A8', 'A20', 'R6', 'R23'],
  what: 'a datacenter is cut off from everybody with all its processes alive, for 4 s longer than it is needed: the majority serves, the minority changes nothing',
  ci: true,
  needs: ['network'],
  seconds: 10,
  expect: { unavailableMs: 10_000, wholeS: 60 },
  run: async (stage) => {
    const before = await ownersOf(stage);
    const place = await stage.owner('User.id::0');
    const side = `datacenter ${place.datacenter}`;
    const lost = await stage.partitionsAt(side);
    stage.strike(lost);
    await stage.network.isolate(side);
    await stage.prove(
      'neither Barn nor a client reaches it',
      async () =>
        !(await stage.network.reaches('barn-1', place.address, 500)) &&
        !(await stage.network.reaches('clients', place.address, 500)),
    );
    await untilMoved(stage, lost, before, 30_000);
    await untilFlows(stage);
    await stage.wait(4_000);
    await stage.network.mend();
    await untilFlows(stage);
  },
};

export const allDatacentersButOne: Scenario = {
  name: 'all-datacenters-but-one',
  sources: ['A13', 'A18', 'R11'],
  what: 'two of three datacenters go down: the third serves what it has and changes nothing, for it has no majority; then they come back',
  seconds: 14,
  expect: { unavailableMs: 45_000, wholeS: 90 },
  run: async (stage) => {
    const [left = '', ...lost] = stage.datacenters;
    const there = await stage.partitionsAt(`datacenter ${left}`);
    const before = new Map([...(await ownersOf(stage))].filter(([name]) => there.includes(name)));
    const pods = (await stage.pods()).filter(({ datacenter }) => lost.includes(datacenter));
    await Promise.all(lost.map((name) => stage.stopDatacenter(name)));
    await stage.prove(`nobody answers in ${lost.join(' and ')}`, async () =>
      (await Promise.all(pods.map((pod) => isSilent(stage, pod)))).every(Boolean),
    );
    const from = stage.now();
    await stage.wait(10_000);
    stage.check(`${there.join(', ')} go on in ${left}`, stage.flows(there));
    const ended = stage.barns.since(from).filter(({ kind }) => kind === 'ended');
    stage.check('Barn does nothing without a majority of Leases and sentinels', ended.length === 0);
    await Promise.all(lost.map((name) => stage.startDatacenter(name)));
    await untilFlows(stage, undefined, 60_000);
    await nothingMoved(stage, before, `of what ${left} served`);
  },
};
