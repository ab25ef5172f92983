/** The simulated servers as the pods of a farm run them: with its Secret, its rules, and what happens beside them in the container. */
import { createHash } from 'node:crypto';
import { SENTINEL_SIDE_RULES } from '../../src/farm/access.js';
import type { ServerSide } from './parts.js';
import type { SimFarm } from './sim-farm.js';
import { type FenceGroup, SimFence } from './sim-fence.js';
import type { Life, SimPod } from './sim-pod.js';
import { SimProcess } from './sim-process.js';
import { SimRedis } from './sim-redis.js';
import { type SentinelConf, SimSentinel } from './sim-sentinel.js';
import type { SentinelUsers } from './sim-sentinel-access.js';

export const CREDENTIALS = {
  barn: 'barn-password',
  sentinel: 'sentinel-password',
  peer: 'peer-password',
  pod: 'pod-password',
  exporter: 'exporter-password',
  replication: 'replication-password',
  application: 'application-password',
} as const;

export type RedisServer = SimRedis;

const SENTINEL_USERS = {
  app: { password: CREDENTIALS.application, rules: SENTINEL_SIDE_RULES.app },
  barn: { password: CREDENTIALS.barn, rules: SENTINEL_SIDE_RULES.barn },
  peer: { password: CREDENTIALS.peer, rules: SENTINEL_SIDE_RULES.peer },
  pod: { password: CREDENTIALS.pod, rules: SENTINEL_SIDE_RULES.pod },
};

const { app, ...OURS } = SENTINEL_USERS;
const OPEN_SENTINEL_USERS: SentinelUsers = { ...OURS, default: { password: undefined, rules: app.rules } };

/** Whoever looks without being there. */
const nobody = (): ServerSide => ({
  id: -1,
  from: 'nobody',
  user: 'barn',
  name: '',
  push: () => undefined,
  close: () => undefined,
});

/** ms after which INFO is asked again of a pod that refuses it: sixteen times a second would be most of a run, and change nothing */
const REFUSED_INFO_MS = 500;
const PING_MS = 250;

/** A simulated sentinel, and what it believes for those who check it. */
export class SentinelServer extends SimSentinel {
  names(): ReturnType<SimSentinel['views']> {
    return this.views();
  }

  /** `ip:port` of what it lists as replicas of a name */
  replicasOf(name: string): readonly string[] {
    const reply = this.execute(nobody(), ['SENTINEL', 'REPLICAS', name]);
    if (!Array.isArray(reply)) return [];
    return reply.map((fields) => {
      const words = fields as readonly string[];
      return `${words[words.indexOf('ip') + 1]}:${words[words.indexOf('port') + 1]}`;
    });
  }
}

const idOf = (label: string): string => createHash('sha1').update(label).digest('hex');

export function startSentinel(
  process: SimProcess,
  pod: SimPod<SentinelServer>,
  conf: SentinelConf | undefined,
  { farm: { auth }, ears }: Pick<SimFarm, 'farm' | 'ears'>,
): Life<SentinelServer> {
  const server = new SentinelServer({
    address: pod.address,
    id: idOf(`${pod.datacenter}/${pod.record.name}`),
    surroundings: process,
    users: auth === 'none' ? OPEN_SENTINEL_USERS : SENTINEL_USERS,
    peerLogin: ['peer', CREDENTIALS.peer],
    pingPeriodMs: PING_MS,
    refusedInfoMs: REFUSED_INFO_MS,
    quickly: true,
    told: (event, about) => {
      if (event === '+promoted-slave') ears.promoted(about, pod.address);
    },
    ...(conf ? { conf } : {}),
  });
  return { server, processes: [process] };
}

export function startRedis(farm: SimFarm, process: SimProcess, pod: SimPod<RedisServer>): Life<RedisServer> {
  const server = new SimRedis({
    address: pod.address,
    around: process,
    passwords: CREDENTIALS,
    told: (event) => farm.ears.changed(event),
  });
  const beside = new SimProcess(farm.network, `fence-${pod.record.name}`, pod.ip);
  const fence = new SimFence({
    address: pod.address,
    around: beside,
    podName: pod.record.name,
    auth: farm.farm.auth,
    passwords: CREDENTIALS,
    groups: () => fenceGroups(farm),
    told: (line) => {
      if (!DULL.test(line)) farm.ears.happened(`${pod.address} fence: ${line}`);
    },
  });
  beside.after(20, () => fence.start());
  return { server, processes: [process, beside] };
}

/** What nearly every fence says, and no story needs. */
const DULL = /^done: claimed by somebody else|^locked: no majority of a sentinel group knows/;

/** ConfigMap redis-scripts, file `sentinels`. */
const fenceGroups = (farm: SimFarm): readonly FenceGroup[] =>
  farm.farm.sentinelGroups.map(({ name, replicated, size }) => ({
    name,
    kind: replicated ? ('replicated' as const) : ('unreplicated' as const),
    size,
    hosts: farm.sentinels.filter(({ record }) => record.group === name).map(({ address }) => address),
  }));
