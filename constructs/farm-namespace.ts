import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DOMAIN } from '../src/farm/words.js';
import { keepAlways, syncWave, WAVE } from './argo-annotations.js';
import { kube } from './kube.js';

export interface FarmNamespaceProps {
  readonly name: string;
}

const LEVELS = { enforce: 'privileged', audit: 'restricted', warn: 'restricted' } as const;

/** The farm's own Namespace, with the Pod Security level that the host network needs and the reason for it. */
export class FarmNamespace extends Construct {
  readonly namespace: k8s.KubeNamespace;

  constructor(scope: Construct, id: string, props: FarmNamespaceProps) {
    super(scope, id);
    const labels = Object.entries(LEVELS).map(([mode, level]) => [`pod-security.kubernetes.io/${mode}`, level]);
    this.namespace = new kube.KubeNamespace(this, 'Default', {
      metadata: {
        name: props.name,
        labels: Object.fromEntries(labels),
        annotations: {
          ...syncWave(WAVE.foundations),
          ...keepAlways(),
          [`${DOMAIN}/pod-security-reason`]:
            'Redis and Sentinel pods use hostNetwork and hostPorts, which every level but privileged refuses. All else of them meets restricted: audit and warn tell when not.',
        },
      },
    });
  }
}
