/** Templates -> what a new pod is: name, labels, template at the revision of its birth. Pure. */
import { LABEL } from '../farm/words.js';
import type { Deployment, Job, PodTemplate, StatefulSet } from './manifest.js';
import { revisionName } from './revision.js';

export interface PodBirth {
  readonly name: string;
  readonly namespace: string;
  /** `Pod`: its own, nobody makes the next one */
  readonly owner: { readonly kind: 'StatefulSet' | 'Deployment' | 'Job' | 'Pod'; readonly name: string };
  /** @default a new one at random */
  readonly uid?: string;
  readonly ordinal: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly template: PodTemplate;
  readonly revision: string;
  /** headless Service that names it */
  readonly serviceName: string | undefined;
  /** names of its volume claims, which outlive it */
  readonly claims: readonly string[];
}

const base = (template: PodTemplate): Pick<PodBirth, 'annotations' | 'template' | 'serviceName' | 'claims'> => ({
  annotations: template.metadata?.annotations ?? {},
  template,
  serviceName: undefined,
  claims: [],
});

export function setPod(set: StatefulSet, ordinal: number): PodBirth {
  const { template } = set.spec;
  const name = `${set.metadata.name}-${ordinal}`;
  const revision = revisionName(set.metadata.name, template);
  return {
    ...base(template),
    name,
    namespace: set.metadata.namespace ?? 'default',
    owner: { kind: 'StatefulSet', name: set.metadata.name },
    ordinal,
    labels: {
      ...template.metadata?.labels,
      [LABEL.revision]: revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
    revision,
    serviceName: set.spec.serviceName,
    claims: (set.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name),
  };
}

export function deploymentPod(deployment: Deployment, ordinal: number): PodBirth {
  const { template } = deployment.spec;
  const revision = revisionName(deployment.metadata.name, template);
  return {
    ...base(template),
    name: `${revision}-${ordinal}`,
    namespace: deployment.metadata.namespace ?? 'default',
    owner: { kind: 'Deployment', name: deployment.metadata.name },
    ordinal,
    labels: { ...template.metadata?.labels, 'pod-template-hash': revision.slice(deployment.metadata.name.length + 1) },
    revision,
  };
}

/** @param attempt from 0; a Job makes a new pod for each */
export function jobPod(job: Job, attempt: number): PodBirth {
  const { template } = job.spec;
  return {
    ...base(template),
    name: `${job.metadata.name}-${attempt}`,
    namespace: job.metadata.namespace ?? 'default',
    owner: { kind: 'Job', name: job.metadata.name },
    ordinal: attempt,
    labels: { ...template.metadata?.labels, 'batch.kubernetes.io/job-name': job.metadata.name },
    revision: revisionName(job.metadata.name, template),
  };
}
