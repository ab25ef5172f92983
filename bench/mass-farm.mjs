// The farm of bench:mass: as many sentinel groups and partitions as asked for, idle pods for a third of them beside, all real processes.
import { resolveFarm } from '../lib/src/farm/resolve.js';
import { splitAddress } from '../lib/src/farm/words.js';
import { claimOf } from '../lib/src/world/facts.js';
import { measureProgress } from '../lib/src/world/progress.js';
import { ObservedFarm, startFarm, stopFarm } from './recovery-farm.mjs';
import { now, until } from './recovery-report.mjs';

const PORTS = 8;
/** Beside Barn and clients at 0. */
export const NICE = { pods: 10, sentinels: 5 };

/** One cache cluster a share; `groups` shares, in as many sentinel groups or all in one. */
export function massFarm({ groups, partitions, standbys, single, downAfterMs }) {
  const clusterSize = partitions;
  const pods = groups * (clusterSize + 3 * standbys) + Math.ceil((groups * clusterSize) / 3) + 12;
  const machines = Math.ceil(pods / 3 / PORTS);
  // Not defineFarm: it refuses the single large group, which is here to be measured.
  return resolveFarm({
    name: 'mass',
    datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: machines, memory: '16Gi' } })),
    tiers: [
      {
        name: 'M1',
        maxMemory: '16mb',
        memory: '32Mi',
        ports: Array.from({ length: PORTS }, (_, i) => 6378 + i),
        replicas: machines,
      },
    ],
    sentinelGroups: [
      {
        name: 'main',
        count: single ? 1 : groups,
        maxPartitions: single ? groups * clusterSize : clusterSize,
        downAfterMs,
      },
    ],
    exporter: false,
    cacheClusters: Array.from({ length: groups }, (_, i) => ({
      clusterName: `Mass.${i}`,
      clusterSize,
      standbys,
      tier: 'M1',
      sentinelGroup: `main-${single ? 0 : i}`,
    })),
  });
}

export class MassFarm extends ObservedFarm {
  static async start(farm, options) {
    return new MassFarm(await startFarm(farm, { timeoutMs: 900_000, hz: 1, nice: NICE, ...options }));
  }

  async pods() {
    return (await this.embedded.kube()).flatMap(({ pods }) => pods);
  }

  /** What an application is told, one entry a sentinel group. */
  async applications() {
    const { world } = await this.look();
    return world.groups.map(({ name, sentinels }) => ({
      sentinels: sentinels.map(({ address }) => splitAddress(address)),
      password: this.access.credentials.application,
      partitions: this.farm.cacheClusters
        .filter(({ sentinelGroup }) => sentinelGroup === name)
        .flatMap(({ clusterName, clusterSize }) =>
          Array.from({ length: clusterSize }, (_, index) => `${clusterName}::${index}`),
        ),
    }));
  }

  /** Every third partition and its pod. */
  async aThird(offset) {
    const { facts } = await this.look();
    return facts.partitions
      .filter((_, i) => i % 3 === offset % 3)
      .map(({ name, agreed }) => ({ name, pod: facts.podAt.get(agreed ?? '') }))
      .filter(({ pod }) => pod !== undefined);
  }

  /** How often a sentinel has said +tilt. */
  async tilts() {
    let count = 0;
    for (const { datacenter, pods } of await this.embedded.kube())
      for (const { metadata } of pods)
        if (metadata.name.startsWith('sentinel-'))
          count += this.embedded.logs(datacenter, metadata.name, 'sentinel').split('+tilt').length - 1;
    return count;
  }

  /** What is bound twice: two pods bound for one partition, or two names on one bound pod, or names of two cache clusters on any pod. */
  async doubleBound() {
    const { world, facts } = await this.look();
    const owners = new Map();
    const found = [];
    for (const pod of world.pods) {
      const claim = claimOf(pod);
      if (claim?.kind !== 'bound') continue;
      if (owners.has(claim.partition))
        found.push(`${claim.partition} is bound to ${owners.get(claim.partition)} and ${pod.address}`);
      owners.set(claim.partition, pod.address);
    }
    const names = new Map();
    for (const { name, agreed } of facts.partitions)
      if (agreed !== undefined) names.set(agreed, [...(names.get(agreed) ?? []), name]);
    for (const [address, here] of names) {
      const clusters = new Set(here.map((name) => name.slice(0, name.lastIndexOf('::'))));
      const pod = facts.podAt.get(address);
      const bound = pod && claimOf(pod)?.kind === 'bound';
      if (clusters.size > 1 || (bound && here.length > 1))
        found.push(`${address} (${pod?.instance.claimText}) serves ${here}`);
    }
    return found;
  }

  async whole(barn, timeoutMs = 300_000) {
    const from = now();
    let last = '';
    const holds = async () => {
      if (!barn.quietSince(from)) return false;
      const { world, declared, facts } = await this.look();
      const { declared: all, serving, named, armed, toArm } = measureProgress(declared, facts);
      const down = world.pods.filter(({ instance }) => instance.state !== 'up').length;
      last = JSON.stringify({ all, serving, named, armed, toArm, down });
      return serving === all && named === all && armed === toArm && down === 0;
    };
    await until('the farm to be whole', holds, timeoutMs, 5_000).catch((error) => {
      const doing = barn.since(now() - 5_000).map((event) => JSON.stringify(event).slice(0, 300));
      throw new Error(`${error.message}: ${last}\n${doing.slice(-30).join('\n')}`);
    });
  }

  async stop() {
    await stopFarm(this);
  }
}
