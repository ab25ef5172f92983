import { describe, expect, test } from '@jest/globals';
import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { ArgoApplications, type ArgoApplicationsProps } from '../../constructs/argo-applications.js';
import { Barn } from '../../constructs/barn.js';
import { CacheCluster, cacheClusterSpec } from '../../constructs/cache-cluster.js';
import { CacheClusterDefinition } from '../../constructs/cache-cluster-definition.js';
import { CacheFarm } from '../../constructs/cache-farm.js';
import { FarmConfig } from '../../constructs/farm-config.js';
import { FarmMonitoring } from '../../constructs/farm-monitoring.js';
import { FarmNamespace } from '../../constructs/farm-namespace.js';
import { FarmNetworkPolicy } from '../../constructs/farm-network-policy.js';
import { FarmPriorities } from '../../constructs/farm-priorities.js';
import { SeedJob } from '../../constructs/seed-job.js';
import { SharedObjects } from '../../constructs/shared-objects.js';
import { defineFarm } from '../../src/farm/define.js';
import type { CacheClusterSpec } from '../../src/farm/schema.js';
import { farm as demo } from '../../src/farms/demo.js';
import { at, complaintsOf, type Manifest, manifestsOf, only } from './synthesized.js';

const place = { farm: 'test', namespace: 'cachefarm', datacenter: 'a' };
const POD = 'spec.template.spec';
const argo: ArgoApplicationsProps = {
  farm: 'test',
  namespace: 'cachefarm',
  repoUrl: 'https://git.test/farm.git',
  datacenters: [{ name: 'a', context: 'kube-a' }],
};
const user = { clusterName: 'User.id', clusterSize: 10, tier: 'M1' };
const policy = { farm: 'test', namespace: 'cachefarm', redisPorts: [6378], sentinelPorts: [26_379] };

/** Every construct that stands for one thing, alone in someone's app. */
const ALONE: Record<string, (scope: Construct) => unknown> = {
  SeedJob: (scope) => new SeedJob(scope, 'x', place),
  Barn: (scope) => new Barn(scope, 'x', place),
  CacheCluster: (scope) => new CacheCluster(scope, 'x', { namespace: 'cachefarm', spec: user }),
  CacheClusterDefinition: (scope) => new CacheClusterDefinition(scope, 'x'),
  FarmNamespace: (scope) => new FarmNamespace(scope, 'x', { name: 'cachefarm' }),
  FarmPriorities: (scope) => new FarmPriorities(scope, 'x'),
  FarmMonitoring: (scope) => new FarmMonitoring(scope, 'x', { farm: 'test', namespace: 'cachefarm' }),
  FarmNetworkPolicy: (scope) => new FarmNetworkPolicy(scope, 'x', policy),
  ArgoApplications: (scope) => new ArgoApplications(scope, 'x', { ...argo, healthChecks: false }),
};

describe.each(Object.entries(ALONE))('%s', (_, make) => {
  test('works alone in an app', () => {
    expect(complaintsOf(make)).toEqual([]);
  });
  test('looks like this', () => {
    expect(manifestsOf(make)).toMatchSnapshot();
  });
});

describe('SeedJob', () => {
  const job = only(
    manifestsOf((scope) => new SeedJob(scope, 'seed', place)),
    'Job',
  );
  const promises: Record<string, [path: string, value: unknown]> = {
    'runs after everything is healthy, once a sync': [
      'metadata.annotations',
      { 'argocd.argoproj.io/hook': 'PostSync', 'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation' },
    ],
    'gives up in the end': ['spec.activeDeadlineSeconds', 900],
    'tries again a few times': ['spec.backoffLimit', 3],
    'keeps its log': ['spec.ttlSecondsAfterFinished', undefined],
    'runs cachefarm seed': [`${POD}.containers.0.command`, ['cachefarm', 'seed']],
    'works without a kubeconfig Secret': [`${POD}.volumes.2.secret.optional`, true],
    'is not root': [`${POD}.securityContext.runAsNonRoot`, true],
    'is not on the host network': [`${POD}.hostNetwork`, undefined],
  };
  test.each(Object.entries(promises))('%s', (_, [path, value]) => expect(at(job, path)).toEqual(value));
});

