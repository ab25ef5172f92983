/**
 * What the pods of Redis and of Sentinel have in common: one process on the address of its machine, started by a script of ours, and no second
 * one of its kind there.
 */
import type { k8s } from 'cdk8s-plus-28';
import { ENV, NAME } from '../src/farm/words.js';
import type { FarmScope } from './farm-labels.js';
import { containerSecurityContext, onHostNetwork, podSecurityContext, withoutKubernetesApi } from './hardened-pod.js';
import { PATH } from './paths.js';
import * as part from './pod-parts.js';

export interface HostPodValues extends FarmScope {
  readonly port: number;
  readonly auth: 'password' | 'none';
  readonly image: string;
  readonly priorityClassName: string;
  readonly scriptsHash: string | undefined;
}

/** The one process. */
export interface HostProgram {
  /** of the container and of its port */
  readonly name: string;
  /** file in the ConfigMap of the pod */
  readonly script: string;
  readonly resources: k8s.ResourceRequirements;
  /** what it is to be */
  readonly env: readonly k8s.EnvVar[];
  /** folders beside those that all have: environment name -> volume and path */
  readonly folders?: readonly { readonly env: string; readonly volume: string; readonly path: string }[];
}

export const hostContainer = (pod: HostPodValues, program: HostProgram): k8s.Container => ({
  name: program.name,
  image: pod.image,
  command: ['sh', `${PATH.scripts}/${program.script}`],
  env: [
    part.field(ENV.ip, 'status.hostIP'),
    part.field(ENV.podName, 'metadata.name'),
    part.value(ENV.datacenter, pod.datacenter),
    part.value(ENV.port, String(pod.port)),
    ...program.env,
    part.value(ENV.auth, pod.auth),
    part.value(ENV.scripts, PATH.scripts),
    part.value(ENV.secrets, PATH.secrets),
    part.value(ENV.run, PATH.run),
    ...(program.folders ?? []).map(({ env, path }) => part.value(env, path)),
  ],
  ports: [part.hostPort(program.name, pod.port)],
  resources: program.resources,
  readinessProbe: part.tcpProbe(pod.port),
  securityContext: containerSecurityContext(),
  volumeMounts: [
    part.readOnlyMount('scripts', PATH.scripts),
    part.readOnlyMount('secrets', PATH.secrets),
    part.mount('run', PATH.run),
    ...(program.folders ?? []).map(({ volume, path }) => part.mount(volume, path)),
  ],
});

export interface HostPodParts {
  /** labels of all pods that must not meet on a machine */
  readonly selector: Readonly<Record<string, string>>;
  /** ConfigMap with the start script */
  readonly scripts: string;
  /** what its process may write to memory: rendered configuration and ACLs */
  readonly runSize: string;
  readonly graceSeconds: number;
  readonly containers: k8s.Container[];
  readonly initContainers?: k8s.Container[];
  /** beside scripts, secrets and memory */
  readonly volumes?: readonly k8s.Volume[];
}

export const hostPodSpec = (pod: HostPodValues, parts: HostPodParts): k8s.PodSpec => ({
  ...onHostNetwork(),
  ...withoutKubernetesApi(),
  affinity: part.apartByMachine(parts.selector),
  topologySpreadConstraints: [part.spreadByZone(parts.selector)],
  priorityClassName: pod.priorityClassName,
  securityContext: podSecurityContext(),
  terminationGracePeriodSeconds: parts.graceSeconds,
  ...(parts.initContainers === undefined ? {} : { initContainers: parts.initContainers }),
  containers: parts.containers,
  volumes: [
    part.configVolume('scripts', parts.scripts),
    part.secretVolume('secrets', NAME.secret),
    part.memoryVolume('run', parts.runSize),
    ...(parts.volumes ?? []),
  ],
});
