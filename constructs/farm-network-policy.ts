import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { LABEL, PORT } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { kube } from './kube.js';

export interface FarmNetworkPolicyProps {
  /** name of the farm */
  readonly farm: string;
  readonly namespace: string;
  readonly redisPorts: readonly number[];
  readonly sentinelPorts: readonly number[];
  /** @default 9180 */
  readonly barnPort?: number;
  /** the page and the HTTP API; @default - none */
  readonly webPort?: number;
  /** ports of the Kubernetes API; @default 443, 6443 */
  readonly apiPorts?: readonly number[];
}

/**
 * Fences the pods that are not on the host network: Barn and the seed Job reach Redis, Sentinel, DNS and the Kubernetes API, and are
 * reached for metrics and for the page. Redis and Sentinel pods are left out on purpose: what a NetworkPolicy does to hostNetwork pods is undefined.
 */
export class FarmNetworkPolicy extends Construct {
  readonly policy: k8s.KubeNetworkPolicy;

  constructor(scope: Construct, id: string, props: FarmNetworkPolicyProps) {
    super(scope, id);
    const tcp = (ports: readonly number[]): k8s.NetworkPolicyPort[] => ports.map((port) => portRule(port, 'TCP'));
    const { barnPort = PORT.barn, apiPorts = [443, 6443] } = props;
    this.policy = new kube.KubeNetworkPolicy(this, 'Default', {
      metadata: { name: 'cachefarm-operator', namespace: props.namespace, annotations: syncWave(WAVE.foundations) },
      spec: {
        podSelector: {
          matchLabels: { [LABEL.farm]: props.farm },
          matchExpressions: [{ key: LABEL.role, operator: 'In', values: ['barn', 'seed'] }],
        },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: tcp([barnPort, ...(props.webPort === undefined ? [] : [props.webPort])]) }],
        egress: [
          { ports: [portRule(53, 'UDP'), portRule(53, 'TCP')] },
          { ports: tcp(apiPorts) },
          { ports: tcp(props.redisPorts) },
          { ports: tcp(props.sentinelPorts) },
        ],
      },
    });
    // An empty list of ports means every port: a farm without sentinels must not open all.
    this.node.addValidation({
      validate: () =>
        [
          ['redisPorts', props.redisPorts] as const,
          ['sentinelPorts', props.sentinelPorts] as const,
          ['apiPorts', apiPorts] as const,
        ].flatMap(([name, ports]) =>
          ports.length > 0 ? [] : [`${name} is empty, which would allow every port; name at least one`],
        ),
    });
  }
}

const portRule = (port: number, protocol: 'TCP' | 'UDP'): k8s.NetworkPolicyPort => ({
  port: kube.IntOrString.fromNumber(port),
  protocol,
});
