import { ApiObject, Lazy } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { serverSideApply } from './argo-annotations.js';
import { argoHealthChecks } from './argo-health.js';
import { kube } from './kube.js';

/** A KubeCluster that Argo CD syncs. A `Datacenter` of the farm model is one. */
export interface ArgoDestination {
  /** name of the datacenter, and of its folder */
  readonly name: string;
  /** the KubeCluster's name in Argo CD */
  readonly context: string;
}

export interface ArgoApplicationsProps {
  /** name of the farm */
  readonly farm: string;
  /** namespace of the farm in every KubeCluster */
  readonly namespace: string;
  /** repository that holds the manifests */
  readonly repoUrl: string;
  /** @default - none; add them with addDatacenter */
  readonly datacenters?: readonly ArgoDestination[];
  /** @default HEAD */
  readonly revision?: string;
  /** folder of the manifests in the repository; @default dist */
  readonly path?: string;
  /** namespace of Argo CD; @default argocd */
  readonly argoNamespace?: string;
  /** @default default */
  readonly project?: string;
  /** delete what is no longer in the repository, pools and sentinels excepted; @default false: a person prunes */
  readonly prune?: boolean;
  /** ConfigMap fragment with the health checks of CacheClusters and OnDelete StatefulSets; @default true */
  readonly healthChecks?: boolean;
}

/** An ApplicationSet with one Application for each KubeCluster: its own folder and the one for all. */
export class ArgoApplications extends Construct {
  readonly applicationSet: ApiObject;
  /** undefined without `healthChecks` */
  readonly healthChecks: k8s.KubeConfigMap | undefined;
  private readonly datacenters: ArgoDestination[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ArgoApplicationsProps,
  ) {
    super(scope, id);
    this.datacenters = [...(props.datacenters ?? [])];
    this.applicationSet = new ApiObject(this, 'Default', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: `cachefarm-${props.farm}`, namespace: props.argoNamespace ?? 'argocd' },
      spec: {
        goTemplate: true,
        goTemplateOptions: ['missingkey=error'],
        generators: [{ list: { elements: Lazy.any({ produce: () => this.elements() }) } }],
        // Deleting the ApplicationSet must not delete a farm.
        syncPolicy: { preserveResourcesOnDeletion: true },
        template: this.template(),
      },
    });
    this.healthChecks = props.healthChecks === false ? undefined : this.makeHealthChecks();
    this.node.addValidation({ validate: () => this.problems() });
  }

  addDatacenter(datacenter: ArgoDestination): void {
    this.datacenters.push(datacenter);
  }

  private elements() {
    return this.datacenters.map(({ name, context }) => ({ datacenter: name, context }));
  }

  private source(folder: string) {
    const { repoUrl, revision = 'HEAD', path = 'dist' } = this.props;
    return {
      repoURL: repoUrl,
      targetRevision: revision,
      path: `${path}/${folder}`,
      // cdk8s writes it when a validation plugin is on; a directory source would fail on a JSON file that is no manifest.
      directory: { exclude: 'construct-metadata.json' },
    };
  }

  private template() {
    const { farm, namespace, project = 'default', prune = false } = this.props;
    return {
      metadata: { name: `cachefarm-${farm}-{{.datacenter}}` },
      spec: {
        project,
        destination: { name: '{{.context}}', namespace },
        sources: [this.source('{{.datacenter}}'), this.source('all')],
        syncPolicy: {
          automated: { prune, selfHeal: true },
          syncOptions: ['CreateNamespace=false', 'PruneLast=true'],
          retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
        },
      },
    };
  }

  private makeHealthChecks(): k8s.KubeConfigMap {
    return new kube.KubeConfigMap(this, 'health-checks', {
      metadata: {
        name: 'argocd-cm',
        namespace: this.props.argoNamespace ?? 'argocd',
        labels: { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' },
        annotations: {
          ...serverSideApply('Prune=false', 'Delete=false'),
          'cachefarm.dev/apply':
            'a fragment: kubectl apply --server-side, which leaves the other keys of argocd-cm alone',
        },
      },
      data: { ...argoHealthChecks() },
    });
  }

  private problems(): string[] {
    const { repoUrl } = this.props;
    const problems: string[] = [];
    if (!/^(https?:\/\/|ssh:\/\/|git@|oci:\/\/)\S+$/.test(repoUrl))
      problems.push(`repoUrl ${JSON.stringify(repoUrl)} is no repository address: https://, ssh:// or git@`);
    if (this.datacenters.length === 0) problems.push('no datacenters: nothing would be synced; add at least one');
    const names = this.datacenters.map((d) => d.name);
    for (const name of new Set(names.filter((n, index) => names.indexOf(n) !== index)))
      problems.push(`datacenter ${name} is given twice: both Applications would have one name`);
    return problems;
  }
}
