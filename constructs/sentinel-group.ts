import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { sentinelHost } from '../src/farm/model.js';
import { DEFAULT_IMAGES } from '../src/farm/resolve.js';
import { LABEL, NAME } from '../src/farm/words.js';
import { keepAlways, syncWave, WAVE } from './argo-annotations.js';
import { type FarmScope, farmLabels } from './farm-labels.js';
import { imageProblems } from './image-problems.js';
import { kube } from './kube.js';
import { setNameProblems } from './object-name.js';
import { sentinelPodTemplate, sentinelSelector } from './sentinel-pod.js';
import type { SentinelScripts } from './sentinel-scripts.js';

export interface SentinelGroupProps extends FarmScope {
  /** `main-0` */
  readonly name: string;
  readonly port: number;
  /** sentinels of the group in this datacenter */
  readonly replicas: number;
  /** DNS domain under which its sentinels are found from every datacenter: `sentinel-<name>.<domain>` */
  readonly domain: string;
  /**
   * A LoadBalancer beside the headless Service, for clients that cannot reach the machines. Clients only look up there;
   * never point sentinels or Barn at it: who asks a group behind one address sees a random member.
   * @default false
   */
  readonly loadBalancer?: boolean;
  /** @default password */
  readonly auth?: 'password' | 'none';
  /** @default - the redis image of DEFAULT_IMAGES */
  readonly image?: string;
  /** @default cachefarm-sentinel */
  readonly priorityClassName?: string;
  /** @default - a ConfigMap `sentinel-scripts` made elsewhere, whose changes ask for no restart */
  readonly scripts?: SentinelScripts;
}

/** The sentinels of one group in one datacenter, under one stable name. The other datacenters hold the rest of the group. */
export class SentinelGroup extends Construct {
  readonly statefulSet: k8s.KubeStatefulSet;
  readonly service: k8s.KubeService;
  readonly disruptionBudget: k8s.KubePodDisruptionBudget;
  /** undefined without `loadBalancer` */
  readonly loadBalancer: k8s.KubeService | undefined;
  private readonly selector: Record<string, string>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SentinelGroupProps,
  ) {
    super(scope, id);
    this.selector = sentinelSelector(props.farm, props.name);
    this.service = this.makeService();
    this.statefulSet = this.makeStatefulSet();
    this.disruptionBudget = new kube.KubePodDisruptionBudget(this, 'disruption-budget', {
      metadata: this.metadata(NAME.sentinelSet(props.name)),
      spec: { maxUnavailable: kube.IntOrString.fromNumber(1), selector: { matchLabels: this.selector } },
    });
    this.loadBalancer = props.loadBalancer ? this.makeLoadBalancer() : undefined;
    this.node.addValidation({ validate: () => this.problems() });
  }

  private metadata(name: string, annotations: Readonly<Record<string, string>> = {}): k8s.ObjectMeta {
    return {
      name,
      namespace: this.props.namespace,
      labels: { ...farmLabels(this.props, 'sentinel'), [LABEL.sentinelGroup]: this.props.name },
      annotations: { ...syncWave(WAVE.sentinels), ...annotations },
    };
  }

  private ports(): k8s.ServicePort[] {
    const { port } = this.props;
    return [{ name: 'sentinel', port, targetPort: kube.IntOrString.fromNumber(port), protocol: 'TCP' }];
  }

  private makeService(): k8s.KubeService {
    const host = sentinelHost(this.props.name, this.props.domain);
    return new kube.KubeService(this, 'service', {
      metadata: this.metadata(NAME.sentinelService(this.props.name), {
        // external-dns makes <pod>.<host> for each pod, so that every datacenter finds each sentinel by name.
        'external-dns.alpha.kubernetes.io/hostname': host,
      }),
      spec: {
        clusterIp: 'None',
        // A sentinel that is not ready yet is what the others are waiting for.
        publishNotReadyAddresses: true,
        selector: this.selector,
        ports: this.ports(),
      },
    });
  }

  private makeLoadBalancer(): k8s.KubeService {
    return new kube.KubeService(this, 'load-balancer', {
      metadata: this.metadata(`${NAME.sentinelService(this.props.name)}-lookup`),
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', selector: this.selector, ports: this.ports() },
    });
  }

  private makeStatefulSet(): k8s.KubeStatefulSet {
    const { props } = this;
    return new kube.KubeStatefulSet(this, 'Default', {
      metadata: this.metadata(NAME.sentinelSet(props.name), keepAlways()),
      spec: {
        serviceName: NAME.sentinelService(props.name),
        replicas: props.replicas,
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'OnDelete' },
        revisionHistoryLimit: 3,
        selector: { matchLabels: this.selector },
        template: sentinelPodTemplate({
          farm: props.farm,
          namespace: props.namespace,
          datacenter: props.datacenter,
          group: props.name,
          port: props.port,
          auth: props.auth ?? 'password',
          image: props.image ?? DEFAULT_IMAGES.redis,
          priorityClassName: props.priorityClassName ?? NAME.prioritySentinel,
          scriptsHash: props.scripts?.hash,
        }),
      },
    });
  }

  private problems(): string[] {
    const { name, replicas, port, image } = this.props;
    const problems = [...setNameProblems(NAME.sentinelSet(name), name), ...imageProblems(image)];
    if (!Number.isInteger(replicas) || replicas < 1)
      problems.push(
        `replicas is ${replicas}, need a whole number from 1; leave the group out of a datacenter that holds none of it`,
      );
    if (!Number.isInteger(port) || port < 1024 || port > 65_535)
      problems.push(`port ${port} is out of range: 1024 to 65535, pods are not root`);
    return problems;
  }
}
