/** The template of a RedisPod: redis, and its exporter as a native sidecar (Kubernetes >= 1.29). */
import type { k8s } from 'cdk8s-plus-28';
import { EXPORTER_BYTES } from '../src/farm/check-machines.js';
import { CONTAINER, ENV, exporterPort, LABEL, NAME, SCRIPT } from '../src/farm/words.js';
import { type FarmScope, farmLabels } from './farm-labels.js';
import { containerSecurityContext, onHostNetwork, podSecurityContext, withoutKubernetesApi } from './hardened-pod.js';
import { PATH } from './paths.js';
import * as part from './pod-parts.js';
import { CONFIG_HASH } from './scripts-hash.js';

/** All that a template needs, every default filled in. */
export interface RedisPodValues extends FarmScope {
  readonly tier: string;
  readonly port: number;
  readonly maxMemoryBytes: number;
  readonly memoryBytes: number;
  readonly cpuMillis: number;
  readonly maxMemoryPolicy: string;
  readonly persistence: 'none' | 'aof' | 'rdb';
  readonly auth: 'password' | 'none';
  readonly image: string;
  /** undefined: no exporter */
  readonly exporterImage: string | undefined;
  readonly scrapeAnnotations: boolean;
  readonly priorityClassName: string;
  readonly scriptsHash: string | undefined;
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

const environment = (pod: RedisPodValues): k8s.EnvVar[] => [
  part.field(ENV.ip, 'status.hostIP'),
  part.field(ENV.podName, 'metadata.name'),
  part.value(ENV.datacenter, pod.datacenter),
  part.value(ENV.port, String(pod.port)),
  part.value(ENV.maxMemory, String(pod.maxMemoryBytes)),
  part.value(ENV.maxMemoryPolicy, pod.maxMemoryPolicy),
  part.value(ENV.persistence, pod.persistence),
  part.value(ENV.auth, pod.auth),
  part.value(ENV.scripts, PATH.scripts),
  part.value(ENV.secrets, PATH.secrets),
  part.value(ENV.run, PATH.run),
  part.value(ENV.data, PATH.data),
];

const redisContainer = (pod: RedisPodValues): k8s.Container => ({
  name: CONTAINER.redis,
  image: pod.image,
  command: ['sh', `${PATH.scripts}/${SCRIPT.redisStart}`],
  env: environment(pod),
  ports: [part.hostPort('redis', pod.port)],
  resources: {
    requests: { cpu: part.millis(pod.cpuMillis), memory: part.bytes(pod.memoryBytes) },
    limits: { memory: part.bytes(pod.memoryBytes) },
  },
  readinessProbe: part.tcpProbe(pod.port),
  securityContext: containerSecurityContext(),
  volumeMounts: [
    part.readOnlyMount('scripts', PATH.scripts),
    part.readOnlyMount('secrets', PATH.secrets),
    part.mount('run', PATH.run),
    part.mount('data', PATH.data),
  ],
});

const exporterContainer = (pod: RedisPodValues, image: string): k8s.Container => ({
  name: CONTAINER.exporter,
  image,
  restartPolicy: 'Always',
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

function annotations(pod: RedisPodValues): Record<string, string> {
  const scrape = pod.exporterImage !== undefined && pod.scrapeAnnotations;
  return {
    ...(pod.scriptsHash === undefined ? {} : { [CONFIG_HASH]: pod.scriptsHash }),
    ...(scrape ? { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(exporterPort(pod.port)) } : {}),
  };
}

export function redisPodTemplate(pod: RedisPodValues): k8s.PodTemplateSpec {
  const selector = redisSelector(pod.farm, pod.tier, pod.port);
  const annotated = annotations(pod);
  return {
    metadata: {
      labels: { ...farmLabels(pod, 'redis'), ...selector },
      ...(Object.keys(annotated).length > 0 ? { annotations: annotated } : {}),
    },
    spec: {
      ...onHostNetwork(),
      ...withoutKubernetesApi(),
      affinity: part.apartByMachine(selector),
      topologySpreadConstraints: [part.spreadByZone(selector)],
      priorityClassName: pod.priorityClassName,
      securityContext: podSecurityContext(),
      terminationGracePeriodSeconds: GRACE_SECONDS[pod.persistence],
      ...(pod.exporterImage === undefined ? {} : { initContainers: [exporterContainer(pod, pod.exporterImage)] }),
      containers: [redisContainer(pod)],
      volumes: [
        part.configVolume('scripts', NAME.redisScripts),
        part.secretVolume('secrets', NAME.secret),
        part.memoryVolume('run', RUN_SIZE),
        ...(pod.persistence === 'none' ? [{ name: 'data', emptyDir: {} }] : []),
      ],
    },
  };
}