describe('Barn', () => {
  const made = manifestsOf((scope) => {
    new Barn(scope, 'barn', {
      ...place,
      config: new FarmConfig(scope, 'config', { namespace: 'cachefarm', farm: demo }),
    });
  });
  const deployment = only(made, 'Deployment');
  const promises: Record<string, [path: string, value: unknown]> = {
    'is never there twice': ['spec.strategy', { type: 'Recreate' }],
    'runs cachefarm barn': [`${POD}.containers.0.command`, ['cachefarm', 'barn']],
    'is not on the host network': [`${POD}.hostNetwork`, undefined],
    'is not root': [`${POD}.securityContext.runAsNonRoot`, true],
    'cannot write to its image': [`${POD}.containers.0.securityContext.readOnlyRootFilesystem`, true],
    'has an identity of its own': [`${POD}.serviceAccountName`, 'cachefarm-barn'],
    'comes after the pools': ['metadata.annotations', { 'argocd.argoproj.io/sync-wave': '1' }],
    'restarts when the farm changes': [
      'spec.template.metadata.annotations',
      expect.objectContaining({ 'cachefarm.dev/config-hash': expect.stringMatching(/^[0-9a-f]{16}$/) }),
    ],
  };
  test.each(Object.entries(promises))('%s', (_, [path, value]) => expect(at(deployment, path)).toEqual(value));

  test('may do what it must, and nothing with a wildcard, a Secret or a shell in a pod', () => {
    const rules = made
      .filter((m) => m.kind.endsWith('Role'))
      .flatMap((m) => m.rules as { resources: string[]; verbs: string[] }[]);
    expect(
      rules.flatMap(({ resources, verbs }) => resources.map((resource) => `${resource}: ${verbs.join(' ')}`)).sort(),
    ).toEqual([
      'cacheclusters/status: patch',
      'cacheclusters: get list watch',
      'events: create patch',
      'leases: create',
      'leases: get update',
      'nodes: get list watch',
      'pods: get list watch',
    ]);
  });

  test('refuses an image that moves', () => {
    expect(complaintsOf((scope) => new Barn(scope, 'barn', { ...place, image: 'cachefarm' }))).toEqual([
      '[test/barn] image cachefarm has no fixed version: name a tag other than latest, or a digest',
    ]);
  });
});

describe('FarmConfig', () => {
  test('holds the farm without its cache clusters', () => {
    const data = at(
      only(
        manifestsOf((scope) => new FarmConfig(scope, 'config', { namespace: 'n', farm: demo })),
        'ConfigMap',
      ),
      'data',
    );
    const { cacheClusters: _, ...frame } = demo;
    expect(JSON.parse((data as Record<string, string>)['farm.json'] ?? '')).toEqual(frame);
  });
});

describe('FarmNamespace', () => {
  test('allows the host network, reports everything else, and says why', () => {
    const { labels, annotations } = only(
      manifestsOf((scope) => new FarmNamespace(scope, 'x', { name: 'cachefarm' })),
      'Namespace',
    ).metadata;
    expect(labels).toEqual({
      'pod-security.kubernetes.io/enforce': 'privileged',
      'pod-security.kubernetes.io/audit': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    });
    expect(annotations?.['cachefarm.dev/pod-security-reason']).toContain('hostNetwork');
  });
});

describe('FarmPriorities', () => {
  test('refuses sentinels that die before the data they name', () => {
    expect(complaintsOf((scope) => new FarmPriorities(scope, 'p', { redis: 10, sentinel: 9 }))).toEqual([
      '[test/p] sentinel priority 9 is below redis priority 10: names must outlive data, raise it',
    ]);
  });
});

describe('FarmMonitoring', () => {
  test('refuses an interval that is none', () => {
    expect(
      complaintsOf((scope) => new FarmMonitoring(scope, 'm', { farm: 't', namespace: 'n', intervalSeconds: 0 })),
    ).toEqual(['[test/m] intervalSeconds is 0, need a whole number from 1']);
  });
});

describe('FarmNetworkPolicy', () => {
  test('leaves pods on the host network alone', () => {
    const made = only(
      manifestsOf((scope) => new FarmNetworkPolicy(scope, 'x', policy)),
      'NetworkPolicy',
    );
    expect(at(made, 'spec.podSelector.matchExpressions')).toEqual([
      { key: 'cachefarm.dev/role', operator: 'In', values: ['barn', 'seed'] },
    ]);
  });
  test('refuses an empty list, which would open every port', () => {
    expect(complaintsOf((scope) => new FarmNetworkPolicy(scope, 'x', { ...policy, sentinelPorts: [] }))).toEqual([
      '[test/x] sentinelPorts is empty, which would allow every port; name at least one',
    ]);
  });
});

