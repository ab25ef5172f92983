/** A settled farm as it tells of itself: Kubernetes objects, INFO and ACL LIST of every pod, the replies of every sentinel. All of it JSON. */

import { planOnce } from '../../src/barn/seed.js';
import { APPLICATION_RULES, BARN_RULES, claimText, REPLICATION_STATE, SENTINEL_RULES } from '../../src/farm/access.js';
import { defineFarm } from '../../src/farm/define.js';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import { ANNOTATION, kubernetesName, LABEL } from '../../src/farm/words.js';
import type { InstanceView, NameView, RedisPod, SentinelView, World } from '../../src/world/model.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

/** Small, so that an edit is likely to hit what matters. */
export const FARM: Farm = defineFarm({
  name: 'small',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 2, memory: '16Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '1gb', memory: '1.5Gi', ports: [6378, 6379], replicas: 2 }],
  sentinelGroups: [{ name: 'main' }, { name: 'replicated', replicated: true }],
  cacheClusters: [
    { clusterName: 'User.id', clusterSize: 2, tier: 'M1' },
    { clusterName: 'Chat.room', clusterSize: 1, partitionSize: 2, tier: 'M1' },
  ],
});

export const { cacheClusters: _declared, ...FRAME } = FARM;

export interface ToldInstance {
  readonly info: unknown;
  readonly acl: unknown;
  /** of CONFIG GET min-replicas-to-write */
  readonly setting: unknown;
}
export interface ToldSentinel {
  readonly id: unknown;
  readonly info: unknown;
  readonly masters: unknown;
  /** by name */
  readonly replicas: Readonly<Record<string, unknown>>;
}
export interface Told {
  readonly kube: readonly {
    readonly datacenter: string;
    readonly pods: readonly unknown[];
    readonly nodes: readonly unknown[];
    readonly cacheClusters: readonly unknown[];
  }[];
  readonly instances: Readonly<Record<string, ToldInstance>>;
  readonly sentinels: Readonly<Record<string, ToldSentinel>>;
}

const podObject = (
  name: string,
  at: { machine: string; address: string },
  labels: Readonly<Record<string, string>>,
  container: string,
) => ({
  metadata: {
    name,
    uid: `uid-${name}`,
    namespace: FARM.namespace,
    resourceVersion: '7',
    labels: { [LABEL.farm]: FARM.name, ...labels },
  },
  spec: {
    nodeName: at.machine,
    containers: [{ name: container, ports: [{ name: container, containerPort: Number(at.address.split(':')[1]) }] }],
  },
  status: {
    phase: 'Running',
    hostIP: at.address.split(':')[0],
    podIP: at.address.split(':')[0],
    containerStatuses: [{ name: container, restartCount: 0 }],
  },
});

const redisObject = (pod: RedisPod) =>
  podObject(
    pod.name,
    pod,
    { [LABEL.role]: 'redis', [LABEL.tier]: pod.tier.toLowerCase(), [LABEL.revision]: pod.revision },
    'redis',
  );
const sentinelObject = (sentinel: SentinelView) =>
  podObject(sentinel.pod, sentinel, { [LABEL.role]: 'sentinel', [LABEL.sentinelGroup]: sentinel.group }, 'sentinel');

const nodeObject = (name: string, address: string) => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: '7', labels: {}, annotations: {} },
  status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }] },
});

function clusterObject({ datacenters, ...cluster }: CacheCluster) {
  const name = kubernetesName(cluster.clusterName);
  return {
    apiVersion: 'cachefarm.dev/v1alpha1',
    kind: 'CacheCluster',
    metadata: {
      name,
      namespace: FARM.namespace,
      uid: `uid-${name}`,
      generation: 1,
      resourceVersion: '7',
      creationTimestamp: '2026-11-01T00:00:00Z',
      annotations: { [ANNOTATION.declaredAt]: '2026-11-02T00:00:00Z' },
      managedFields: [
        {
          manager: 'cachefarm-cli',
          time: '2026-11-02T00:00:00Z',
          fieldsV1: { 'f:spec': {}, 'f:metadata': { 'f:annotations': {} } },
        },
      ],
    },
    spec: { ...cluster, placement: { datacenters } },
    status: {
      observedGeneration: 1,
      conditions: [
        { type: 'Ready', status: 'True', lastTransitionTime: '2026-11-02T00:00:00Z', reason: 'Serving', message: '' },
      ],
    },
  };
}

