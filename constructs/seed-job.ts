import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DEFAULT_IMAGES } from '../src/farm/resolve.js';
import { CONTAINER, NAME } from '../src/farm/words.js';
import { postSyncHook } from './argo-annotations.js';
import { FarmAccess } from './farm-access.js';
import { type FarmScope, farmLabels } from './farm-labels.js';
import { imageProblems } from './image-problems.js';
import { kube } from './kube.js';
import { operatorContainer, operatorPodTemplate } from './operator-pod.js';

export interface SeedJobProps extends FarmScope {
  /** @default - the cachefarm image of DEFAULT_IMAGES */
  readonly image?: string;
  /** seconds after which a stuck seeding is given up, so that it cannot hold a sync for ever; @default 900 */
  readonly activeDeadlineSeconds?: number;
  /** @default 3 */
  readonly backoffLimit?: number;
}

/**
 * One pass of seeding after each sync: every declared partition bound, standbys armed. Idempotent. It is the fast path only:
 * PostSync waits until everything is healthy, so with many machines down it never runs, and Barn seeds instead.
 */
export class SeedJob extends Construct {
  readonly job: k8s.KubeJob;
  readonly access: FarmAccess;

  constructor(scope: Construct, id: string, props: SeedJobProps) {
    super(scope, id);
    this.access = new FarmAccess(this, 'access', { namespace: props.namespace, name: NAME.seedJob });
    this.job = new kube.KubeJob(this, 'Default', {
      metadata: {
        name: NAME.seedJob,
        namespace: props.namespace,
        labels: farmLabels(props, 'seed'),
        annotations: postSyncHook(),
      },
      // No ttlSecondsAfterFinished: a Job that removes itself looks out of sync, and its log is wanted.
      spec: {
        activeDeadlineSeconds: props.activeDeadlineSeconds ?? 900,
        backoffLimit: props.backoffLimit ?? 3,
        template: operatorPodTemplate({
          farm: props.farm,
          namespace: props.namespace,
          datacenter: props.datacenter,
          role: 'seed',
          serviceAccount: NAME.seedJob,
          restartPolicy: 'Never',
          configHash: undefined,
          container: operatorContainer(CONTAINER.seed, props.image ?? DEFAULT_IMAGES.cachefarm, props.datacenter),
        }),
      },
    });
    this.node.addValidation({ validate: () => imageProblems(props.image) });
  }
}
