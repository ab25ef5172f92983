import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { formatQuantity } from '../src/farm/bytes.js';
import type { ExporterForm } from '../src/farm/model.js';
import { DEFAULT_IMAGES, exporterForm } from '../src/farm/resolve.js';
import { exporterPort, NAME } from '../src/farm/words.js';
import { keepAlways, syncWave, WAVE } from './argo-annotations.js';
import { type FarmScope, farmLabels } from './farm-labels.js';
import { imageProblems } from './image-problems.js';
import { kube } from './kube.js';
import { setNameProblems } from './object-name.js';
import { bytes } from './pod-parts.js';
import { redisPodTemplate, redisSelector } from './redis-pod.js';
import type { RedisScripts } from './redis-scripts.js';

/** A memory class. A `Tier` of the farm model is one. */
export interface RedisTierValues {
  /** `M1` */
  readonly name: string;
  /** Redis' maxmemory */
  readonly maxMemoryBytes: number;
  /** memory request = limit of the redis container; at least 1.25 x maxMemoryBytes */
  readonly memoryBytes: number;
  /** one StatefulSet for each */
  readonly ports: readonly number[];
  /** pods for every port in this datacenter */
  readonly replicas: number;
  /** @default allkeys-lru */
  readonly maxMemoryPolicy?: string;
  /** @default none */
  readonly persistence?: 'none' | 'aof' | 'rdb';
  /** size of the volume where persistence is aof or rdb; @default 2 x maxMemoryBytes */
  readonly volumeBytes?: number;
  /** @default - the KubeCluster's default storage class */
  readonly storageClass?: string;
  /** CPU request in thousandths of a core; @default 100 */
  readonly cpuMillis?: number;
  /** Parallel: one broken pod does not block the healing of the others; @default Parallel */
  readonly podManagement?: 'Parallel' | 'OrderedReady';
}

export interface RedisTierProps extends FarmScope {
  readonly tier: RedisTierValues;
  /** @default password */
  readonly auth?: 'password' | 'none';
  /** @default - the redis image of DEFAULT_IMAGES */
  readonly image?: string;
  /**
   * metrics on port + 5000: from a native sidecar (Kubernetes 1.29 or newer) or a plain container; true: sidecar, false: none;
   * @default sidecar
   */
  readonly exporter?: boolean | ExporterForm;
  /** @default - the exporter image of DEFAULT_IMAGES */
  readonly exporterImage?: string;
  /** prometheus.io annotations on the pods; @default true */
  readonly scrapeAnnotations?: boolean;
  /** @default cachefarm-redis */
  readonly priorityClassName?: string;
  /** @default - a ConfigMap `redis-scripts` made elsewhere, whose changes ask for no restart */
  readonly scripts?: RedisScripts;
}

/** The fragmentation, copy-on-write and client buffers that maxmemory does not count (design: limit >= 1.25 x maxmemory). */
const MEMORY_HEADROOM = 1.25;

/**
 * The pods of one memory class in one datacenter: a StatefulSet for every port, on the host network, without a Service.
 * A pod takes a changed template only when it is deleted, and nothing here deletes one: the pace of an upgrade is that of whoever does.
 */
