// A farm of any size, and the World that Barn sees when all is as declared: what bench:scale plans over. Every look is new text, as replies read
// from sockets are; the order of the names of a sentinel is its own, as that of its hash table is.
import { claimText } from '../lib/src/farm/access.js';
import { kubernetesName, partitionName } from '../lib/src/farm/words.js';

/** Planned at this moment; epochs are of the same size as real ones (src/plan/epoch.ts). */
export const NOW = Date.UTC(2026, 5, 1);
const EPOCH = Math.floor(NOW / 1_000 - 86_400) * 1_024;

const DATACENTERS = ['a', 'b', 'c'];
const GROUP_PARTITIONS = 100;
/** Cache clusters of one group: about 60 partitions each where they fit, and the rest. */
const CLUSTER_SIZES = [60, 40];
const USED_SHARE = 0.6;
const TIERS = [
  { name: 'M1', ports: [6378, 6379, 6380, 6381], share: 2 / 3 },
  { name: 'M4', ports: [6382, 6383], share: 1 / 3 },
];
const MEMBER_OPTIONS = { quorum: 2, downAfterMs: 1_000, failoverTimeoutMs: 5_000 };

/** Text of its own, flat and never hashed before: what comes out of a socket. */
const fresh = (text) => Buffer.from(text, 'latin1').toString('latin1');

/** mulberry32 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled(items, random) {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/** Every third cache cluster is of tier M4; half of them have a backing group, each of two cache clusters. */
function declareClusters(groups) {
  return groups.flatMap((group, g) =>
    CLUSTER_SIZES.map((clusterSize, i) => {
      const number = g * CLUSTER_SIZES.length + i;
      return {
        clusterName: `Team${g % 37}.cache${number}`,
        clusterSize,
        partitionSize: 1,
        tier: number % 3 === 2 ? 'M4' : 'M1',
        standbys: 1,
        hash: 'jump',
        importance: 1 + (number % 5),
        ...(number % 4 < 2 ? { backingGroup: `database${number >> 2}` } : {}),
        sentinelGroup: group.name,
        datacenters: DATACENTERS,
      };
    }),
  );
}

function declareFarm(partitions) {
  const count = Math.ceil(partitions / GROUP_PARTITIONS);
  const members = DATACENTERS.map((datacenter) => ({ datacenter, replicas: 1 }));
  const sentinelGroups = Array.from({ length: count }, (_, g) => ({
    name: `main-${g}`,
    pool: 'main',
    port: 26_379 + g,
    size: 3,
    ...MEMBER_OPTIONS,
    maxPartitions: GROUP_PARTITIONS,
    replicated: false,
    members,
  }));
  const cacheClusters = declareClusters(sentinelGroups);
  const held = (tier) =>
    cacheClusters
      .filter((cluster) => cluster.tier === tier)
      .reduce((sum, { clusterSize, standbys }) => sum + clusterSize + standbys * DATACENTERS.length, 0);
  const machines = Math.max(
    ...TIERS.map(({ name, ports }) => Math.ceil(held(name) / USED_SHARE / DATACENTERS.length / ports.length)),
  );
  return {
    name: 'scale',
    namespace: 'cachefarm',
    datacenters: DATACENTERS.map((name) => ({
      name,
      context: name,
      witness: false,
      machines: { count: machines, memoryBytes: 64 * 2 ** 30 },
      domain: `${name}.scale.internal`,
    })),
    tiers: TIERS.map(({ name, ports }) => ({
      name,
      maxMemoryBytes: 2 ** 30,
      memoryBytes: 1.5 * 2 ** 30,
      ports,
      replicas: machines,
      maxMemoryPolicy: 'allkeys-lru',
      persistence: 'none',
      volumeBytes: 0,
      cpuMillis: 250,
      podManagement: 'Parallel',
    })),
    sentinelGroups,
    auth: 'password',
    exporter: true,
    images: { redis: 'redis', exporter: 'exporter', cachefarm: 'cachefarm' },
    barnPort: 9_180,
    cacheClusters,
  };
}

/** Pods of one tier and datacenter, port by port and machine by machine in turn, so that a cache cluster spreads over machines. */
function podsOf(tier, datacenter, d) {
  return tier.ports.flatMap((port) =>
    Array.from({ length: tier.replicas }, (_, i) => ({
      name: `redis-${tier.name.toLowerCase()}-${port}-${i}`,
      datacenter,
      machine: `${datacenter}-m${i + 1}`,
      tier: tier.name,
      port,
      address: `10.${d * 64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}:${port}`,
      claim: { kind: 'locked' },
      user: undefined,
    })),
  );
}

