/** The template of a RedisPod: redis, and its exporter: a native sidecar (Kubernetes >= 1.29) or a plain container. */
import type { k8s } from 'cdk8s-plus-28';
import { EXPORTER_BYTES } from '../src/farm/check-machines.js';
import type { ExporterForm } from '../src/farm/model.js';
import { CONTAINER, ENV, exporterPort, LABEL, NAME, SCRIPT } from '../src/farm/words.js';
import { farmLabels } from './farm-labels.js';
import { containerSecurityContext } from './hardened-pod.js';
import { type HostPodValues, hostContainer, hostPodSpec } from './host-pod.js';
import { PATH } from './paths.js';
import * as part from './pod-parts.js';
import { CONFIG_HASH } from './scripts-hash.js';

/** All that a template needs, every default filled in. */
export interface RedisPodValues extends HostPodValues {
  readonly tier: string;
  readonly maxMemoryBytes: number;
  readonly memoryBytes: number;
  readonly cpuMillis: number;
  readonly maxMemoryPolicy: string;
  readonly persistence: 'none' | 'aof' | 'rdb';
  readonly exporter: ExporterForm | false;
  readonly exporterImage: string;
  readonly scrapeAnnotations: boolean;
}

/** What the redis container may write beside its data: rendered configuration and ACLs. */
const RUN_SIZE = '1Mi';
/** A cache has nothing to save, so it goes at once; a persistent one gets time for its last write. Seconds. */
const GRACE_SECONDS = { none: 5, aof: 30, rdb: 120 } as const;

/** Labels that a StatefulSet selects by. They can never change again, so they are few. */
export const redisSelector = (farm: string, tier: string, port: number): Record<string, string> => ({
  [LABEL.farm]: farm,
  [LABEL.role]: 'redis',
  [LABEL.tier]: tier,
  [LABEL.port]: String(port),
});

const redisContainer = (pod: RedisPodValues): k8s.Container =>
  hostContainer(pod, {
    name: CONTAINER.redis,
    script: SCRIPT.redisStart,
    resources: {
      requests: { cpu: part.millis(pod.cpuMillis), memory: part.bytes(pod.memoryBytes) },
      limits: { memory: part.bytes(pod.memoryBytes) },
    },
    env: [
      part.value(ENV.maxMemory, String(pod.maxMemoryBytes)),
      part.value(ENV.maxMemoryPolicy, pod.maxMemoryPolicy),
      part.value(ENV.persistence, pod.persistence),
    ],
    folders: [{ env: ENV.data, volume: 'data', path: PATH.data }],
  });

const exporterContainer = (pod: RedisPodValues): k8s.Container => ({
  name: CONTAINER.exporter,
  image: pod.exporterImage,
  env: [
    part.field(ENV.ip, 'status.hostIP'),
    part.value('REDIS_ADDR', `redis://$(${ENV.ip}):${pod.port}`),
    part.value('REDIS_USER', 'exporter'),
    part.secretValue('REDIS_PASSWORD', NAME.secret, 'exporter'),
    part.value('REDIS_EXPORTER_WEB_LISTEN_ADDRESS', `$(${ENV.ip}):${exporterPort(pod.port)}`),
  ],
  ports: [part.hostPort('metrics', exporterPort(pod.port))],
  resources: {
    requests: { cpu: part.millis(10), memory: part.bytes(EXPORTER_BYTES) },
    limits: { memory: part.bytes(EXPORTER_BYTES) },
  },
  securityContext: containerSecurityContext(),
});

/**
 * A native sidecar is up before redis and ends after it, so that its last figures are read. Where Kubernetes is older than that (1.28 without
 * its feature gate drops the restartPolicy, and the pod waits for the exporter to end), a plain container does: the two start and end as
 * they like, and nothing of the fence depends on it.
 */
function exporterParts(pod: RedisPodValues): { readonly beside: k8s.Container[]; readonly before?: k8s.Container[] } {
  switch (pod.exporter) {
    case false:
      return { beside: [] };
    case 'container':
      return { beside: [exporterContainer(pod)] };
    case 'sidecar':
      return { beside: [], before: [{ ...exporterContainer(pod), restartPolicy: 'Always' }] };
  }
}

function annotations(pod: RedisPodValues): Record<string, string> {
  const scrape = pod.exporter !== false && pod.scrapeAnnotations;
  return {
    ...(pod.scriptsHash === undefined ? {} : { [CONFIG_HASH]: pod.scriptsHash }),
    ...(scrape ? { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(exporterPort(pod.port)) } : {}),
  };
}

export function redisPodTemplate(pod: RedisPodValues): k8s.PodTemplateSpec {
  const selector = redisSelector(pod.farm, pod.tier, pod.port);
  const annotated = annotations(pod);
  const exporter = exporterParts(pod);
  return {
    metadata: {
      labels: { ...farmLabels(pod, 'redis'), ...selector },
      ...(Object.keys(annotated).length > 0 ? { annotations: annotated } : {}),
    },
    spec: hostPodSpec(pod, {
      selector,
      scripts: NAME.redisScripts,
      runSize: RUN_SIZE,
      graceSeconds: GRACE_SECONDS[pod.persistence],
      containers: [redisContainer(pod), ...exporter.beside],
      ...(exporter.before ? { initContainers: exporter.before } : {}),
      volumes: pod.persistence === 'none' ? [{ name: 'data', emptyDir: {} }] : [],
    }),
  };
}
