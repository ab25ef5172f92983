/** A farm at rest, in memory: every partition named, bound, open and armed. Tests change what they are about with Object.assign. */
import type { BarnEvent } from '../../src/barn/barn.js';
import { type Claim, claimText, LOCKED } from '../../src/farm/access.js';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import { partitionName } from '../../src/farm/words.js';
import type { Action, Decision, Note } from '../../src/plan/action.js';
import type { Reason } from '../../src/plan/reasons.js';
import type { Receipt } from '../../src/plan/receipt.js';
import type { GroupView, InstanceView, NameView, RedisPod, World } from '../../src/world/model.js';

const DATACENTERS = ['a', 'b', 'c'];

export interface SceneShape {
  /** cache cluster -> partitions */
  readonly clusters: Readonly<Record<string, number>>;
  /** machines a datacenter */
  readonly machines?: number;
  /** idle pods a datacenter */
  readonly idle?: number;
}

export interface Scene {
  readonly farm: Farm;
  readonly world: World;
  /** where a partition is */
  podOf(partition: string): RedisPod;
  /** all views of a partition */
  viewsOf(partition: string): readonly NameView[];
}

const cacheCluster = (clusterName: string, clusterSize: number): CacheCluster => ({
  clusterName,
  clusterSize,
  partitionSize: 1,
  tier: 'M1',
  standbys: 1,
  hash: 'jump',
  importance: 3,
  backingGroup: `${clusterName}-db`,
  sentinelGroup: 'main-0',
  datacenters: DATACENTERS,
});

function farmOf({ clusters, machines = 4 }: SceneShape): Farm {
  return {
    name: 'small',
    namespace: 'cache',
    datacenters: DATACENTERS.map((name) => ({
      name,
      context: name,
      witness: false,
      machines: { count: machines, memoryBytes: 2 ** 34 },
      domain: `${name}.internal`,
    })),
    tiers: [
      {
        name: 'M1',
        maxMemoryBytes: 2 ** 30,
        memoryBytes: 1.5 * 2 ** 30,
        ports: [6378],
        replicas: machines,
        maxMemoryPolicy: 'allkeys-lru',
        persistence: 'none',
        volumeBytes: 0,
        cpuMillis: 100,
        podManagement: 'Parallel',
      },
    ],
    sentinelGroups: [
      {
        name: 'main-0',
        pool: 'main',
        port: 26_379,
        size: 3,
        quorum: 2,
        downAfterMs: 1_000,
        failoverTimeoutMs: 30_000,
        maxPartitions: 100,
        replicated: false,
        members: DATACENTERS.map((datacenter) => ({ datacenter, replicas: 1 })),
      },
    ],
    auth: 'password',
    exporter: 'sidecar',
    images: { redis: 'redis', exporter: 'exporter', cachefarm: 'cachefarm' },
    barnPort: 9_180,
    cacheClusters: Object.entries(clusters).map(([name, size]) => cacheCluster(name, size)),
  };
}

const instance = (claim: Claim, user: string | undefined): InstanceView => ({
  state: 'up',
  runId: 'r',
  uptimeSeconds: 1,
  role: 'master',
  offset: 0,
  copyable: false,
  keys: 0,
  usedMemoryBytes: 0,
  claim,
  claimText: claimText(claim),
  sentinelAccess: claim.kind,
  openFor: user === undefined ? [] : [user],
});

/** Pods are dealt out over datacenters first, then over machines: the best spread there is. */
class Pods {
  readonly all: RedisPod[] = [];
  constructor(readonly machines: number) {}

