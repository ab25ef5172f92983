import { DEFAULT_DOWN_AFTER_MS, type InstanceAddress, SentinelInstance } from './sim-sentinel-instance.js';
import type { SentinelMind } from './sim-sentinel-mind.js';

/** One name in sentinel.conf. */
export interface ConfName {
  readonly name: string;
  readonly address: InstanceAddress;
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly parallelSyncs: number;
  readonly rebootDownAfterMs: number;
  readonly authUser: string | undefined;
  readonly authPass: string | undefined;
  readonly configEpoch: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly InstanceAddress[];
  readonly sentinels: readonly (InstanceAddress & { readonly id: string })[];
}

/** What a sentinel has learnt, as its file says; what changed without a rewrite is not in it. A record is never changed: an older one may be kept. */
export interface SentinelConf {
  /** virtual ms */
  readonly writtenAt: number;
  readonly currentEpoch: number;
  readonly names: readonly ConfName[];
}

/** While a promoted replica is advertised the file says so already: it is the master, and the old one a replica. */
function confName(master: SentinelInstance): ConfName {
  const current = master.currentAddress;
  return {
    name: master.name,
    address: current,
    quorum: master.quorum,
    downAfterMs: master.downAfterMs,
    failoverTimeoutMs: master.failoverTimeoutMs,
    parallelSyncs: master.parallelSyncs,
    rebootDownAfterMs: master.rebootDownAfterMs,
    authUser: master.authUser,
    authPass: master.authPass,
    configEpoch: master.configEpoch,
    leaderEpoch: master.leaderEpoch,
    replicas: [...master.replicas.values()].map(({ address }) => (address === current ? master.address : address)),
    sentinels: [...master.sentinels.values()].map(({ address, name }) => ({ ...address, id: name })),
  };
}

export const writeConf = (mind: SentinelMind): SentinelConf => ({
  writtenAt: mind.surroundings.now(),
  currentEpoch: mind.currentEpoch,
  names: [...mind.masters.values()].map(confName),
});

/** What a process that starts with the file knows: no run ids, no flags, no failover that was under way, no vote but its epoch. */
export function readConf(mind: SentinelMind, conf: SentinelConf): void {
  const now = mind.now();
  mind.currentEpoch = conf.currentEpoch;
  for (const told of conf.names) {
    const { name, address, quorum } = told;
    const master = new SentinelInstance({ kind: 'master', name, address, quorum, now });
    master.downAfterMs = told.downAfterMs || DEFAULT_DOWN_AFTER_MS;
    master.failoverTimeoutMs = told.failoverTimeoutMs;
    master.parallelSyncs = told.parallelSyncs;
    master.rebootDownAfterMs = told.rebootDownAfterMs;
    master.authUser = told.authUser;
    master.authPass = told.authPass;
    master.configEpoch = told.configEpoch;
    master.leaderEpoch = told.leaderEpoch;
    mind.masters.set(name, master);
    for (const replica of told.replicas) mind.addReplica(master, replica);
    for (const { ip, port, id } of told.sentinels) mind.addSentinel(master, { ip, port }, id);
    mind.event('+monitor', master, `quorum ${quorum}`);
  }
}