describe('CacheCluster', () => {
  const cluster = only(
    manifestsOf(
      (scope) => new CacheCluster(scope, 'x', { namespace: 'cachefarm', spec: { ...user, clusterName: 'User_id' } }),
    ),
    'CacheCluster',
  );
  test('is named as Kubernetes allows, and keeps its own name in the spec', () => {
    expect(cluster.metadata.name).toBe('user-id');
    expect(at(cluster, 'spec.clusterName')).toBe('User_id');
  });

  test('does not keep Barn back when it is degraded', () => {
    expect(cluster.metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-wave': '1' });
  });

  test('names its datacenters only where they are not all', () => {
    const [resolved] = demo.cacheClusters;
    if (!resolved) throw new Error('the demo farm has no cache cluster');
    expect(cacheClusterSpec(resolved, ['a', 'b', 'c'])).not.toHaveProperty('placement');
    expect(cacheClusterSpec(resolved, ['a', 'b', 'c', 'd'])).toHaveProperty('placement', {
      datacenters: ['a', 'b', 'c'],
    });
  });

  const mistakes: Record<string, [spec: Partial<CacheClusterSpec>, message: string]> = {
    'a name no sentinel can carry': [
      { clusterName: 'User id' },
      'clusterName "User id" must be a letter, then letters, digits, dots, underscores or dashes, 63 at most',
    ],
    'a name Kubernetes cannot carry': [
      { clusterName: 'User.' },
      'clusterName User. is no Kubernetes name as user.: let each dot stand between letters or digits, and end with one',
    ],
    'no partitions': [{ clusterSize: 0 }, 'clusterSize is 0, need a whole number from 1'],
    'half a replica': [{ partitionSize: 1.5, standbys: 0 }, 'partitionSize is 1.5, need a whole number from 1'],
    'standbys beside replicas': [
      { partitionSize: 3, standbys: 1 },
      'standbys is 1, but partitions with replicas have none: their replicas take over; leave it out',
    ],
  };
  test.each(Object.entries(mistakes))('refuses %s', (_, [spec, message]) => {
    expect(
      complaintsOf((scope) => new CacheCluster(scope, 'x', { namespace: 'n', spec: { ...user, ...spec } })).at(0),
    ).toBe(`[test/x] ${message}`);
  });
});

describe('CacheClusterDefinition', () => {
  const definition = only(
    manifestsOf((scope) => new CacheClusterDefinition(scope, 'x')),
    'CustomResourceDefinition',
  );
  const promises: Record<string, [path: string, value: unknown]> = {
    'has a short name': ['spec.names.shortNames', ['cc']],
    'is listed by kubectl get all': ['spec.names.categories', ['all', 'cachefarm']],
    'comes first': ['metadata.annotations', expect.objectContaining({ 'argocd.argoproj.io/sync-wave': '-3' })],
    'outgrows the annotation of a client-side apply': [
      'metadata.annotations',
      expect.objectContaining({ 'argocd.argoproj.io/sync-options': 'ServerSideApply=true,Prune=false,Delete=false' }),
    ],
    'keeps its status apart': ['spec.versions.0.subresources.status', {}],
    'can be scaled': [
      'spec.versions.0.subresources.scale',
      { specReplicasPath: '.spec.clusterSize', statusReplicasPath: '.status.serving' },
    ],
  };
  test.each(Object.entries(promises))('%s', (_, [path, value]) => expect(at(definition, path)).toEqual(value));

  test('shows what matters, and more on -o wide', () => {
    const columns = at(definition, 'spec.versions.0.additionalPrinterColumns') as { name: string; priority?: number }[];
    expect(columns.filter((c) => !c.priority).map((c) => c.name)).toEqual([
      'Size',
      'Serving',
      'Standby',
      'Tier',
      'Ready',
      'Age',
    ]);
    expect(columns.filter((c) => c.priority).map((c) => c.name)).toEqual(['Group', 'Spread', 'Last Move']);
  });
});

describe('ArgoApplications', () => {
  const made = manifestsOf((scope) => {
    new ArgoApplications(scope, 'argo', argo).addDatacenter({ name: 'b', context: 'kube-b' });
  });
  const set = only(made, 'ApplicationSet');
  const promises: Record<string, [path: string, value: unknown]> = {
    'makes one Application for each KubeCluster': [
      'spec.generators',
      [
        {
          list: {
            elements: [
              { datacenter: 'a', context: 'kube-a' },
              { datacenter: 'b', context: 'kube-b' },
            ],
          },
        },
      ],
    ],
    'finds the KubeCluster by its name': [
      'spec.template.spec.destination',
      { name: '{{.context}}', namespace: 'cachefarm' },
    ],
    'prunes nothing by itself': ['spec.template.spec.syncPolicy.automated', { prune: false, selfHeal: true }],
    'leaves the farm when it is deleted itself': ['spec.syncPolicy', { preserveResourcesOnDeletion: true }],
    'reads its own folder': ['spec.template.spec.sources.0.path', 'dist/{{.datacenter}}'],
    'reads what is for all': ['spec.template.spec.sources.1.path', 'dist/all'],
    'skips what is no manifest': ['spec.template.spec.sources.1.directory', { exclude: 'construct-metadata.json' }],
  };
  test.each(Object.entries(promises))('%s', (_, [path, value]) => expect(at(set, path)).toEqual(value));

  test('gives the health checks as a fragment of argocd-cm that leaves its other keys alone', () => {
    const fragment = only(made, 'ConfigMap');
    expect(fragment.metadata.name).toBe('argocd-cm');
    expect(Object.keys(fragment.data as object)).toEqual([
      'resource.customizations.health.apps_StatefulSet',
      'resource.customizations.health.cachefarm.dev_CacheCluster',
    ]);
    expect(fragment.metadata.annotations).toMatchObject({
      'argocd.argoproj.io/sync-options': expect.stringContaining('ServerSideApply=true'),
    });
  });

  test('refuses what could not work, all at once', () => {
    const twice = { name: 'a', context: 'x' };
    expect(
      complaintsOf(
        (scope) => new ArgoApplications(scope, 'argo', { ...argo, repoUrl: 'farm', datacenters: [twice, twice] }),
      ),
    ).toEqual([
      '[test/argo] repoUrl "farm" is no repository address: https://, ssh:// or git@',
      '[test/argo] datacenter a is given twice: both Applications would have one name',
    ]);
    expect(complaintsOf((scope) => new ArgoApplications(scope, 'argo', { ...argo, datacenters: [] }))).toEqual([
      '[test/argo] no datacenters: nothing would be synced; add at least one',
    ]);
  });
});

describe('CacheFarm', () => {
  const witnessed = defineFarm({
    name: 'w',
    datacenters: [
      { name: 'w', witness: true },
      ...['a', 'b'].map((name) => ({ name, machines: { count: 4, memory: '2Gi' } })),
    ],
    tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378], replicas: 4 }],
    cacheClusters: [{ clusterName: 'User.id', clusterSize: 2, tier: 'M1' }],
  });
  const kinds = (datacenter: string): string[] =>
    manifestsOf((scope) => new CacheFarm(scope, 'farm', { farm: witnessed, datacenter }))
      .map((m) => `${m.kind} ${m.metadata.name}`)
      .sort();

  test('puts only sentinels into a witness, and lets the Barns of the others hold its Lease', () => {
    expect(kinds('w')).toEqual([
      'ClusterRole cachefarm.cachefarm-barn',
      'ClusterRoleBinding cachefarm.cachefarm-barn',
      'ConfigMap sentinel-scripts',
      'CustomResourceDefinition cacheclusters.cachefarm.dev',
      'Namespace cachefarm',
      'PodDisruptionBudget sentinel-main-0',
      'PriorityClass cachefarm-redis',
      'PriorityClass cachefarm-sentinel',
      'Role cachefarm-barn',
      'RoleBinding cachefarm-barn',
      'Service sentinel-main-0',
      'ServiceAccount cachefarm-barn',
      'StatefulSet sentinel-main-0',
    ]);
  });

  test('seeds from the first datacenter that has pods, and has a Barn in each of them', () => {
    expect(['w', 'a', 'b'].map((d) => kinds(d).includes('Job cachefarm-seed'))).toEqual([false, true, false]);
    expect(['w', 'a', 'b'].map((d) => kinds(d).includes('Deployment cachefarm-barn'))).toEqual([false, true, true]);
    const barns = ['a', 'b'].map((datacenter) =>
      only(
        manifestsOf((scope) => new CacheFarm(scope, 'farm', { farm: witnessed, datacenter })),
        'Deployment',
      ),
    );
    expect(barns.map((deployment) => at(deployment, 'spec.replicas'))).toEqual([1, 1]);
  });

  test('tells the pods every sentinel of every datacenter by the name its Service gives it', () => {
    const made = manifestsOf((scope) => new CacheFarm(scope, 'farm', { farm: witnessed, datacenter: 'a' }));
    expect(at(only(made, 'ConfigMap', 'redis-scripts'), 'data.sentinels')).toBe(
      'main-0 unreplicated 3 sentinel-main-0-0.sentinel-main-0.w.w.internal:26379 sentinel-main-0-0.sentinel-main-0.a.w.internal:26379 sentinel-main-0-0.sentinel-main-0.b.w.internal:26379\n',
    );
    expect(String(at(only(made, 'ConfigMap', 'sentinel-scripts'), 'data.ids')).split('\n')).toHaveLength(4);
  });

  test('has a PodMonitor instead of annotations when asked, and nothing for Prometheus when told so', () => {
    const monitored = (monitoring: 'podMonitor' | 'none'): Manifest[] =>
      manifestsOf((scope) => new CacheFarm(scope, 'farm', { farm: witnessed, datacenter: 'a', monitoring }));
    expect(JSON.stringify(monitored('none'))).not.toContain('prometheus.io/scrape');
    expect(monitored('podMonitor').filter((m) => m.kind === 'PodMonitor')).toHaveLength(1);
    expect(JSON.stringify(monitored('podMonitor'))).not.toContain('prometheus.io/scrape');
  });

  test('says which datacenters there are when it is given another', () => {
    expect(() => manifestsOf((scope) => new CacheFarm(scope, 'farm', { farm: witnessed, datacenter: 'z' }))).toThrow(
      'farm w has no datacenter z; it has w, a, b',
    );
  });

  test('has its objects within reach for patches', () => {
    const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
    const farm = new CacheFarm(chart, 'farm', { farm: witnessed, datacenter: 'a' });
    for (const tier of farm.tiers)
      for (const set of tier.statefulSets)
        ApiObject.of(set).addJsonPatch(JsonPatch.add('/spec/template/spec/nodeSelector', { pool: 'cache' }));
    expect(farm.sentinelGroups.map((group) => group.statefulSet.name)).toEqual(['sentinel-main-0']);
    expect(at(only(chart.toJson() as Manifest[], 'StatefulSet', 'redis-m1-6378'), `${POD}.nodeSelector`)).toEqual({
      pool: 'cache',
    });
  });

  test('leaves what all KubeClusters share to SharedObjects', () => {
    const shared = manifestsOf((scope) => new SharedObjects(scope, 'all', { farm: witnessed }));
    expect(shared.map((m) => `${m.kind} ${m.metadata.name}`)).toEqual(['CacheCluster user.id']);
  });
});

