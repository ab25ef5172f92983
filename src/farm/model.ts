/** The checked farm: every default filled in, sizes in bytes, sentinel groups expanded, each cache cluster in its group. */

export interface Datacenter {
  readonly name: string;
  readonly context: string;
  readonly witness: boolean;
  /** 0 machines for a witness */
  readonly machines: { readonly count: number; readonly memoryBytes: number };
  readonly domain: string;
}

export interface Tier {
  readonly name: string;
  readonly maxMemoryBytes: number;
  readonly memoryBytes: number;
  readonly ports: readonly number[];
  /** pods for every port, in each datacenter that is no witness */
  readonly replicas: number;
  readonly maxMemoryPolicy: string;
  readonly persistence: 'none' | 'aof' | 'rdb';
  readonly volumeBytes: number;
  readonly storageClass?: string;
  readonly cpuMillis: number;
  readonly podManagement: 'Parallel' | 'OrderedReady';
}

export interface SentinelGroup {
  /** `main-0` */
  readonly name: string;
  /** name of the declaration it was expanded from */
  readonly pool: string;
  readonly port: number;
  readonly size: number;
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly maxPartitions: number;
  readonly replicated: boolean;
  /** how many of its sentinels each datacenter holds, in declared order of the datacenters; no zeros */
  readonly members: readonly { readonly datacenter: string; readonly replicas: number }[];
}

export interface CacheCluster {
  readonly clusterName: string;
  readonly clusterSize: number;
  readonly partitionSize: number;
  /** replicas in step without which a master refuses writes; left out for 0 */
  readonly minReplicas?: number;
  readonly tier: string;
  /** per datacenter; 0 for replicated clusters */
  readonly standbys: number;
  readonly hash: 'jump' | 'ketama';
  readonly importance: number;
  readonly backingGroup?: string;
  /** name of an expanded group */
  readonly sentinelGroup: string;
  readonly datacenters: readonly string[];
}

export type ExporterForm = 'sidecar' | 'container';

/** The page and the HTTP API of every Barn. */
export interface Web {
  readonly port: number;
  readonly openReading: boolean;
  /** what it may be asked to change: nothing, cache clusters, machines and pods too */
  readonly changes: 'none' | 'clusters' | 'all';
}

export interface Farm {
  readonly name: string;
  readonly namespace: string;
  readonly datacenters: readonly Datacenter[];
  readonly tiers: readonly Tier[];
  readonly sentinelGroups: readonly SentinelGroup[];
  readonly auth: 'password' | 'none';
  /** how the exporter stands beside redis (constructs/redis-pod.ts); false: there is none */
  readonly exporter: ExporterForm | false;
  readonly images: { readonly redis: string; readonly exporter: string; readonly cachefarm: string };
  readonly barnPort: number;
  /** left out: there is none, and a farm that an older version synthesized has none either */
  readonly web?: Web;
  readonly cacheClusters: readonly CacheCluster[];
}

/** What ConfigMap `farm` holds as farm.json: all but the cache clusters, which are CRs. */
export type FarmFrame = Omit<Farm, 'cacheClusters'>;

export interface Problem {
  /** where, in the user's words: `tiers.M1.ports[1]`, `cacheClusters.User.id.clusterSize` */
  readonly path: string;
  /** what is wrong, with the value, the allowed range and a way out, one sentence or two */
  readonly message: string;
}

/** Thrown by defineFarm: all problems at once, a line each. */
export class InvalidFarm extends Error {
  override readonly name = 'InvalidFarm';
  constructor(
    readonly farmName: string,
    readonly problems: readonly Problem[],
  ) {
    super(
      [
        `farm ${farmName} has ${problems.length} problem${problems.length === 1 ? '' : 's'}:`,
        ...problems.map((p) => `  [${p.path}] ${p.message}`),
      ].join('\n'),
    );
  }
}

/** Host name under which a group's sentinels of one datacenter are found (headless Service, external DNS). */
export const sentinelHost = (group: string, domain: string): string => `sentinel-${group}.${domain}`;
