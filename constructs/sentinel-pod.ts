/** The template of a sentinel's pod. */
import type { k8s } from 'cdk8s-plus-28';
import { SENTINEL_BYTES } from '../src/farm/check-machines.js';
import { CONTAINER, ENV, LABEL, NAME, SCRIPT } from '../src/farm/words.js';
import { farmLabels } from './farm-labels.js';
import { type HostPodValues, hostContainer, hostPodSpec } from './host-pod.js';
import * as part from './pod-parts.js';
import { CONFIG_HASH } from './scripts-hash.js';

export interface SentinelPodValues extends HostPodValues {
  readonly group: string;
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

const sentinelContainer = (pod: SentinelPodValues): k8s.Container =>
  hostContainer(pod, {
    name: CONTAINER.sentinel,
    script: SCRIPT.sentinelStart,
    resources: { requests: RESOURCES(), limits: RESOURCES() },
    env: [part.value(ENV.sentinelGroup, pod.group)],
  });

export function sentinelPodTemplate(pod: SentinelPodValues): k8s.PodTemplateSpec {
  const selector = sentinelSelector(pod.farm, pod.group);
  return {
    metadata: {
      labels: { ...farmLabels(pod, 'sentinel'), ...selector },
      ...(pod.scriptsHash === undefined ? {} : { annotations: { [CONFIG_HASH]: pod.scriptsHash } }),
    },
    spec: hostPodSpec(pod, {
      selector,
      scripts: NAME.sentinelScripts,
      runSize: RUN_SIZE,
      graceSeconds: 5,
      containers: [sentinelContainer(pod)],
    }),
  };
}