/** Who is where: partitions go round the datacenters, each is covered by the standby of the next or the one after. */
function place(farm) {
  const free = new Map();
  const pods = farm.datacenters.flatMap(({ name }, d) =>
    farm.tiers.flatMap((tier) => {
      const own = podsOf(tier, name, d);
      free.set(`${tier.name} ${name}`, own.values());
      return own;
    }),
  );
  const take = (tier, datacenter, claim, user) => {
    const pod = free.get(`${tier} ${datacenter}`).next().value;
    return Object.assign(pod, { claim, user });
  };
  const names = new Map(farm.sentinelGroups.map(({ name }) => [name, []]));
  for (const { clusterName, clusterSize, tier, sentinelGroup } of farm.cacheClusters) {
    const standbys = DATACENTERS.map((dc) =>
      take(tier, dc, { kind: 'standby', clusterName, epoch: EPOCH }, clusterName),
    );
    for (let index = 0; index < clusterSize; index++) {
      const partition = partitionName(clusterName, index);
      const claim = { kind: 'bound', partition, epoch: EPOCH + 1_024 * (index % 7) };
      const pod = take(tier, DATACENTERS[index % 3], claim, clusterName);
      names.get(sentinelGroup).push({ partition, pod, standby: standbys[(index + 1 + (index & 1)) % 3] });
    }
  }
  return { pods, names };
}

const claimAnew = (claim) =>
  'partition' in claim
    ? { ...claim, partition: fresh(claim.partition) }
    : 'clusterName' in claim
      ? { ...claim, clusterName: fresh(claim.clusterName) }
      : { ...claim };

function seenPod(pod, number) {
  const { claim, user } = pod;
  return {
    name: fresh(pod.name),
    uid: `uid-${number}`,
    datacenter: pod.datacenter,
    machine: fresh(pod.machine),
    tier: pod.tier,
    address: fresh(pod.address),
    port: pod.port,
    revision: '1',
    phase: 'Running',
    draining: false,
    instance: {
      state: 'up',
      runId: `run-${number}`,
      uptimeSeconds: 86_400,
      role: 'master',
      offset: number * 1_000_003,
      copyable: false,
      keys: claim.kind === 'bound' ? 100_000 : 0,
      usedMemoryBytes: claim.kind === 'bound' ? 7e8 : 1e6,
      claim: claimAnew(claim),
      claimText: fresh(claimText(claim)),
      sentinelAccess: claim.kind,
      openFor: user === undefined ? [] : [fresh(user)],
    },
  };
}

const seenName = ({ partition, pod, standby }) => ({
  partition: fresh(partition),
  address: fresh(pod.address),
  epoch: pod.claim.epoch,
  flags: ['master'],
  ...MEMBER_OPTIONS,
  otherSentinels: 2,
  replicas: [{ address: fresh(standby.address), flags: ['slave'] }],
});

/** A farm with `partitions` partitions, nothing to do in it; `look()` gives its World each time anew. */
export function generate(partitions) {
  const farm = declareFarm(partitions);
  const { pods, names } = place(farm);
  const random = seededRandom(partitions);
  const sentinels = new Map(
    farm.sentinelGroups.map(({ name, port }) => [
      name,
      DATACENTERS.map((datacenter, d) => ({
        pod: `sentinel-${name}-0`,
        group: name,
        datacenter,
        machine: `${datacenter}-m1`,
        address: `10.${200 + d}.0.1:${port}`,
        state: 'up',
        id: kubernetesName(`${name}-${d}`).padEnd(40, '0'),
        tilt: false,
        names: shuffled(names.get(name), random),
      })),
    ]),
  );
  const look = () => ({
    observedAt: NOW,
    datacenters: farm.datacenters.map(({ name, machines }) => ({
      name,
      complete: true,
      machines: Array.from({ length: machines.count }, (_, i) => ({
        name: `${name}-m${i + 1}`,
        datacenter: name,
        address: '',
        ready: true,
        draining: false,
      })),
    })),
    pods: pods.map(seenPod),
    groups: farm.sentinelGroups.map(({ name }) => ({
      name,
      sentinels: sentinels.get(name).map((sentinel) => ({ ...sentinel, names: sentinel.names.map(seenName) })),
    })),
    cacheClusters: farm.cacheClusters,
  });
  const placed = [...names.values()].flat();
  return { farm, look, machines: farm.datacenters.reduce((sum, dc) => sum + dc.machines.count, 0), pods, placed };
}

/** The pods of these partitions are killed: their machines refuse, every sentinel's link to them is closed (design.md 4.9). */
export function kill(world, addresses) {
  return {
    ...world,
    pods: world.pods.map((pod) =>
      addresses.has(pod.address)
        ? { ...pod, instance: { state: 'unreachable', why: 'connect ECONNREFUSED', refused: true } }
        : pod,
    ),
    groups: world.groups.map((group) => ({
      ...group,
      sentinels: group.sentinels.map((sentinel) => ({
        ...sentinel,
        names: (sentinel.names ?? []).map((view) =>
          addresses.has(view.address) ? { ...view, flags: ['master', 'disconnected'] } : view,
        ),
      })),
    })),
  };
}
