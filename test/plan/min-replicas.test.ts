import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

const NAME = 'Chat.room';

function declare(imaginary: ImaginaryFarm, { minReplicas, ...changes }: Partial<CacheCluster>): void {
  imaginary.farm = {
    ...imaginary.farm,
    cacheClusters: imaginary.farm.cacheClusters.map((cluster) => {
      if (cluster.clusterName !== NAME) return cluster;
      const { minReplicas: _, ...rest } = cluster;
      return { ...rest, ...changes, ...(minReplicas === undefined ? {} : { minReplicas }) };
    }),
  };
}

/** Pods that the sentinels give for its partitions. */
function masters(imaginary: ImaginaryFarm) {
  const addresses = imaginary.sentinels.flatMap(({ names }) =>
    [...names.values()].flatMap(({ partition, address }) => (partition.startsWith(`${NAME}::`) ? [address] : [])),
  );
  return imaginary.pods.filter(({ address }) => addresses.includes(address));
}

/** Passes until nothing is left to do. */
function settle(imaginary: ImaginaryFarm): void {
  for (let pass = 0; pass < 60; pass++) {
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    if (decisions.length === 0) return;
    imaginary.carryOut(decisions);
  }
  throw new Error('not settled');
}

function expectWriting(imaginary: ImaginaryFarm): void {
  for (const { address, state } of masters(imaginary)) {
    const replicas = imaginary.pods.filter((pod) => pod.state.up && pod.state.master === address).length;
    expect(replicas).toBeGreaterThanOrEqual(state.minReplicas ?? 0);
  }
}

function seeded(minReplicas?: number): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  declare(imaginary, minReplicas === undefined ? {} : { minReplicas });
  settle(imaginary);
  return imaginary;
}

/** The same, and at no moment has a named master fewer replicas in step than it requires. */
function change(imaginary: ImaginaryFarm): void {
  for (let pass = 0; pass < 60; pass++) {
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    if (decisions.length === 0) return;
    for (const decision of decisions) {
      imaginary.carryOut([decision]);
      expectWriting(imaginary);
    }
  }
  throw new Error('not settled');
}

const requires = (imaginary: ImaginaryFarm, kind: string): ReadonlySet<number> =>
  new Set(imaginary.pods.filter(({ state }) => state.claim.kind === kind).map(({ state }) => state.minReplicas ?? 0));

describe('minReplicas', () => {
  test('declared from the start: every member carries it, nobody else does', () => {
    const imaginary = seeded(1);
    expect(requires(imaginary, 'member')).toEqual(new Set([1]));
    expect(requires(imaginary, 'bound')).toEqual(new Set([0]));
    expect(requires(imaginary, 'locked')).toEqual(new Set([0]));
  });

  test('a member whose claim was cut off requires them before it opens', () => {
    const imaginary = seeded(1);
    const member = imaginary.pods.find(({ state }) => state.claim.kind === 'member' && state.master === undefined);
    if (!member) throw new Error('no master');
    Object.assign(member.state, { openFor: [], access: 'locked', minReplicas: 0 });
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    expect(decisions.find(({ reason }) => reason === 'PodHalfOpen')?.actions).toMatchObject([
      { kind: 'open-pod', minReplicas: 1 },
    ]);
  });

  test('changes are followed, up, down and away', () => {
    const imaginary = seeded();
    for (const minReplicas of [2, 1, undefined]) {
      declare(imaginary, minReplicas === undefined ? {} : { minReplicas });
      change(imaginary);
      expect(requires(imaginary, 'member')).toEqual(new Set([minReplicas ?? 0]));
    }
  });

  test('a pod that is released requires nothing any more, nor does one that a person set by hand', () => {
    const imaginary = seeded(2);
    declare(imaginary, { partitionSize: 2, minReplicas: 1 });
    change(imaginary);
    expect(requires(imaginary, 'locked')).toEqual(new Set([0]));
    const [idle] = imaginary.pods.filter(({ state }) => state.claim.kind === 'locked');
    if (!idle) throw new Error('no idle pod');
    idle.state.minReplicas = 3;
    change(imaginary);
    expect(idle.state.minReplicas).toBe(0);
  });

  test('are kept while the KubeCluster that declares them is not read', () => {
    const imaginary = seeded(1);
    const whole = imaginary.world();
    const datacenters = whole.datacenters.map((one) => (one.name === 'a' ? { ...one, complete: false } : one));
    const cacheClusters = whole.cacheClusters.filter(({ clusterName }) => clusterName !== NAME);
    expect(planOnce(imaginary.farm, { ...whole, datacenters, cacheClusters }, 1, 0).decisions).toEqual([]);
  });

  test('are kept while no sentinel group can be told for their cache cluster', () => {
    const imaginary = seeded(1);
    const whole = imaginary.world();
    const cacheClusters = whole.cacheClusters.map((one) =>
      one.clusterName === NAME ? { ...one, sentinelGroup: '' } : one,
    );
    expect(planOnce(imaginary.farm, { ...whole, cacheClusters }, 1, 0).decisions).toEqual([]);
  });

  test('one copy only: the pod that keeps the data writes without replicas', () => {
    const imaginary = seeded(2);
    declare(imaginary, { partitionSize: 1, standbys: 0, sentinelGroup: 'main-0' });
    change(imaginary);
    expect(requires(imaginary, 'bound')).toEqual(new Set([0]));
    expect(requires(imaginary, 'locked')).toEqual(new Set([0]));
  });

  test('a machine that is drained never leaves a master with fewer replicas than it requires', () => {
    const imaginary = seeded(2);
    const [master] = masters(imaginary);
    for (const pod of imaginary.pods) pod.draining = pod.machine === master?.machine;
    change(imaginary);
    expect(imaginary.pods.filter((pod) => pod.draining && pod.state.claim.kind === 'member')).toEqual([]);
  });
});
