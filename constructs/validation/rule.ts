import type { Manifest } from './manifest.js';
import type { Workload } from './workload.js';

export type Severity = 'error' | 'warning';

export interface Output {
  readonly manifests: readonly Manifest[];
  /** one entry for each KubeCluster a workload is applied to */
  readonly workloads: readonly Workload[];
}

export interface Finding {
  readonly manifest: Manifest;
  /** where in the object, and what is there: `spec.template.spec.hostNetwork: ...` */
  readonly location: string;
}

export interface Rule {
  /** stable word, for configuration and reports */
  readonly name: string;
  readonly severity: Severity;
  /** what holds when it is kept, and what breaks otherwise */
  readonly recommendation: string;
  /** how to keep it */
  readonly fix: string;
  readonly check: (output: Output) => readonly Finding[];
}

/** A rule that looks at one workload at a time. */
export const eachWorkload =
  (check: (workload: Workload) => readonly string[]) =>
  ({ workloads }: Output): readonly Finding[] =>
    workloads.flatMap((workload) => check(workload).map((location) => ({ manifest: workload.manifest, location })));