  add(claim: Claim, user?: string, datacenter?: string): RedisPod {
    const n = this.all.length;
    const where = datacenter ?? DATACENTERS[n % DATACENTERS.length] ?? 'a';
    const machine = Math.floor(n / DATACENTERS.length) % this.machines;
    const pod: RedisPod = {
      name: `redis-m1-6378-${n}`,
      uid: `${n}`,
      datacenter: where,
      machine: `${where}-m${machine}`,
      tier: 'M1',
      port: 6_378,
      address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:6378`,
      revision: '1',
      phase: 'Running',
      draining: false,
      instance: instance(claim, user),
    };
    this.all.push(pod);
    return pod;
  }
}

const nameView = (partition: string, address: string, standby: string): NameView => ({
  partition,
  address,
  epoch: 1_025,
  flags: ['master'],
  quorum: 2,
  downAfterMs: 1_000,
  failoverTimeoutMs: 30_000,
  otherSentinels: 2,
  replicas: [{ address: standby, flags: ['slave'] }],
});

const groupOf = (places: ReadonlyMap<string, { address: string; standby: string }>): GroupView => ({
  name: 'main-0',
  sentinels: DATACENTERS.map((datacenter, i) => ({
    pod: 'sentinel-main-0-0',
    group: 'main-0',
    datacenter,
    machine: `${datacenter}-m0`,
    address: `10.255.${i}.0:26379`,
    state: 'up',
    id: `${i}`.repeat(40),
    tilt: false,
    names: [...places].map(([partition, { address, standby }]) => nameView(partition, address, standby)),
  })),
});

export function scene(shape: SceneShape): Scene {
  const farm = farmOf(shape);
  const machines = shape.machines ?? 4;
  const pods = new Pods(machines);
  const places = new Map<string, { address: string; standby: string }>();
  for (const { clusterName, clusterSize } of farm.cacheClusters) {
    const names = Array.from({ length: clusterSize }, (_, i) => partitionName(clusterName, i));
    const bound = names.map((partition) => pods.add({ kind: 'bound', partition, epoch: 1_025 }, clusterName));
    const standbys = DATACENTERS.map((where) =>
      pods.add({ kind: 'standby', clusterName, epoch: 1_025 }, clusterName, where),
    );
    names.forEach((partition, i) => {
      const standby = standbys[(i + 1) % standbys.length];
      places.set(partition, { address: bound[i]?.address ?? '', standby: standby?.address ?? '' });
    });
  }
  for (const where of DATACENTERS) for (let i = 0; i < (shape.idle ?? 0); i++) pods.add(LOCKED, undefined, where);
  const group = groupOf(places);
  const world: World = {
    observedAt: 0,
    datacenters: DATACENTERS.map((name) => ({
      name,
      complete: true,
      machines: Array.from({ length: machines }, (_, i) => ({
        name: `${name}-m${i}`,
        datacenter: name,
        address: '',
        ready: true,
        draining: false,
      })),
    })),
    pods: pods.all,
    groups: [group],
    cacheClusters: farm.cacheClusters,
  };
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the scene has no such thing');
    return value;
  };
  return {
    farm,
    world,
    podOf: (partition) => found(pods.all.find(({ address }) => address === places.get(partition)?.address)),
    viewsOf: (partition) =>
      group.sentinels.flatMap((sentinel) =>
        sentinel.state === 'up' ? found(sentinel.names.find((view) => view.partition === partition)) : [],
      ),
  };
}

export const SILENT: InstanceView = { state: 'unreachable', why: 'timed out', refused: false };

export const note = (reason: Reason, subject: string, detail = 'because'): Note => ({ reason, subject, detail });

/** A pass as Barn tells it; facts and budget are left to the tests that are about them. */
export const passOf = ({ farm, world }: Scene, notes: readonly Note[] = [], extra: object = {}): BarnEvent =>
  ({ kind: 'pass', world, farm, plan: { decisions: [], notes }, ms: 12.5, ...extra }) as unknown as BarnEvent;

const POD = { name: 'redis-m1-6378-7', datacenter: 'b', machine: 'b-m1', address: '10.0.0.7:6378' };
const BOUND = { kind: 'bound', partition: 'User.id::3', epoch: 2_049 } as const;
const STANDBY = { kind: 'standby', clusterName: 'User.id', epoch: 1_025 } as const;

export const SWITCH: Action = {
  kind: 'switch-name',
  partition: 'User.id::3',
  sentinels: [],
  needed: 2,
  from: '10.0.0.1:6378',
  pod: POD,
  claim: STANDBY,
  epoch: 2_049,
  options: { quorum: 2, downAfterMs: 1_000, failoverTimeoutMs: 30_000 },
};
export const CLAIM: Action = {
  kind: 'claim-pod',
  pod: POD,
  expect: STANDBY,
  claim: BOUND,
  applicationUser: 'User.id',
  flush: false,
};

export const decisionOf = (reason: Reason, actions: readonly Action[], subject = 'User.id::3'): Decision => ({
  reason,
  subject,
  detail: '10.0.0.1:6378 -> 10.0.0.7:6378',
  actions,
});

/** @param statuses of the actions, in order, each after 4 ms */
export const endedOf = (
  decision: Decision,
  statuses: readonly Receipt['status'][],
  extra: { readonly ms?: number; readonly downMs?: number; readonly reason?: string } = {},
): BarnEvent => {
  const { reason = 'so it is', ms = 9, ...rest } = extra;
  const receipts = decision.actions.map(
    (action, i): Receipt => ({ action, status: statuses[i] ?? 'NotRun', reason, ms: 4 }),
  );
  return { kind: 'ended', decision, receipts, ms, ...rest };
};
