import { findBinaries } from './binaries.js';
import type { ControlPlaneOptions } from './control-plane-options.js';

const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/**
 * Flags for Kubernetes 1.28, where native sidecars are behind a feature gate: without it the API server drops their restartPolicy, and a pod
 * with one would wait for it to end. From 1.29 on it is on by itself.
 */
export function sidecarFlags(version = findBinaries().version): NonNullable<ControlPlaneOptions['flags']> {
  if (!version.startsWith('v1.28.')) return {};
  return Object.fromEntries(PROGRAMS.map((program) => [program, ['--feature-gates=SidecarContainers=true']]));
}