export class RedisTier extends Construct {
  private readonly sets = new Map<number, k8s.KubeStatefulSet>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RedisTierProps,
  ) {
    super(scope, id);
    for (const port of new Set(props.tier.ports)) this.addPort(port);
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** In declared order of the ports. */
  get statefulSets(): readonly k8s.KubeStatefulSet[] {
    return [...this.sets.values()];
  }

  /** The StatefulSet of a port, for patches; undefined when the tier has no such port. */
  statefulSet(port: number): k8s.KubeStatefulSet | undefined {
    return this.sets.get(port);
  }

  addPort(port: number): k8s.KubeStatefulSet {
    const { farm, namespace, tier } = this.props;
    const set = new kube.KubeStatefulSet(this, String(port), {
      metadata: {
        name: NAME.redisSet(tier.name, port),
        namespace,
        labels: { ...farmLabels(this.props, 'redis'), ...redisSelector(farm, tier.name, port) },
        annotations: { ...syncWave(WAVE.pools), ...keepAlways() },
      },
      spec: {
        // No Service: discovery is Sentinel's, and a governing Service is only for the pods' DNS names.
        serviceName: '',
        replicas: tier.replicas,
        podManagementPolicy: tier.podManagement ?? 'Parallel',
        updateStrategy: { type: 'OnDelete' },
        revisionHistoryLimit: 3,
        selector: { matchLabels: redisSelector(farm, tier.name, port) },
        template: redisPodTemplate(this.podValues(port)),
        ...this.volumeClaims(),
      },
    });
    this.sets.set(port, set);
    return set;
  }

  private podValues(port: number) {
    const { tier, scripts, ...props } = this.props;
    return {
      farm: props.farm,
      namespace: props.namespace,
      datacenter: props.datacenter,
      tier: tier.name,
      port,
      maxMemoryBytes: tier.maxMemoryBytes,
      memoryBytes: tier.memoryBytes,
      cpuMillis: tier.cpuMillis ?? 100,
      maxMemoryPolicy: tier.maxMemoryPolicy ?? 'allkeys-lru',
      persistence: tier.persistence ?? 'none',
      auth: props.auth ?? 'password',
      image: props.image ?? DEFAULT_IMAGES.redis,
      exporter: exporterForm(props.exporter),
      exporterImage: props.exporterImage ?? DEFAULT_IMAGES.exporter,
      scrapeAnnotations: props.scrapeAnnotations ?? true,
      priorityClassName: props.priorityClassName ?? NAME.priorityRedis,
      scriptsHash: scripts?.hash,
    };
  }

  private volumeClaims(): Pick<k8s.StatefulSetSpec, 'volumeClaimTemplates'> {
    const { persistence = 'none', volumeBytes, maxMemoryBytes, storageClass } = this.props.tier;
    if (persistence === 'none') return {};
    const storage = bytes(volumeBytes ?? 2 * maxMemoryBytes);
    const spec = {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    };
    return { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] };
  }

  private problems(): string[] {
    const { tier, exporter, image, exporterImage } = this.props;
    const longest = NAME.redisSet(tier.name, Math.max(0, ...this.sets.keys()));
    const problems = [...setNameProblems(longest, tier.name), ...imageProblems(image), ...imageProblems(exporterImage)];
    if (!Number.isInteger(tier.replicas) || tier.replicas < 1)
      problems.push(`replicas is ${tier.replicas}, need a whole number from 1`);
    if (this.sets.size === 0) problems.push('no ports: a tier needs at least one, each gets a StatefulSet of its own');
    if (tier.memoryBytes < MEMORY_HEADROOM * tier.maxMemoryBytes)
      problems.push(
        `maxMemory ${formatQuantity(tier.maxMemoryBytes)} leaves no headroom under memory ${formatQuantity(tier.memoryBytes)} ` +
          `(need at least ${MEMORY_HEADROOM}x, ${formatQuantity(Math.ceil(MEMORY_HEADROOM * tier.maxMemoryBytes))})`,
      );
    return [...problems, ...portProblems(tier.ports, [...this.sets.keys()], exporter !== false)];
  }
}

function portProblems(declared: readonly number[], ports: readonly number[], exporter: boolean): string[] {
  const problems = [...new Set(declared.filter((port, index) => declared.indexOf(port) !== index))].map(
    (port) => `port ${port} is declared twice`,
  );
  for (const port of ports) {
    if (!Number.isInteger(port) || port < 1024 || port > 65_535)
      problems.push(`port ${port} is out of range: 1024 to 65535, pods are not root`);
    if (exporter && ports.includes(exporterPort(port)))
      problems.push(`port ${exporterPort(port)} is the exporter of port ${port}; both are host ports of one machine`);
  }
  return problems;
}
