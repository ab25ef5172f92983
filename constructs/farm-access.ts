import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { DOMAIN } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { kube } from './kube.js';

export interface FarmAccessProps {
  readonly namespace: string;
  /** name of the ServiceAccount, the Role and the bindings */
  readonly name: string;
  /** rules inside the namespace beyond reading pods and cache clusters; @default - none */
  readonly rules?: readonly k8s.PolicyRule[];
  /** rules for the whole KubeCluster beyond reading its machines; @default - none */
  readonly wideRules?: readonly k8s.PolicyRule[];
}

const READ = ['get', 'list', 'watch'];

/** Who may look: a ServiceAccount that reads pods and cache clusters of its namespace, and the machines. No wildcard, no Secret, no exec. */
export class FarmAccess extends Construct {
  readonly serviceAccount: k8s.KubeServiceAccount;
  readonly role: k8s.KubeRole;
  readonly roleBinding: k8s.KubeRoleBinding;
  readonly clusterRole: k8s.KubeClusterRole;
  readonly clusterRoleBinding: k8s.KubeClusterRoleBinding;

  constructor(scope: Construct, id: string, props: FarmAccessProps) {
    super(scope, id);
    const { name, namespace } = props;
    const annotations = syncWave(WAVE.foundations);
    // Cluster-wide names carry the namespace, so that two farms can share a KubeCluster.
    const wide = `${namespace}.${name}`;
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    this.serviceAccount = new kube.KubeServiceAccount(this, 'Default', {
      metadata: { name, namespace, annotations },
      automountServiceAccountToken: false,
    });
    this.role = new kube.KubeRole(this, 'role', {
      metadata: { name, namespace, annotations },
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: READ },
        { apiGroups: [DOMAIN], resources: ['cacheclusters'], verbs: READ },
        ...(props.rules ?? []),
      ],
    });
    this.roleBinding = new kube.KubeRoleBinding(this, 'role-binding', {
      metadata: { name, namespace, annotations },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects,
    });
    this.clusterRole = new kube.KubeClusterRole(this, 'cluster-role', {
      metadata: { name: wide, annotations },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: READ }, ...(props.wideRules ?? [])],
    });
    this.clusterRoleBinding = new kube.KubeClusterRoleBinding(this, 'cluster-role-binding', {
      metadata: { name: wide, annotations },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: wide },
      subjects,
    });
  }
}