/** `Spec.clusterIp` as the typed classes write it and `spec.clusterIP` as the API does are one leaf. */
function leaves(value: unknown, path = ''): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object') return [path.toLowerCase()];
  // Quantity and IntOrString are a value in a wrapper.
  const wrapped = (value as { value?: unknown }).value;
  if (/^(Quantity|IntOrString|Lazy)$/.test(value.constructor.name))
    return wrapped === undefined ? [] : [path.toLowerCase()];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

/** What the construct was given and its manifest does not have. */
function lostLeaves(object: ApiObject): string[] {
  const written = new Set(leaves(object.toJson()));
  return leaves((object as unknown as { props: unknown }).props)
    .filter((leaf) => !written.has(leaf))
    .map((leaf) => `${object.kind} ${object.name}: ${leaf}`);
}

describe('every leaf that a construct sets', () => {
  test('is in its manifest: the typed classes drop what they do not know without a word', () => {
    const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
    new CacheFarm(chart, 'farm', { farm: demo, datacenter: 'a', monitoring: 'podMonitor', sentinelLoadBalancer: true });
    new SharedObjects(chart, 'all', { farm: demo });
    new ArgoApplications(chart, 'argo', argo);
    const objects = chart.node.findAll().filter((c): c is ApiObject => ApiObject.isApiObject(c));
    expect(objects.flatMap(lostLeaves)).toEqual([]);
    expect(objects.length).toBeGreaterThan(30);
  });

  test('would be missed here if it were lost', () => {
    const newer = { replicas: 1, newerThanOurTypes: true };
    const spec = { serviceName: '', selector: {}, template: {}, ...newer };
    const set = new k8s.KubeStatefulSet(new Chart(new App(), 'test'), 'x', { metadata: { name: 'x' }, spec });
    expect(lostLeaves(set)).toEqual(['StatefulSet x: .spec.newerthanourtypes']);
  });
});
