import { Construct } from 'constructs';
import {
  type Datacenter,
  type Farm,
  type SentinelGroup as SentinelGroupValues,
  sentinelHost,
  type Tier,
} from '../src/farm/model.js';
import { NAME } from '../src/farm/words.js';
import { Barn, barnAccess } from './barn.js';
import { CacheClusterDefinition } from './cache-cluster-definition.js';
import { FarmConfig } from './farm-config.js';
import type { FarmScope } from './farm-labels.js';
import { FarmMonitoring } from './farm-monitoring.js';
import { FarmNamespace } from './farm-namespace.js';
import { FarmNetworkPolicy } from './farm-network-policy.js';
import { FarmPriorities } from './farm-priorities.js';
import { RedisScripts } from './redis-scripts.js';
import { RedisTier } from './redis-tier.js';
import { SeedJob } from './seed-job.js';
import { SentinelGroup } from './sentinel-group.js';
import { SentinelScripts } from './sentinel-scripts.js';

export interface CacheFarmProps {
  readonly farm: Farm;
  /** name of the datacenter whose KubeCluster gets these objects */
  readonly datacenter: string;
  /** how Prometheus finds the pods; @default annotations */
  readonly monitoring?: 'annotations' | 'podMonitor' | 'none';
  /** a LoadBalancer for every sentinel group, for look-ups from outside; @default false */
  readonly sentinelLoadBalancer?: boolean;
}

/** All that one datacenter's KubeCluster holds of a farm, except the cache clusters, which are declared to all alike (SharedObjects). */
export class CacheFarm extends Construct {
  readonly namespace: FarmNamespace;
  readonly definition: CacheClusterDefinition;
  readonly priorities: FarmPriorities;
  /** undefined in a witness */
  readonly redisScripts: RedisScripts | undefined;
  readonly sentinelScripts: SentinelScripts;
  /** undefined in a witness */
  readonly config: FarmConfig | undefined;
  /** undefined in a witness */
  readonly barn: Barn | undefined;
  /** undefined but in the first datacenter that is no witness */
  readonly seedJob: SeedJob | undefined;
  /** undefined in a witness */
  readonly networkPolicy: FarmNetworkPolicy | undefined;
  /** undefined unless `monitoring` is podMonitor */
  readonly monitoring: FarmMonitoring | undefined;
  private readonly redisTiers: RedisTier[] = [];
  private readonly groups: SentinelGroup[] = [];
  private readonly site: Datacenter;
  private readonly place: FarmScope;

  /** @throws Error when the farm has no such datacenter */
  constructor(
    scope: Construct,
    id: string,
    private readonly props: CacheFarmProps,
  ) {
    super(scope, id);
    const { farm } = props;
    this.site = datacenterOf(farm, props.datacenter);
    this.place = { farm: farm.name, namespace: farm.namespace, datacenter: this.site.name };
    this.namespace = new FarmNamespace(this, 'namespace', { name: farm.namespace });
    this.definition = new CacheClusterDefinition(this, 'cache-cluster-definition');
    this.priorities = new FarmPriorities(this, 'priorities');
    this.redisScripts = this.site.witness
      ? undefined
      : new RedisScripts(this, NAME.redisScripts, { namespace: farm.namespace });
    this.sentinelScripts = new SentinelScripts(this, NAME.sentinelScripts, {
      farm: farm.name,
      namespace: farm.namespace,
    });
    for (const group of farm.sentinelGroups) this.addSentinelGroup(group);
    if (!this.site.witness) for (const tier of farm.tiers) this.addTier(tier);
    this.config = this.site.witness ? undefined : new FarmConfig(this, 'config', { namespace: farm.namespace, farm });
    this.barn = this.config && this.makeBarn(this.config);
    if (!this.barn) barnAccess(this, 'barn-access', farm.namespace, farm.web);
    this.seedJob = this.isFirst()
      ? new SeedJob(this, 'seed', { ...this.place, image: farm.images.cachefarm })
      : undefined;
    this.networkPolicy = this.site.witness ? undefined : this.makeNetworkPolicy();
    this.monitoring =
      props.monitoring === 'podMonitor'
        ? new FarmMonitoring(this, 'monitoring', { farm: farm.name, namespace: farm.namespace })
        : undefined;
  }

