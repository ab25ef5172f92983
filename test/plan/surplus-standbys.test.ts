import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import type { Farm } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { Reason } from '../../src/plan/reasons.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

const CLUSTER = 'User.id';

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};

/** Passes until nothing is left to do. */
function settle(imaginary: ImaginaryFarm): readonly Reason[] {
  const reasons: Reason[] = [];
  for (let pass = 0; pass < 60; pass++) {
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    if (decisions.length === 0) return reasons;
    reasons.push(...decisions.map(({ reason }) => reason));
    imaginary.carryOut(decisions);
  }
  throw new Error(`not settled: ${reasons.slice(-6).join()}`);
}

function seeded(farm: Farm = demo): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(farm);
  settle(imaginary);
  return imaginary;
}

const standbys = ({ pods }: ImaginaryFarm): readonly Pod[] =>
  pods.filter(({ state }) => state.claim.kind === 'standby' && state.claim.clusterName === CLUSTER);

const namesOf = ({ sentinels }: ImaginaryFarm) =>
  sentinels.flatMap(({ names }) => [...names.values()].filter(({ partition }) => partition.startsWith(`${CLUSTER}::`)));

/** An idle pod is a standby too, and all sentinels list it behind one partition. */
function addListed(imaginary: ImaginaryFarm, pod: Pod, partition: string): void {
  Object.assign(pod.state, {
    claim: { kind: 'standby', clusterName: CLUSTER, epoch: 1_025 },
    access: 'standby',
    openFor: [CLUSTER],
  });
  for (const { names } of imaginary.sentinels) {
    const view = names.get(partition);
    if (view) names.set(partition, { ...view, replicas: [{ address: pod.address, flags: ['slave'] }] });
  }
}

const idleOf = (imaginary: ImaginaryFarm, fits: (pod: Pod) => boolean): Pod =>
  found(imaginary.pods.find((pod) => pod.tier === 'M1' && pod.state.claim.kind === 'locked' && fits(pod)));

describe('a standby more than declared that sentinels list', () => {
  test('is armed for nobody and given back, and the one that more partitions list stays', () => {
    const imaginary = seeded();
    const before = standbys(imaginary).map(({ address }) => address);
    const view = found(namesOf(imaginary)[0]);
    const { datacenter } = imaginary.pod(view.address);
    const surplus = idleOf(imaginary, (pod) => pod.datacenter !== datacenter);
    addListed(imaginary, surplus, view.partition);
    const reasons = settle(imaginary);
    expect(surplus.state.claim).toEqual({ kind: 'locked' });
    expect(standbys(imaginary).map(({ address }) => address)).toEqual(before);
    expect(new Set(reasons)).toEqual(new Set<Reason>(['StandbyNotArmed', 'StandbySurplus']));
    for (const { replicas } of namesOf(imaginary)) expect(before).toContain(replicas[0]?.address);
  });
  test('makes room for a partition that waits for an idle pod', () => {
    const imaginary = seeded();
    const view = found(namesOf(imaginary)[0]);
    const { datacenter } = imaginary.pod(view.address);
    addListed(
      imaginary,
      idleOf(imaginary, (pod) => pod.datacenter !== datacenter),
      view.partition,
    );
    // Nothing else is idle, and one partition more is declared.
    for (const pod of imaginary.pods)
      if (pod.tier === 'M1' && pod.state.claim.kind === 'locked') Object.assign(pod.state, { openFor: ['nobody'] });
    imaginary.farm = {
      ...demo,
      cacheClusters: demo.cacheClusters.map((cluster) =>
        cluster.clusterName === CLUSTER ? { ...cluster, clusterSize: cluster.clusterSize + 1 } : cluster,
      ),
    };
    expect(settle(imaginary)).toContain('PartitionUnbound');
  });
  test('stays where no other may cover the partition: all else is on its machine', () => {
    const imaginary = seeded({
      ...demo,
      cacheClusters: demo.cacheClusters.map((cluster) =>
        cluster.clusterName === CLUSTER ? { ...cluster, clusterSize: 3, datacenters: ['a'] } : cluster,
      ),
    });
    const only = found(standbys(imaginary)[0]);
    const uncovered = found(namesOf(imaginary)[0]);
    const { machine } = imaginary.pod(uncovered.address);
    Object.assign(only, { machine });
    const second = idleOf(imaginary, (pod) => pod.datacenter === 'a' && pod.machine !== machine);
    addListed(imaginary, second, uncovered.partition);
    settle(imaginary);
    expect(standbys(imaginary)).toContain(second);
    for (const { address, replicas } of namesOf(imaginary))
      expect(imaginary.pod(found(replicas[0]).address).machine).not.toBe(imaginary.pod(address).machine);
  });
});
