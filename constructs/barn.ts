import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DEFAULT_IMAGES } from '../src/farm/resolve.js';
import { CONTAINER, DOMAIN, NAME, PORT } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { FarmAccess } from './farm-access.js';
import type { FarmConfig } from './farm-config.js';
import { type FarmScope, farmLabels } from './farm-labels.js';
import { imageProblems } from './image-problems.js';
import { kube } from './kube.js';
import { operatorContainer, operatorPodTemplate } from './operator-pod.js';

export interface BarnProps extends FarmScope {
  /** @default - the cachefarm image of DEFAULT_IMAGES */
  readonly image?: string;
  /** health, readiness and metrics; @default 9180 */
  readonly port?: number;
  /** prometheus.io annotations on the pod; @default true */
  readonly scrapeAnnotations?: boolean;
  /** @default cachefarm-sentinel */
  readonly priorityClassName?: string;
  /** one loop at a time is enough; 0 keeps it ready to be scaled up where another datacenter runs it; @default 1 */
  readonly replicas?: number;
  /** @default - a ConfigMap `farm` made elsewhere, whose changes restart nothing */
  readonly config?: FarmConfig;
}

/** What Barn writes: the status of cache clusters, its Lease, Events; and it deletes a pod of its namespace to replace it. */
const RULES: readonly k8s.PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
  { apiGroups: [DOMAIN], resources: ['cacheclusters/status'], verbs: ['get', 'patch', 'update'] },
  // `create` cannot be limited by name: the name is not known yet when the request is authorized.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [NAME.barn], verbs: ['get', 'update'] },
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

/** The control loop. Not on the host network: it only calls out, and is called for its health and metrics. */
export class Barn extends Construct {
  readonly deployment: k8s.KubeDeployment;
  readonly access: FarmAccess;

  constructor(scope: Construct, id: string, props: BarnProps) {
    super(scope, id);
    const { farm, namespace, datacenter, port = PORT.barn } = props;
    const labels = farmLabels(props, 'barn');
    this.access = new FarmAccess(this, 'access', { namespace, name: NAME.barn, rules: RULES });
    this.deployment = new kube.KubeDeployment(this, 'Default', {
      metadata: { name: NAME.barn, namespace, labels, annotations: syncWave(WAVE.barn) },
      spec: {
        replicas: props.replicas ?? 1,
        // The old one is gone before the new one starts; leases and epochs would hold two apart, but nothing is gained by two.
        strategy: { type: 'Recreate' },
        revisionHistoryLimit: 3,
        selector: { matchLabels: labels },
        template: withScrape(
          operatorPodTemplate({
            farm,
            namespace,
            datacenter,
            role: 'barn',
            serviceAccount: NAME.barn,
            restartPolicy: 'Always',
            configHash: props.config?.hash,
            container: barnContainer(props.image ?? DEFAULT_IMAGES.cachefarm, datacenter, port),
          }),
          props.priorityClassName ?? NAME.prioritySentinel,
          props.scrapeAnnotations === false ? undefined : port,
        ),
      },
    });
    this.node.addValidation({ validate: () => imageProblems(props.image) });
  }
}

const barnContainer = (image: string, datacenter: string, port: number): k8s.Container => ({
  ...operatorContainer(CONTAINER.barn, image, datacenter),
  ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
  livenessProbe: { httpGet: { path: '/healthz', port: kube.IntOrString.fromNumber(port) }, periodSeconds: 10 },
  readinessProbe: { httpGet: { path: '/readyz', port: kube.IntOrString.fromNumber(port) }, periodSeconds: 5 },
});

function withScrape(
  template: k8s.PodTemplateSpec,
  priorityClassName: string,
  port: number | undefined,
): k8s.PodTemplateSpec {
  const scrape: Record<string, string> =
    port === undefined ? {} : { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) };
  return {
    metadata: { ...template.metadata, annotations: { ...template.metadata?.annotations, ...scrape } },
    spec: { containers: [], ...template.spec, priorityClassName },
  };
}
