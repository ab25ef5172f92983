/**
 * What every pod of a farm has in common: the restricted Pod Security level in all but the host network.
 * A locked-down default that each construct states again would sooner or later be forgotten in one.
 */
import type { k8s } from 'cdk8s-plus-28';

/** One fixed user for all containers: above 10000, so that it is no user of a machine. */
export const RUN_AS_USER = 10_999;

export const podSecurityContext = (): k8s.PodSecurityContext => ({
  runAsNonRoot: true,
  runAsUser: RUN_AS_USER,
  runAsGroup: RUN_AS_USER,
  fsGroup: RUN_AS_USER,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
});

export const containerSecurityContext = (): k8s.SecurityContext => ({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
});

/** Host network: clients talk to machine-ip:port, no Service in between. Cluster DNS stays, else the sentinels' names would not resolve. */
export const onHostNetwork = () => ({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }) as const;

/** A pod that never calls the Kubernetes API gets no token, and no list of all Services in its environment. */
export const withoutKubernetesApi = () => ({ automountServiceAccountToken: false, enableServiceLinks: false }) as const;
