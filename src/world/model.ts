/** All that was observed at one moment: one view per instance and per sentinel, and what could not be seen. Plain frozen records. */
import type { Claim } from '../farm/access.js';
import type { Loose } from '../farm/loose.js';
import type { CacheCluster } from '../farm/model.js';

export interface World {
  /** ms since the epoch */
  readonly observedAt: number;
  readonly datacenters: readonly DatacenterView[];
  readonly pods: readonly RedisPod[];
  readonly groups: readonly GroupView[];
  /** as the KubeClusters hold them; `sentinelGroup` is empty where none was named and none has room */
  readonly cacheClusters: readonly CacheCluster[];
  /** cache clusters that the KubeClusters that have them do not declare the same; @default none */
  readonly disputes?: readonly Dispute[];
  /** the objects that declare them, of every KubeCluster that answered; deleted ones too; @default none */
  readonly copies?: readonly DeclaredCopy[];
}

/** One CacheCluster object of one KubeCluster: what its status goes to. */
export interface DeclaredCopy {
  readonly clusterName: string;
  readonly datacenter: string;
  /** of the object */
  readonly name: string;
  readonly uid?: string;
  /** of its spec; 0: the KubeCluster does not say */
  readonly generation: number;
  /** partitions that this object declares, whether it counts or not */
  readonly clusterSize: number;
  /** the cache cluster is deleted, by this object or by another that counts */
  readonly deleted: boolean;
  /** as last written; left out: never */
  readonly status?: Loose;
}

export interface Dispute {
  readonly clusterName: string;
  /** which KubeCluster counts, and what the others say */
  readonly detail: string;
}

export interface DatacenterView {
  readonly name: string;
  /** false when its KubeCluster could not be read: then nothing is concluded from what is missing */
  readonly complete: boolean;
  readonly problem?: string;
  readonly machines: readonly MachineView[];
}

export interface MachineView {
  /** unique in the farm: `<datacenter>/<name>` where the KubeClusters of several datacenters have one of that name */
  readonly name: string;
  readonly datacenter: string;
  readonly address: string;
  readonly ready: boolean;
  /** it is being emptied: nothing new goes there */
  readonly draining: boolean;
}

export interface RedisPod {
  readonly name: string;
  readonly uid: string;
  readonly datacenter: string;
  readonly machine: string;
  readonly tier: string;
  readonly port: number;
  /** `ip:port`, what Sentinel knows */
  readonly address: string;
  readonly revision: string;
  readonly phase: string;
  /** it, or its machine, is being emptied */
  readonly draining: boolean;
  /** how often Kubernetes has started its container again; absent: it does not say, or never */
  readonly restarts?: number;
  readonly instance: InstanceView;
}

/** What a pod has to do. */
export interface InstanceLoad {
  /** commands a second, as it counts them itself over its last 1.6 s */
  readonly opsPerSecond: number;
  /** reads that found a key, and that found none, since it started */
  readonly hits: number;
  readonly misses: number;
  /** connections, ours and the sentinels' among them */
  readonly clients: number;
}

export type InstanceView =
  | {
      readonly state: 'unreachable';
      readonly why: string;
      /** the machine answered that nobody listens there; false: no answer at all, or another error */
      readonly refused: boolean;
    }
  | {
      readonly state: 'up';
      readonly runId: string;
      readonly uptimeSeconds: number;
      readonly role: 'master' | 'replica';
      /** `ip:port` of its master; only on a replica */
      readonly masterAddress?: string;
      readonly masterLinkUp?: boolean;
      /** bytes of the replication stream: written by a master, applied by a replica */
      readonly offset: number;
      /** replicas may copy from it */
      readonly copyable: boolean;
      /** replicas in step without which it refuses writes, once it is a master; left out for 0 */
      readonly minReplicas?: number;
      readonly keys: number;
      /** it reads its file still: nothing can be flushed, and what it holds is not known yet; left out: it does not */
      readonly loading?: true;
      readonly usedMemoryBytes: number;
      /** for whoever looks on: nothing is decided by it; left out: it does not say */
      readonly load?: InstanceLoad;
      /** undefined: the marker holds text of no version we know */
      readonly claim: Claim | undefined;
      readonly claimText: string;
      /** claim kind whose rules the sentinel user has; undefined: none of ours */
      readonly sentinelAccess: Claim['kind'] | undefined;
      /** bound, and the sentinels may not ask it for INFO: they try 10 to 20 times a second; left out: they may, or it is not bound */
      readonly mute?: true;
      /** application users that may connect: names of cache clusters, or `default` */
      readonly openFor: readonly string[];
    };

export interface GroupView {
  readonly name: string;
  readonly sentinels: readonly SentinelView[];
}

export type SentinelView = {
  readonly pod: string;
  readonly group: string;
  readonly datacenter: string;
  readonly machine: string;
  readonly address: string;
} & (
  | { readonly state: 'unreachable'; readonly why: string }
  | { readonly state: 'up'; readonly id: string; readonly tilt: boolean; readonly names: readonly NameView[] }
);

/** One partition as one sentinel sees it. */
export interface NameView {
  readonly partition: string;
  readonly address: string;
  readonly epoch: number;
  readonly flags: readonly string[];
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly otherSentinels: number;
  /** ms since this sentinel was given the address, or its role changed; left out: long ago */
  readonly roleMs?: number;
  /** ms since this sentinel calls the address down; left out: it does not */
  readonly downMs?: number;
  readonly replicas: readonly { readonly address: string; readonly flags: readonly string[] }[];
}
