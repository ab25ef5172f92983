/** The pod of our own program: the seed Job and Barn see the same files and the same environment. */
import type { k8s } from 'cdk8s-plus-28';
import { ENV, NAME, type Role } from '../src/farm/words.js';
import { type FarmScope, farmLabels } from './farm-labels.js';
import { containerSecurityContext, podSecurityContext } from './hardened-pod.js';
import { PATH } from './paths.js';
import * as part from './pod-parts.js';
import { CONFIG_HASH } from './scripts-hash.js';

export interface OperatorPodValues extends FarmScope {
  readonly role: Extract<Role, 'seed' | 'barn'>;
  readonly serviceAccount: string;
  readonly restartPolicy: 'Always' | 'Never';
  readonly configHash: string | undefined;
  /** ports, probes, ... */
  readonly container: k8s.Container;
}

export const operatorContainer = (command: string, image: string, datacenter: string): k8s.Container => ({
  name: command,
  image,
  command: ['cachefarm', command],
  env: [
    part.field(ENV.namespace, 'metadata.namespace'),
    part.field(ENV.podName, 'metadata.name'),
    part.field(ENV.ip, 'status.podIP'),
    // Without a kubeconfig for all KubeClusters it sees this one only, and must know which.
    part.value(ENV.datacenter, datacenter),
    part.value(ENV.farm, PATH.farm),
    part.value(ENV.secrets, PATH.secrets),
    part.value('KUBECONFIG', `${PATH.kube}/config`),
  ],
  resources: {
    requests: { cpu: part.millis(100), memory: part.bytes(256 * 2 ** 20) },
    limits: { memory: part.bytes(256 * 2 ** 20) },
  },
  securityContext: containerSecurityContext(),
  volumeMounts: [
    part.readOnlyMount('farm', PATH.farm),
    part.readOnlyMount('secrets', PATH.secrets),
    part.readOnlyMount('kube', PATH.kube),
  ],
});

export const operatorPodTemplate = (pod: OperatorPodValues): k8s.PodTemplateSpec => ({
  metadata: {
    labels: farmLabels(pod, pod.role),
    ...(pod.configHash === undefined ? {} : { annotations: { [CONFIG_HASH]: pod.configHash } }),
  },
  spec: {
    serviceAccountName: pod.serviceAccount,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: pod.restartPolicy,
    securityContext: podSecurityContext(),
    containers: [pod.container],
    volumes: [
      part.configVolume('farm', NAME.farmConfig),
      part.secretVolume('secrets', NAME.secret),
      part.secretVolume('kube', NAME.kubeconfig, true),
    ],
  },
});
