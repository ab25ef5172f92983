import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Web } from '../src/farm/model.js';
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
  /** the page and the HTTP API; @default - none */
  readonly web?: Web;
  /** prometheus.io annotations on the pod; @default true */
  readonly scrapeAnnotations?: boolean;
  /** @default cachefarm-sentinel */
  readonly priorityClassName?: string;
  /** one in each datacenter: of all of them one leads, the others look on and take over; @default 1 */
  readonly replicas?: number;
  /** @default - a ConfigMap `farm` made elsewhere, whose changes restart nothing */
  readonly config?: FarmConfig;
}

/** All that Barn writes to a KubeCluster for itself: the status of cache clusters, its Lease, Events. What it does to pods it does over Redis. */
const RULES: readonly k8s.PolicyRule[] = [
  { apiGroups: [DOMAIN], resources: ['cacheclusters/status'], verbs: ['patch'] },
  // `create` cannot be limited by name: the name is not known yet when the request is authorized.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [NAME.barn], verbs: ['get', 'update'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

/**
 * What it writes for the people who use its page, each of whom a SubjectAccessReview has allowed it: server-side apply makes an object (create)
 * or changes it (patch), and a deletion is marked before it is done. No update, no deletecollection, no other kind.
 */
const DECLARES: readonly k8s.PolicyRule[] = [
  { apiGroups: [DOMAIN], resources: ['cacheclusters'], verbs: ['create', 'patch', 'delete'] },
];
/** Drain marks are annotations. RBAC knows no fields: who may patch a pod or a machine may patch all of it, which is why a farm has to ask for it. */
const MARKS_PODS: readonly k8s.PolicyRule[] = [{ apiGroups: [''], resources: ['pods'], verbs: ['patch'] }];
const MARKS_MACHINES: readonly k8s.PolicyRule[] = [{ apiGroups: [''], resources: ['nodes'], verbs: ['patch'] }];
/** Whose token it is, and what he may do: both questions are asked of the whole KubeCluster. They change nothing. */
const ASKS: readonly k8s.PolicyRule[] = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];

const webRules = ({ changes }: Web): readonly k8s.PolicyRule[] => [
  ...(changes === 'none' ? [] : DECLARES),
  ...(changes === 'all' ? MARKS_PODS : []),
];
const wideWebRules = ({ changes }: Web): readonly k8s.PolicyRule[] => [
  ...ASKS,
  ...(changes === 'all' ? MARKS_MACHINES : []),
];

/** What every Barn of the farm may do in this KubeCluster. A witness has it too: its Lease decides when one of two datacenters is lost. */
export const barnAccess = (scope: Construct, id: string, namespace: string, web?: Web): FarmAccess =>
  new FarmAccess(scope, id, {
    namespace,
    name: NAME.barn,
    rules: [...RULES, ...(web ? webRules(web) : [])],
    wideRules: web ? wideWebRules(web) : [],
  });

/** The control loop. Not on the host network: it only calls out, and is called for its health and metrics, and for the page. */
export class Barn extends Construct {
  readonly deployment: k8s.KubeDeployment;
  readonly access: FarmAccess;
  /** before the page and the HTTP API, inside the KubeCluster only; undefined where there is none */
  readonly service: k8s.KubeService | undefined;

  constructor(scope: Construct, id: string, props: BarnProps) {
    super(scope, id);
    const { farm, namespace, datacenter, port = PORT.barn } = props;
    const labels = farmLabels(props, 'barn');
    this.access = barnAccess(this, 'access', namespace, props.web);
    this.service = props.web && webService(this, props.web, namespace, labels);
    this.deployment = new kube.KubeDeployment(this, 'Default', {
      metadata: { name: NAME.barn, namespace, labels, annotations: syncWave(WAVE.barn) },
      spec: {
        replicas: props.replicas ?? 1,
        // The old one is gone, and has given its Leases back, before the new one starts: another datacenter's leads meanwhile.
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
            container: barnContainer(props.image ?? DEFAULT_IMAGES.cachefarm, datacenter, { port, web: props.web }),
          }),
          props.priorityClassName ?? NAME.prioritySentinel,
          props.scrapeAnnotations === false ? undefined : port,
        ),
      },
    });
    this.node.addValidation({ validate: () => imageProblems(props.image) });
  }
}

/** A Barn that is not ready has not seen the farm, and has nothing to tell. */
const webService = (scope: Construct, web: Web, namespace: string, labels: Record<string, string>): k8s.KubeService =>
  new kube.KubeService(scope, 'web', {
    metadata: { name: NAME.barn, namespace, labels, annotations: syncWave(WAVE.barn) },
    spec: {
      type: 'ClusterIP',
      selector: labels,
      ports: [{ name: 'web', port: web.port, targetPort: kube.IntOrString.fromString('web'), protocol: 'TCP' }],
    },
  });

interface BarnPorts {
  readonly port: number;
  readonly web: Web | undefined;
}

const barnContainer = (image: string, datacenter: string, { port, web }: BarnPorts): k8s.Container => ({
  ...operatorContainer(CONTAINER.barn, image, datacenter),
  ports: [
    { name: 'http', containerPort: port, protocol: 'TCP' },
    ...(web ? [{ name: 'web', containerPort: web.port, protocol: 'TCP' }] : []),
  ],
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
