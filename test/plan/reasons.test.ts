import { describe, expect, test } from '@jest/globals';
import { planOnce } from '../../src/barn/seed.js';
import { farm as demo } from '../../src/farms/demo.js';
import { plan } from '../../src/plan/plan.js';
import { type PlanInput, UNLIMITED } from '../../src/plan/planning.js';
import { REASONS, type Reason } from '../../src/plan/reasons.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

type Pod = ImaginaryFarm['pods'][number];

function seeded(): ImaginaryFarm {
  const imaginary = new ImaginaryFarm(demo);
  for (let pass = 0; pass < 10; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the scene lacks what it needs');
  return value;
};
const podWith = (imaginary: ImaginaryFarm, kind: string): Pod =>
  found(imaginary.pods.find((pod) => pod.state.claim.kind === kind));
const sentinelOf = (imaginary: ImaginaryFarm, index = 0) =>
  found(imaginary.sentinels.filter((sentinel) => sentinel.group === 'main-0')[index]);
const firstName = (imaginary: ImaginaryFarm, index = 0) => found([...sentinelOf(imaginary, index).names.values()][0]);
const lock = (pod: Pod): void =>
  void Object.assign(pod.state, {
    claim: { kind: 'locked' },
    access: 'locked',
    openFor: [],
    keys: 0,
    master: undefined,
  });

/** A bound pod that nobody reaches any more, as all sentinels of its group flag it. */
function dieAs(imaginary: ImaginaryFarm, flag: string): Pod {
  const pod = podWith(imaginary, 'bound');
  Object.assign(pod.state, { up: false, refused: true });
  for (const sentinel of imaginary.sentinels)
    for (const view of sentinel.names.values())
      if (view.address === pod.address) sentinel.names.set(view.partition, { ...view, flags: ['master', flag] });
  return pod;
}

/** One sentinel lists the pod as a replica of another name than its own. */
function alsoListed(imaginary: ImaginaryFarm, address: string): void {
  const sentinel = sentinelOf(imaginary);
  const other = found([...sentinel.names.values()].find((view) => view.address !== address));
  const replicas = [...other.replicas, { address, flags: ['slave'] }];
  sentinel.names.set(other.partition, { ...other, replicas });
}

/** User.id declared with one partition less. */
function shrunk(imaginary: ImaginaryFarm): ImaginaryFarm {
  imaginary.farm = {
    ...demo,
    cacheClusters: demo.cacheClusters.map((cluster) =>
      cluster.clusterName === 'User.id' ? { ...cluster, clusterSize: cluster.clusterSize - 1 } : cluster,
    ),
  };
  return imaginary;
}

/** A partition whose pod is being emptied, while the next one copies from it. */
function moving(): ImaginaryFarm {
  const imaginary = seeded();
  podWith(imaginary, 'bound').draining = true;
  for (let pass = 0; pass < 2; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
  return imaginary;
}

/** What a scene needs beside the farm itself. */
const INPUTS: Partial<Record<Reason, Partial<PlanInput>>> = {
  DeclarationsDiffer: {
    world: {
      ...new ImaginaryFarm(demo).world(),
      disputes: [{ clusterName: 'User.id', detail: 'a counts; b: deleted' }],
    },
  },
  SpreadBetter: { spread: true },
  MovesLimited: { budget: { ...UNLIMITED, moves: 0 } },
  BudgetSpent: {
    budget: { ...UNLIMITED, replacements: new Map(demo.cacheClusters.map(({ clusterName }) => [clusterName, 0])) },
  },
  PersonNeeded: {
    failures: new Map(
      demo.cacheClusters.flatMap(({ clusterName, clusterSize }) =>
        Array.from({ length: clusterSize }, (_, i) => [`${clusterName}::${i}`, 6] as const),
      ),
    ),
  },
};

/** How each reason comes about. The type asks for a scene for every reason. */
const SCENES: Readonly<Record<Reason, () => ImaginaryFarm>> = {
  PartitionUnbound: () => new ImaginaryFarm(demo),
  StandbyMissing: () => new ImaginaryFarm(demo),
  ReplicaMissing: () => new ImaginaryFarm(demo),
  PartitionNotNamed: () => {
    const imaginary = new ImaginaryFarm(demo);
    imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
    return imaginary;
  },
  SentinelBare: () => {
    const imaginary = seeded();
    sentinelOf(imaginary).names.clear();
    return imaginary;
  },
  PodHalfOpen: () => {
    const imaginary = seeded();
    podWith(imaginary, 'bound').state.openFor = [];
    return imaginary;
  },
  PodRestartedInPlace: () => {
    const imaginary = seeded();
    lock(podWith(imaginary, 'bound'));
    return imaginary;
  },
  InfoAllowed: () => {
    const imaginary = seeded();
    podWith(imaginary, 'bound').state.mute = true;
    return imaginary;
  },
  InfoWithheld: () => {
    const imaginary = seeded();
    alsoListed(imaginary, firstName(imaginary).address);
    return imaginary;
  },
  ClaimSuperseded: () => {
    const imaginary = seeded();
    const { partition } = firstName(imaginary);
    Object.assign(podWith(imaginary, 'locked').state, {
      claim: { kind: 'bound', partition, epoch: 1 },
      access: 'bound',
      openFor: ['x'],
    });
    return imaginary;
  },
  ClaimDuplicate: () => {
    const imaginary = new ImaginaryFarm(demo);
    for (const pod of imaginary.pods.filter(({ tier }) => tier === 'M1').slice(0, 2))
      Object.assign(pod.state, {
        claim: { kind: 'bound', partition: 'User.id::0', epoch: 1_024 },
        access: 'bound',
        openFor: ['User.id'],
      });
    return imaginary;
  },
  StandbyNotArmed: () => {
    const imaginary = seeded();
    const view = firstName(imaginary);
    sentinelOf(imaginary).names.set(view.partition, { ...view, replicas: [] });
    return imaginary;
  },
  OptionsDiffer: () => {
    const imaginary = seeded();
    const view = firstName(imaginary);
    sentinelOf(imaginary).names.set(view.partition, { ...view, downAfterMs: 30_000 });
    return imaginary;
  },
  ReplicaDetached: () => {
    const imaginary = seeded();
    found(imaginary.pods.find((pod) => pod.state.master !== undefined)).state.master = undefined;
    return imaginary;
  },
  MinReplicasDiffer: () => {
    const imaginary = seeded();
    podWith(imaginary, 'bound').state.minReplicas = 1;
    return imaginary;
  },
  GroupWithoutMajority: () => {
    const imaginary = seeded();
    for (const index of [0, 1]) sentinelOf(imaginary, index).up = false;
    return imaginary;
  },
  SentinelTilted: () => {
    const imaginary = seeded();
    sentinelOf(imaginary).tilt = true;
    return imaginary;
  },
  TiltEnded: () => {
    const imaginary = seeded();
    sentinelOf(imaginary).tilt = true;
    sentinelOf(imaginary).names.clear();
    return imaginary;
  },
  SentinelUnreachable: () => {
    const imaginary = seeded();
    sentinelOf(imaginary).up = false;
    return imaginary;
  },
  SentinelsDisagree: () => {
    const imaginary = seeded();
    const view = firstName(imaginary);
    for (const index of [1, 2])
      sentinelOf(imaginary, index).names.set(view.partition, { ...view, address: `10.9.9.${index}:6378` });
    return imaginary;
  },
  PodUnreachable: () => {
    const imaginary = seeded();
    Object.assign(podWith(imaginary, 'bound').state, { up: false, refused: false });
    return imaginary;
  },
  PodClaimedByOther: () => {
    const imaginary = seeded();
    podWith(imaginary, 'bound').state.claim = { kind: 'bound', partition: 'Other.one::0', epoch: 1_025 };
    return imaginary;
  },
  NoIdlePod: () => {
    const imaginary = new ImaginaryFarm(demo);
    for (const pod of imaginary.pods.slice(3)) pod.state.up = false;
    return imaginary;
  },
  StandbyUnavailable: () => {
    const imaginary = new ImaginaryFarm(demo);
    for (const pod of imaginary.pods.slice(3)) pod.state.up = false;
    return imaginary;
  },
  PodCrashed: () => {
    const imaginary = seeded();
    dieAs(imaginary, 'disconnected');
    return imaginary;
  },
  PodSilent: () => {
    const imaginary = seeded();
    dieAs(imaginary, 's_down').state.refused = false;
    return imaginary;
  },
  FailoverAdopted: () => {
    const imaginary = seeded();
    const view = firstName(imaginary);
    const standby = found(view.replicas[0]);
    for (const index of [0, 1, 2])
      sentinelOf(imaginary, index).names.set(view.partition, {
        ...view,
        address: standby.address,
        epoch: view.epoch + 1,
      });
    return imaginary;
  },
  BudgetSpent: () => {
    const imaginary = seeded();
    dieAs(imaginary, 's_down');
    return imaginary;
  },
  PersonNeeded: () => {
    const imaginary = seeded();
    dieAs(imaginary, 's_down');
    return imaginary;
  },
  BarnIsolated: () => {
    const imaginary = seeded();
    for (const pod of imaginary.pods) Object.assign(pod.state, { up: false, refused: false });
    return imaginary;
  },
  NameRemoved: () => shrunk(seeded()),
  RemovalHeld: () => {
    const imaginary = shrunk(seeded());
    imaginary.unread.add('c');
    return imaginary;
  },
  PodReleased: () => {
    const imaginary = shrunk(seeded());
    imaginary.carryOut(planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions);
    return imaginary;
  },
  StandbySurplus: () => {
    const imaginary = seeded();
    imaginary.farm = { ...demo, cacheClusters: demo.cacheClusters.map((cluster) => ({ ...cluster, standbys: 0 })) };
    for (let pass = 0; pass < 4; pass++)
      imaginary.carryOut(
        planOnce(imaginary.farm, imaginary.world(), 1, 0).decisions.filter(
          ({ reason }) => reason !== 'StandbySurplus' && reason !== 'PodReleased',
        ),
      );
    imaginary.farm = demo;
    const spare = found(imaginary.pods.find((pod) => pod.state.claim.kind === 'locked' && pod.tier === 'M1'));
    Object.assign(spare.state, {
      claim: { kind: 'standby', clusterName: 'User.id', epoch: 1_024 },
      access: 'standby',
      openFor: ['User.id'],
    });
    return imaginary;
  },
  ReplicaSurplus: () => {
    const imaginary = seeded();
    const spare = found(imaginary.pods.find((pod) => pod.state.claim.kind === 'locked' && pod.tier === 'M16'));
    const master = found(
      imaginary.pods.find((pod) => pod.state.claim.kind === 'member' && pod.state.master === undefined),
    );
    Object.assign(spare.state, {
      claim: master.state.claim,
      access: 'member',
      openFor: ['Chat.room'],
      master: master.address,
      copyable: true,
    });
    return imaginary;
  },
  ReplicaForgotten: () => {
    const imaginary = seeded();
    lock(found(imaginary.pods.find((pod) => pod.state.claim.kind === 'member' && pod.state.master !== undefined)));
    const spare = imaginary.pods.filter((pod) => pod.state.claim.kind === 'locked' && pod.tier === 'M16');
    for (const pod of spare) pod.draining = true;
    return imaginary;
  },
  CopiesChanged: () => {
    const imaginary = seeded();
    imaginary.farm = {
      ...demo,
      cacheClusters: demo.cacheClusters.map((cluster) =>
        cluster.clusterName === 'Friend.list'
          ? { ...cluster, partitionSize: 2, standbys: 0, sentinelGroup: 'replicated-0' }
          : cluster,
      ),
    };
    return imaginary;
  },
  Draining: () => {
    const imaginary = seeded();
    podWith(imaginary, 'bound').draining = true;
    return imaginary;
  },
  TierDiffers: () => {
    const imaginary = seeded();
    imaginary.farm = {
      ...demo,
      cacheClusters: demo.cacheClusters.map((cluster) =>
        cluster.clusterName === 'Session' ? { ...cluster, tier: 'M4' } : cluster,
      ),
    };
    return imaginary;
  },
  PlacementDiffers: () => {
    const imaginary = seeded();
    imaginary.farm = {
      ...demo,
      cacheClusters: demo.cacheClusters.map((cluster) =>
        cluster.clusterName === 'Session' ? { ...cluster, datacenters: ['a'] } : cluster,
      ),
    };
    return imaginary;
  },
  ShelterShared: () => {
    const imaginary = seeded();
    const [one, two] = imaginary.pods.filter(
      (pod) => pod.state.claim.kind === 'bound' && pod.state.openFor[0] === 'User.id',
    );
    const moved = found(two).state.claim;
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        if (moved.kind === 'bound' && view.partition === moved.partition)
          names.set(view.partition, { ...view, address: found(one).address });
    lock(found(two));
    return imaginary;
  },
  SpreadBetter: () => {
    const imaginary = seeded();
    const own = imaginary.pods.filter((pod) => pod.state.claim.kind === 'bound' && pod.state.openFor[0] === 'Session');
    const home = found(own[0]);
    const other = found(own.find(({ datacenter }) => datacenter !== home.datacenter));
    const crowded = found(
      imaginary.pods.find(
        (pod) =>
          pod.state.claim.kind === 'locked' &&
          pod.tier === 'M1' &&
          pod.datacenter === home.datacenter &&
          !imaginary.sentinels.some(({ names }) =>
            [...names.values()].some((view) => view.replicas.some(({ address }) => address === pod.address)),
          ),
      ),
    );
    Object.assign(crowded.state, { claim: other.state.claim, access: 'bound', openFor: ['Session'] });
    for (const { names } of imaginary.sentinels)
      for (const view of names.values())
        if (view.address === other.address) names.set(view.partition, { ...view, address: crowded.address });
    lock(other);
    for (let pass = 0; pass < 8; pass++) imaginary.carryOut(planOnce(demo, imaginary.world(), 1, 0).decisions);
    return imaginary;
  },
  MoveUnfinished: () => {
    const imaginary = seeded();
    const spare = found(imaginary.pods.find((pod) => pod.state.claim.kind === 'locked' && pod.tier === 'M1'));
    Object.assign(spare.state, {
      claim: { kind: 'bound', partition: 'User.id::0', epoch: 99_999 },
      access: 'bound',
      openFor: ['User.id'],
    });
    return imaginary;
  },
  MoveCopying: () => {
    const imaginary = moving();
    found(imaginary.pods.find((pod) => pod.state.claim.kind === 'incoming')).state.linkUp = false;
    return imaginary;
  },
  MoveAbandoned: () => {
    const imaginary = moving();
    for (const pod of imaginary.pods) if (pod.draining) pod.state.up = false;
    return imaginary;
  },
  ReserveKept: () => {
    const imaginary = seeded();
    podWith(imaginary, 'member').draining = true;
    const idle = imaginary.pods.filter((pod) => pod.state.claim.kind === 'locked' && pod.tier === 'M16');
    for (const pod of idle.slice(1)) pod.state.up = false;
    return imaginary;
  },
  MovesLimited: () => {
    const imaginary = seeded();
    for (const pod of imaginary.pods.filter(({ machine }) => machine === 'a-m1')) pod.draining = true;
    return imaginary;
  },
  ReplicaPromoted: () => {
    const imaginary = seeded();
    lock(found(imaginary.pods.find((pod) => pod.state.claim.kind === 'member' && pod.state.master === undefined)));
    for (const { names } of imaginary.sentinels)
      for (const view of names.values()) names.set(view.partition, { ...view, replicas: [] });
    return imaginary;
  },
  CopiesLost: () => {
    const imaginary = seeded();
    for (const pod of imaginary.pods) if (pod.state.claim.kind === 'member') lock(pod);
    return imaginary;
  },
  FailoverUnderWay: () => {
    const imaginary = seeded();
    const view = firstName(imaginary);
    sentinelOf(imaginary).names.set(view.partition, { ...view, flags: ['master', 'o_down', 'failover_in_progress'] });
    return imaginary;
  },
  DatacenterUnread: () => {
    const imaginary = seeded();
    imaginary.unread.add('c');
    return imaginary;
  },
  DeclarationsDiffer: () => new ImaginaryFarm(demo),
  NoSentinelGroup: () => {
    const imaginary = seeded();
    const cacheClusters = demo.cacheClusters.map((cluster) => ({ ...cluster, sentinelGroup: '' }));
    imaginary.farm = { ...demo, cacheClusters };
    return imaginary;
  },
};

describe('every reason', () => {
  test.each(Object.entries(SCENES))('%s is reached', (reason, scene) => {
    const imaginary = scene();
    const { decisions, notes } = plan({
      declared: imaginary.farm,
      world: imaginary.world(),
      inFlight: new Set(),
      budget: UNLIMITED,
      failures: new Map(),
      now: 0,
      controller: 1,
      ...INPUTS[reason as Reason],
    });
    expect([...decisions, ...notes].map((entry) => entry.reason)).toContain(reason);
  });
  test('is one sentence that ends', () => {
    for (const sentence of Object.values(REASONS)) expect(sentence).toMatch(/^[A-Z][^\n]+\.$/);
  });
});