  get tiers(): readonly RedisTier[] {
    return this.redisTiers;
  }

  get sentinelGroups(): readonly SentinelGroup[] {
    return this.groups;
  }

  addTier(tier: Tier): RedisTier {
    const { farm, monitoring = 'annotations' } = this.props;
    const redisTier = new RedisTier(this, `tier-${tier.name}`, {
      ...this.place,
      tier,
      auth: farm.auth,
      image: farm.images.redis,
      exporter: farm.exporter,
      exporterImage: farm.images.exporter,
      scrapeAnnotations: monitoring === 'annotations',
      ...(this.redisScripts ? { scripts: this.redisScripts } : {}),
    });
    this.redisTiers.push(redisTier);
    return redisTier;
  }

  /** Makes the group known to the pods, and its sentinels where this datacenter holds some. */
  addSentinelGroup(group: SentinelGroupValues): SentinelGroup | undefined {
    const { farm } = this.props;
    this.redisScripts?.addSentinelGroup({
      group: group.name,
      replicated: group.replicated,
      size: group.size,
      addresses: sentinelPods(farm, group).map(({ host }) => `${host}:${group.port}`),
    });
    for (const sentinel of sentinelPods(farm, group)) this.sentinelScripts.addSentinel(sentinel);
    const member = group.members.find((m) => m.datacenter === this.site.name);
    if (!member) return undefined;
    const made = new SentinelGroup(this, NAME.sentinelSet(group.name), {
      ...this.place,
      name: group.name,
      port: group.port,
      replicas: member.replicas,
      domain: this.site.domain,
      loadBalancer: this.props.sentinelLoadBalancer ?? false,
      auth: farm.auth,
      image: farm.images.redis,
      scripts: this.sentinelScripts,
    });
    this.groups.push(made);
    return made;
  }

  private isFirst(): boolean {
    return this.props.farm.datacenters.find((d) => !d.witness) === this.site;
  }

  private makeBarn(config: FarmConfig): Barn {
    const { farm, monitoring = 'annotations' } = this.props;
    return new Barn(this, 'barn', {
      ...this.place,
      image: farm.images.cachefarm,
      port: farm.barnPort,
      ...(farm.web ? { web: farm.web } : {}),
      scrapeAnnotations: monitoring === 'annotations',
      config,
    });
  }

  private makeNetworkPolicy(): FarmNetworkPolicy {
    const { farm } = this.props;
    return new FarmNetworkPolicy(this, 'network-policy', {
      farm: farm.name,
      namespace: farm.namespace,
      redisPorts: farm.tiers.flatMap((tier) => tier.ports),
      sentinelPorts: farm.sentinelGroups.map((group) => group.port),
      barnPort: farm.barnPort,
      ...(farm.web ? { webPort: farm.web.port } : {}),
    });
  }
}

function datacenterOf(farm: Farm, name: string): Datacenter {
  const found = farm.datacenters.find((d) => d.name === name);
  if (found) return found;
  throw new Error(
    `farm ${farm.name} has no datacenter ${name}; it has ${farm.datacenters.map((d) => d.name).join(', ')}`,
  );
}

interface SentinelPod {
  readonly datacenter: string;
  readonly pod: string;
  readonly host: string;
}

/** Every sentinel of a group, wherever it runs, as its StatefulSet will name it. */
function sentinelPods(farm: Farm, group: SentinelGroupValues): SentinelPod[] {
  return group.members.flatMap(({ datacenter, replicas }) => {
    const host = sentinelHost(group.name, datacenterOf(farm, datacenter).domain);
    return Array.from({ length: replicas }, (_, ordinal) => {
      const pod = `${NAME.sentinelSet(group.name)}-${ordinal}`;
      return { datacenter, pod, host: `${pod}.${host}` };
    });
  });
}
