/** Environment, volumes, mounts, ports and sizes as the Kubernetes types want them. */
import type { k8s } from 'cdk8s-plus-28';
import { formatQuantity } from '../src/farm/bytes.js';
import { kube } from './kube.js';

export const bytes = (count: number): k8s.Quantity => kube.Quantity.fromString(formatQuantity(count));
export const millis = (count: number): k8s.Quantity => kube.Quantity.fromString(`${count}m`);

export const value = (name: string, text: string): k8s.EnvVar => ({ name, value: text });
/** Downward API, e.g. `status.hostIP` */
export const field = (name: string, fieldPath: string): k8s.EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
export const secretValue = (name: string, secret: string, key: string): k8s.EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});

/** Read by the owner and the pod's group only: the group is fsGroup. */
const GROUP_READ = 0o440;

export const configVolume = (name: string, configMap: string): k8s.Volume => ({
  name,
  configMap: { name: configMap, defaultMode: GROUP_READ },
});
export const secretVolume = (name: string, secretName: string, optional = false): k8s.Volume => ({
  name,
  secret: { secretName, defaultMode: GROUP_READ, ...(optional ? { optional } : {}) },
});
/** In memory, for rendered configuration: it holds passwords and must never reach a disk. Counts against the containers' memory. */
export const memoryVolume = (name: string, sizeLimit: string): k8s.Volume => ({
  name,
  emptyDir: { medium: 'Memory', sizeLimit: kube.Quantity.fromString(sizeLimit) },
});

export const mount = (name: string, mountPath: string): k8s.VolumeMount => ({ name, mountPath });
export const readOnlyMount = (name: string, mountPath: string): k8s.VolumeMount => ({
  name,
  mountPath,
  readOnly: true,
});

/** hostPort is said although the API server would fill it in: else every diff shows it. */
export const hostPort = (name: string, port: number): k8s.ContainerPort => ({
  name,
  containerPort: port,
  hostPort: port,
  protocol: 'TCP',
});

/** No host is named: on the host network the probe goes to the machine's IP, the only one Redis and Sentinel listen on. */
export const tcpProbe = (port: number): k8s.Probe => ({
  tcpSocket: { port: kube.IntOrString.fromNumber(port) },
  periodSeconds: 5,
});

/** Two pods with the same labels never meet on one machine: they would want the same host port, and fall together. */
export const apartByMachine = (matchLabels: Readonly<Record<string, string>>): k8s.Affinity => ({
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } },
    ],
  },
});

/** Evenly over zones where there are any; never a reason not to run. */
export const spreadByZone = (matchLabels: Readonly<Record<string, string>>): k8s.TopologySpreadConstraint => ({
  maxSkew: 1,
  topologyKey: 'topology.kubernetes.io/zone',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels },
});