function infoOf(view: Extract<InstanceView, { state: 'up' }>): string {
  const [host, port] = (view.masterAddress ?? '').split(':');
  return [
    '# Server',
    'redis_version:7.0.15',
    `run_id:${'ab'.repeat(20)}`,
    `uptime_in_seconds:${view.uptimeSeconds}`,
    '# Memory',
    `used_memory:${view.usedMemoryBytes}`,
    '# Replication',
    `role:${view.role === 'master' ? 'master' : 'slave'}`,
    ...(view.role === 'replica'
      ? [`master_host:${host}`, `master_port:${port}`, 'master_link_status:up', `slave_repl_offset:${view.offset}`]
      : [`master_repl_offset:${view.offset}`]),
    '# Keyspace',
    `db0:keys=${view.keys},expires=0,avg_ttl=0`,
    '',
  ].join('\r\n');
}

const aclOf = (view: Extract<InstanceView, { state: 'up' }>): readonly string[] => [
  'user default off resetchannels -@all',
  `user barn on #aa ${BARN_RULES}`,
  `user marker off #bb ~${view.claimText} resetchannels -@all`,
  `user replication ${REPLICATION_STATE[view.claim?.kind ?? 'locked']} #cc resetchannels -@all +psync`,
  `user sentinel on #dd ${SENTINEL_RULES[view.sentinelAccess ?? 'locked']}`,
  ...view.openFor.map((user) => `user ${user} on #ee ${APPLICATION_RULES}`),
];

const addressFields = (address: string): readonly string[] => {
  const [ip = '', port = ''] = address.split(':');
  return ['ip', ip, 'port', port];
};

const masterFields = (view: NameView): readonly string[] => [
  'name',
  view.partition,
  ...addressFields(view.address),
  'flags',
  view.flags.join(','),
  'role-reported-time',
  '60000',
  'config-epoch',
  String(view.epoch),
  'num-other-sentinels',
  String(view.otherSentinels),
  'quorum',
  String(view.quorum),
  'down-after-milliseconds',
  String(view.downAfterMs),
  'failover-timeout',
  String(view.failoverTimeoutMs),
];

function toldSentinel(sentinel: Extract<SentinelView, { state: 'up' }>, ordinal: number): ToldSentinel {
  return {
    id: ordinal.toString(16).padStart(40, 'c'),
    info: '# Sentinel\r\nsentinel_masters:2\r\nsentinel_tilt:0\r\n',
    masters: sentinel.names.map(masterFields),
    replicas: Object.fromEntries(
      sentinel.names.map(({ partition, replicas }) => [
        partition,
        replicas.map(({ address, flags }) => [...addressFields(address), 'flags', flags.join(',')]),
      ]),
    ),
  };
}

/** Passes until nothing is left to do. */
export function settledWorld(): World {
  const imaginary = new ImaginaryFarm(FARM);
  for (let pass = 0; pass < 20; pass++) {
    const { decisions } = planOnce(FARM, imaginary.world(), 1, 1_700_000_000_000);
    if (decisions.length === 0) return imaginary.world();
    imaginary.carryOut(decisions);
  }
  throw new Error('the small farm does not settle');
}

export function tellFarm(world: World = settledWorld()): Told {
  const sentinels = world.groups.flatMap((group) => group.sentinels);
  const addressOf = (machine: string): string =>
    world.pods.find((pod) => pod.machine === machine)?.address.split(':')[0] ?? '10.9.9.9';
  return {
    kube: FARM.datacenters.map(({ name }) => ({
      datacenter: name,
      pods: [
        ...world.pods.filter(({ datacenter }) => datacenter === name).map(redisObject),
        ...sentinels.filter(({ datacenter }) => datacenter === name).map(sentinelObject),
      ],
      nodes: (world.datacenters.find((one) => one.name === name)?.machines ?? []).map((machine) =>
        nodeObject(machine.name, addressOf(machine.name)),
      ),
      cacheClusters: FARM.cacheClusters.map(clusterObject),
    })),
    instances: Object.fromEntries(
      world.pods.flatMap(({ address, instance }) =>
        instance.state === 'up' ? [[address, { info: infoOf(instance), acl: aclOf(instance), setting: [] }]] : [],
      ),
    ),
    sentinels: Object.fromEntries(
      sentinels.flatMap((sentinel, i) =>
        sentinel.state === 'up' ? [[sentinel.address, toldSentinel(sentinel, i)]] : [],
      ),
    ),
  };
}

/** What the settled farm's markers say, for a test of the teller itself. */
export const claimTexts = (world: World): readonly string[] =>
  world.pods.flatMap(({ instance }) => (instance.state === 'up' && instance.claim ? [claimText(instance.claim)] : []));
