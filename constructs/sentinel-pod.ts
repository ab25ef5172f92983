/** The template of a sentinel's pod. */
import type { k8s } from 'cdk8s-plus-28';
import { SENTINEL_BYTES } from '../src/farm/check-machines.js';
import { CONTAINER, ENV, LABEL, NAME, SCRIPT } from '../src/farm/words.js';
import { type FarmScope, farmLabels } from './farm-labels.js';
import { containerSecurityContext, onHostNetwork, podSecurityContext, withoutKubernetesApi } from './hardened-pod.js';
import { PATH } from './paths.js';
import * as part from './pod-parts.js';
import { CONFIG_HASH } from './scripts-hash.js';

export interface SentinelPodValues extends FarmScope {
  readonly group: string;
  readonly port: number;
  readonly auth: 'password' | 'none';
  readonly image: string;
  readonly priorityClassName: string;
  readonly scriptsHash: string | undefined;
}

/** Guaranteed QoS. Half a core, because a throttled sentinel goes into TILT and stops voting; 100 partitions need a few MiB. */
const RESOURCES = () => ({ cpu: part.millis(500), memory: part.bytes(SENTINEL_BYTES) });
/** sentinel.conf of 100 partitions is about 60 KiB and is rewritten beside itself. */
const RUN_SIZE = '8Mi';

/** Labels that the StatefulSet, the Services and the disruption budget select by. */
export const sentinelSelector = (farm: string, group: string): Record<string, string> => ({
  [LABEL.farm]: farm,
  [LABEL.role]: 'sentinel',
  [LABEL.sentinelGroup]: group,
});

const sentinelContainer = (pod: SentinelPodValues): k8s.Container => ({
  name: CONTAINER.sentinel,
  image: pod.image,
  command: ['sh', `${PATH.scripts}/${SCRIPT.sentinelStart}`],
  env: [
    part.field(ENV.ip, 'status.hostIP'),
    part.field(ENV.podName, 'metadata.name'),
    part.value(ENV.datacenter, pod.datacenter),
    part.value(ENV.port, String(pod.port)),
    part.value(ENV.sentinelGroup, pod.group),
    part.value(ENV.auth, pod.auth),
    part.value(ENV.scripts, PATH.scripts),
    part.value(ENV.secrets, PATH.secrets),
    part.value(ENV.run, PATH.run),
  ],
  ports: [part.hostPort('sentinel', pod.port)],
  resources: { requests: RESOURCES(), limits: RESOURCES() },
  readinessProbe: part.tcpProbe(pod.port),
  securityContext: containerSecurityContext(),
  volumeMounts: [
    part.readOnlyMount('scripts', PATH.scripts),
    part.readOnlyMount('secrets', PATH.secrets),
    part.mount('run', PATH.run),
  ],
});

export function sentinelPodTemplate(pod: SentinelPodValues): k8s.PodTemplateSpec {
  const selector = sentinelSelector(pod.farm, pod.group);
  return {
    metadata: {
      labels: { ...farmLabels(pod, 'sentinel'), ...selector },
      ...(pod.scriptsHash === undefined ? {} : { annotations: { [CONFIG_HASH]: pod.scriptsHash } }),
    },
    spec: {
      ...onHostNetwork(),
      ...withoutKubernetesApi(),
      affinity: part.apartByMachine(selector),
      topologySpreadConstraints: [part.spreadByZone(selector)],
      priorityClassName: pod.priorityClassName,
      securityContext: podSecurityContext(),
      terminationGracePeriodSeconds: 5,
      containers: [sentinelContainer(pod)],
      volumes: [
        part.configVolume('scripts', NAME.sentinelScripts),
        part.secretVolume('secrets', NAME.secret),
        part.memoryVolume('run', RUN_SIZE),
      ],
    },
  };
}
