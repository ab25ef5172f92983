import { describe, expect, test } from '@jest/globals';
import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { RedisScripts } from '../../constructs/redis-scripts.js';
import { RedisTier, type RedisTierProps } from '../../constructs/redis-tier.js';
import { SentinelGroup, type SentinelGroupProps } from '../../constructs/sentinel-group.js';
import { SentinelScripts, sentinelId } from '../../constructs/sentinel-scripts.js';
import { at, complaintsOf, type Manifest, manifestsOf, only } from './synthesized.js';

const place = { farm: 'test', namespace: 'cachefarm', datacenter: 'a' };
const M1 = { name: 'M1', maxMemoryBytes: 2 ** 30, memoryBytes: 1.5 * 2 ** 30, ports: [6378], replicas: 40 };
const main = { ...place, name: 'main-0', port: 26_379, replicas: 1, domain: 'a.test.internal' };

const tier = (more: Partial<RedisTierProps> = {}, values: Partial<RedisTierProps['tier']> = {}): Manifest[] =>
  manifestsOf((scope) => new RedisTier(scope, 'm1', { ...place, tier: { ...M1, ...values }, ...more }));
const group = (more: Partial<SentinelGroupProps> = {}): Manifest[] =>
  manifestsOf((scope) => new SentinelGroup(scope, 'main', { ...main, ...more }));

const POD = 'spec.template.spec';
const redis = only(tier(), 'StatefulSet');
const sentinel = only(group(), 'StatefulSet');

describe('both kinds of pods', () => {
  const promises: Record<string, [path: string, value: unknown]> = {
    'take a changed template only when they are deleted': ['spec.updateStrategy', { type: 'OnDelete' }],
    'do not wait for a broken sibling': ['spec.podManagementPolicy', 'Parallel'],
    'keep few old revisions': ['spec.revisionHistoryLimit', 3],
    'are on the host network': [`${POD}.hostNetwork`, true],
    'still resolve names of the KubeCluster': [`${POD}.dnsPolicy`, 'ClusterFirstWithHostNet'],
    'get no token': [`${POD}.automountServiceAccountToken`, false],
    'get no list of Services': [`${POD}.enableServiceLinks`, false],
    'are not root': [`${POD}.securityContext.runAsNonRoot`, true],
    'have a user that is none of the machine': [`${POD}.securityContext.runAsUser`, 10_999],
    'can read what is mounted for them': [`${POD}.securityContext.fsGroup`, 10_999],
    'have the default seccomp profile': [`${POD}.securityContext.seccompProfile`, { type: 'RuntimeDefault' }],
    'have no capability': [`${POD}.containers.0.securityContext.capabilities`, { drop: ['ALL'] }],
    'cannot gain privileges': [`${POD}.containers.0.securityContext.allowPrivilegeEscalation`, false],
    'cannot write to their image': [`${POD}.containers.0.securityContext.readOnlyRootFilesystem`, true],
    'never meet a sibling on a machine': [
      `${POD}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.topologyKey`,
      'kubernetes.io/hostname',
    ],
    'spread over zones': [`${POD}.topologySpreadConstraints.0.topologyKey`, 'topology.kubernetes.io/zone'],
    'run where the zones are uneven': [`${POD}.topologySpreadConstraints.0.whenUnsatisfiable`, 'ScheduleAnyway'],
    'go at once': [`${POD}.terminationGracePeriodSeconds`, 5],
    'render passwords in memory only': [`${POD}.volumes.2.emptyDir.medium`, 'Memory'],
    'survive a mistaken deletion': [
      'metadata.annotations',
      expect.objectContaining({ 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' }),
    ],
  };
  test.each(Object.entries(promises))('%s', (_, [path, value]) => {
    expect(at(redis, path)).toEqual(value);
    expect(at(sentinel, path)).toEqual(value);
  });

  test('are kept apart by the labels that are unique to their StatefulSet', () => {
    for (const set of [redis, sentinel]) {
      const selector = at(set, 'spec.selector');
      expect(
        at(set, `${POD}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.0.labelSelector`),
      ).toEqual(selector);
      expect(at(set, `${POD}.topologySpreadConstraints.0.labelSelector`)).toEqual(selector);
      expect(at(set, 'spec.template.metadata.labels')).toMatchObject(at(selector, 'matchLabels') as object);
    }
  });
});

describe('RedisTier', () => {
  const promises: Record<string, [path: string, value: unknown]> = {
    'has no governing Service': ['spec.serviceName', ''],
    'comes with the pools': ['metadata.annotations', expect.objectContaining({ 'argocd.argoproj.io/sync-wave': '0' })],
    'has the replicas of its tier': ['spec.replicas', 40],
    'takes the port of the machine': [
      `${POD}.containers.0.ports.0`,
      { name: 'redis', containerPort: 6378, hostPort: 6378, protocol: 'TCP' },
    ],
    'gets the memory of its tier, no more and no less': [
      `${POD}.containers.0.resources`,
      { requests: { cpu: '100m', memory: '1536Mi' }, limits: { memory: '1536Mi' } },
    ],
    'is ready when its port answers': [`${POD}.containers.0.readinessProbe.tcpSocket.port`, 6378],
    'has a priority': [`${POD}.priorityClassName`, 'cachefarm-redis'],
    'runs our start script': [`${POD}.containers.0.command`, ['sh', '/etc/cachefarm/scripts/redis-start.sh']],
    'has an exporter that starts first and is restarted': [`${POD}.initContainers.0.restartPolicy`, 'Always'],
    'exports on the port 5000 above': [
      `${POD}.initContainers.0.ports.0`,
      { name: 'metrics', containerPort: 11_378, hostPort: 11_378, protocol: 'TCP' },
    ],
    'limits the exporter to what the farm check counts for it': [
      `${POD}.initContainers.0.resources.limits.memory`,
      '64Mi',
    ],
    'locks the exporter down too': [`${POD}.initContainers.0.securityContext.readOnlyRootFilesystem`, true],
    'is found by Prometheus': [
      'spec.template.metadata.annotations',
      { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '11378' },
    ],
    'has every label the operator reads': [
      'spec.template.metadata.labels',
      {
        'cachefarm.dev/farm': 'test',
        'cachefarm.dev/datacenter': 'a',
        'cachefarm.dev/role': 'redis',
        'cachefarm.dev/tier': 'M1',
        'cachefarm.dev/port': '6378',
      },
    ],
    'keeps its data in the pod only': [`${POD}.volumes.3`, { name: 'data', emptyDir: {} }],
    'claims no volume': ['spec.volumeClaimTemplates', undefined],
  };
  test.each(Object.entries(promises))('%s', (_, [path, value]) => {
    expect(at(redis, path)).toEqual(value);
  });

  test('tells the start script everything it asks for', () => {
    const env = at(redis, `${POD}.containers.0.env`) as { name: string; value?: string; valueFrom?: unknown }[];
    expect(Object.fromEntries(env.map((e) => [e.name, e.value ?? at(e.valueFrom, 'fieldRef.fieldPath')]))).toEqual({
      FARM_IP: 'status.hostIP',
      FARM_POD: 'metadata.name',
      FARM_DATACENTER: 'a',
      FARM_PORT: '6378',
      FARM_MAXMEMORY: '1073741824',
      FARM_MAXMEMORY_POLICY: 'allkeys-lru',
      FARM_PERSISTENCE: 'none',
      FARM_AUTH: 'password',
      FARM_SCRIPTS: '/etc/cachefarm/scripts',
      FARM_SECRETS: '/etc/cachefarm/secrets',
      FARM_RUN: '/run/cachefarm',
      FARM_DATA: '/data',
    });
  });

  test('gives the exporter its password from the Secret, after the address it is expanded from', () => {
    expect(at(redis, `${POD}.initContainers.0.env`)).toEqual([
      { name: 'FARM_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      { name: 'REDIS_ADDR', value: 'redis://$(FARM_IP):6378' },
      { name: 'REDIS_USER', value: 'exporter' },
      { name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'cachefarm-auth', key: 'exporter' } } },
      { name: 'REDIS_EXPORTER_WEB_LISTEN_ADDRESS', value: '$(FARM_IP):11378' },
    ]);
  });

  test('makes a StatefulSet for every port and no other object', () => {
    const made = tier({}, { ports: [6378, 6379, 6380] });
    expect(made.map((m) => `${m.kind} ${m.metadata.name}`)).toEqual([
      'StatefulSet redis-m1-6378',
      'StatefulSet redis-m1-6379',
      'StatefulSet redis-m1-6380',
    ]);
  });

  test.each([
    ['aof', 30],
    ['rdb', 120],
  ] as const)('with %s keeps its data on a volume and gets %d s for its last write', (persistence, seconds) => {
    const set = only(tier({}, { persistence, storageClass: 'fast' }), 'StatefulSet');
    expect(at(set, 'spec.volumeClaimTemplates')).toEqual([
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } },
      },
    ]);
    expect(at(set, `${POD}.volumes`)).toHaveLength(3);
    expect(at(set, `${POD}.containers.0.volumeMounts`)).toContainEqual({ name: 'data', mountPath: '/data' });
    expect(at(set, `${POD}.terminationGracePeriodSeconds`)).toBe(seconds);
    expect(at(set, 'spec.persistentVolumeClaimRetentionPolicy')).toBeUndefined();
  });

  test('has the exporter as a plain container where no native sidecar can be, and is the same otherwise', () => {
    const plain = only(tier({ exporter: 'container' }), 'StatefulSet');
    const { restartPolicy, ...sidecar } = at(redis, `${POD}.initContainers.0`) as Record<string, unknown>;
    expect(restartPolicy).toBe('Always');
    expect(at(plain, `${POD}.initContainers`)).toBeUndefined();
    expect(at(plain, `${POD}.containers`)).toEqual([at(redis, `${POD}.containers.0`), sidecar]);
    expect(at(plain, 'spec.template.metadata')).toEqual(at(redis, 'spec.template.metadata'));
    expect(plain).toMatchSnapshot();
  });

  test('has a native sidecar unless it is told otherwise', () => {
    expect(only(tier({ exporter: true }), 'StatefulSet')).toEqual(redis);
    expect(only(tier({ exporter: 'sidecar' }), 'StatefulSet')).toEqual(redis);
  });

  test('without exporter has neither sidecar nor scrape annotations', () => {
    const set = only(tier({ exporter: false }), 'StatefulSet');
    expect(at(set, `${POD}.initContainers`)).toBeUndefined();
    expect(at(set, `${POD}.containers`)).toHaveLength(1);
    expect(at(set, 'spec.template.metadata.annotations')).toBeUndefined();
  });

  test('takes what it is told over its defaults', () => {
    const set = only(
      tier(
        { auth: 'none', image: 'registry.test/valkey:9.1.2', priorityClassName: 'mine', scrapeAnnotations: false },
        { cpuMillis: 2_000, podManagement: 'OrderedReady', maxMemoryPolicy: 'volatile-ttl' },
      ),
      'StatefulSet',
    );
    expect(at(set, 'spec.podManagementPolicy')).toBe('OrderedReady');
    expect(at(set, `${POD}.priorityClassName`)).toBe('mine');
    expect(at(set, `${POD}.containers.0`)).toMatchObject({
      image: 'registry.test/valkey:9.1.2',
      resources: { requests: { cpu: '2000m' } },
      env: expect.arrayContaining([
        { name: 'FARM_AUTH', value: 'none' },
        { name: 'FARM_MAXMEMORY_POLICY', value: 'volatile-ttl' },
      ]),
    });
  });

  test('grows by addPort, and its StatefulSets can be patched', () => {
    const chart = new Chart(new App(), 'test');
    const m1 = new RedisTier(chart, 'm1', { ...place, tier: M1 });
    const added = m1.addPort(6400);
    expect(m1.statefulSets.map((set) => set.name)).toEqual(['redis-m1-6378', 'redis-m1-6400']);
    expect(m1.statefulSet(6400)).toBe(added);
    ApiObject.of(added).addJsonPatch(JsonPatch.replace('/spec/replicas', 7));
    expect(at(only(chart.toJson() as Manifest[], 'StatefulSet', 'redis-m1-6400'), 'spec.replicas')).toBe(7);
  });

  test('asks for a restart when a script changes, not when a sentinel group is added', () => {
    const hashWith = (groups: number): unknown => {
      const made = manifestsOf((scope) => {
        const scripts = new RedisScripts(scope, 'scripts', { namespace: 'cachefarm' });
        for (let i = 0; i < groups; i++)
          scripts.addSentinelGroup({ group: `main-${i}`, replicated: false, size: 3, addresses: ['s:26379'] });
        new RedisTier(scope, 'm1', { ...place, tier: M1, scripts });
      });
      const annotations = at(only(made, 'StatefulSet'), 'spec.template.metadata.annotations') as Record<string, string>;
      return annotations['cachefarm.dev/config-hash'];
    };
    expect(hashWith(1)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashWith(2)).toBe(hashWith(1));
  });

  const mistakes: Record<
    string,
    [values: Partial<RedisTierProps['tier']>, more: Partial<RedisTierProps>, message: string]
  > = {
    'no headroom': [
      { memoryBytes: 1.125 * 2 ** 30 },
      {},
      '[test/m1] maxMemory 1Gi leaves no headroom under memory 1152Mi (need at least 1.25x, 1280Mi)',
    ],
    'no pods': [{ replicas: 0 }, {}, '[test/m1] replicas is 0, need a whole number from 1'],
    'no port': [{ ports: [] }, {}, '[test/m1] no ports: a tier needs at least one, each gets a StatefulSet of its own'],
    'a port twice': [{ ports: [6378, 6378] }, {}, '[test/m1] port 6378 is declared twice'],
    'a name that no object can have': [
      { name: 'M_1' },
      {},
      '[test/m1] name "M_1" gives the object name "redis-m_1-6378": use letters, digits and dashes only',
    ],
    'a name that leaves no room for the revision': [
      { name: 'M'.repeat(42) },
      {},
      `[test/m1] name ${'M'.repeat(42)} gives the object name redis-${'m'.repeat(42)}-6378 of 53 characters, 52 at most; shorten it`,
    ],
    'a port of root': [{ ports: [80] }, {}, '[test/m1] port 80 is out of range: 1024 to 65535, pods are not root'],
    'a port on an exporter': [
      { ports: [6378, 11_378] },
      {},
      '[test/m1] port 11378 is the exporter of port 6378; both are host ports of one machine',
    ],
    'an image that moves': [
      {},
      { image: 'redis:latest' },
      '[test/m1] image redis:latest has no fixed version: name a tag other than latest, or a digest',
    ],
    'an exporter without a version': [
      {},
      { exporterImage: 'localhost:5000/exporter' },
      '[test/m1] image localhost:5000/exporter has no fixed version: name a tag other than latest, or a digest',
    ],
  };
  test.each(Object.entries(mistakes))('refuses %s', (_, [values, more, message]) => {
    expect(
      complaintsOf((scope) => new RedisTier(scope, 'm1', { ...place, tier: { ...M1, ...values }, ...more })),
    ).toEqual([message]);
  });

  test('tells all mistakes at once', () => {
    expect(
      complaintsOf(
        (scope) => new RedisTier(scope, 'm1', { ...place, tier: { ...M1, replicas: 0, memoryBytes: 1, ports: [80] } }),
      ),
    ).toHaveLength(3);
  });

  test('looks like this', () => {
    expect(tier()).toMatchSnapshot();
  });
});

describe('SentinelGroup', () => {
  const promises: Record<string, [path: string, value: unknown]> = {
    'is governed by its headless Service': ['spec.serviceName', 'sentinel-main-0'],
    'comes before the pools': [
      'metadata.annotations',
      expect.objectContaining({ 'argocd.argoproj.io/sync-wave': '-1' }),
    ],
    'takes the port of the machine': [
      `${POD}.containers.0.ports.0`,
      { name: 'sentinel', containerPort: 26_379, hostPort: 26_379, protocol: 'TCP' },
    ],
    'is Guaranteed': [
      `${POD}.containers.0.resources`,
      { requests: { cpu: '500m', memory: '128Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    ],
    'has the higher priority': [`${POD}.priorityClassName`, 'cachefarm-sentinel'],
    'runs our start script': [`${POD}.containers.0.command`, ['sh', '/etc/cachefarm/scripts/sentinel-start.sh']],
    'is named after the group and the datacenter': [
      'spec.template.metadata.labels',
      {
        'cachefarm.dev/farm': 'test',
        'cachefarm.dev/datacenter': 'a',
        'cachefarm.dev/role': 'sentinel',
        'cachefarm.dev/sentinel-group': 'main-0',
      },
    ],
  };
  test.each(Object.entries(promises))('%s', (_, [path, value]) => {
    expect(at(sentinel, path)).toEqual(value);
  });

  test('tells the start script everything it asks for', () => {
    const env = at(sentinel, `${POD}.containers.0.env`) as { name: string; value?: string; valueFrom?: unknown }[];
    expect(Object.fromEntries(env.map((e) => [e.name, e.value ?? at(e.valueFrom, 'fieldRef.fieldPath')]))).toEqual({
      FARM_IP: 'status.hostIP',
      FARM_POD: 'metadata.name',
      FARM_DATACENTER: 'a',
      FARM_PORT: '26379',
      FARM_SENTINEL_GROUP: 'main-0',
      FARM_AUTH: 'password',
      FARM_SCRIPTS: '/etc/cachefarm/scripts',
      FARM_SECRETS: '/etc/cachefarm/secrets',
      FARM_RUN: '/run/cachefarm',
    });
  });

  test('has one stable name in DNS, for sentinels that are not ready too', () => {
    const service = only(group(), 'Service');
    expect(at(service, 'spec')).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(service.metadata.annotations?.['external-dns.alpha.kubernetes.io/hostname']).toBe(
      'sentinel-main-0.a.test.internal',
    );
  });

  test('loses one sentinel at a time to drains', () => {
    const budget = only(group(), 'PodDisruptionBudget');
    expect(at(budget, 'spec')).toEqual({ maxUnavailable: 1, selector: at(sentinel, 'spec.selector') });
  });

  test('has a LoadBalancer only when asked, beside the headless Service', () => {
    const made = group({ loadBalancer: true });
    expect(at(only(made, 'Service', 'sentinel-main-0-lookup'), 'spec.type')).toBe('LoadBalancer');
    expect(at(only(made, 'Service', 'sentinel-main-0'), 'spec.clusterIP')).toBe('None');
    expect(
      group()
        .map((m) => m.kind)
        .sort(),
    ).toEqual(['PodDisruptionBudget', 'Service', 'StatefulSet']);
  });

  const mistakes: Record<string, [more: Partial<SentinelGroupProps>, message: string]> = {
    'a name that no object can have': [
      { name: 'Main' },
      '[test/main] name "Main" gives the object name "sentinel-Main": use letters, digits and dashes only',
    ],
    'no sentinels': [
      { replicas: 0 },
      '[test/main] replicas is 0, need a whole number from 1; leave the group out of a datacenter that holds none of it',
    ],
    'a port out of range': [
      { port: 70_000 },
      '[test/main] port 70000 is out of range: 1024 to 65535, pods are not root',
    ],
    'an image that moves': [
      { image: 'redis' },
      '[test/main] image redis has no fixed version: name a tag other than latest, or a digest',
    ],
  };
  test.each(Object.entries(mistakes))('refuses %s', (_, [more, message]) => {
    expect(complaintsOf((scope) => new SentinelGroup(scope, 'main', { ...main, ...more }))).toEqual([message]);
  });

  test('looks like this', () => {
    expect(group()).toMatchSnapshot();
  });
});

describe('the ConfigMaps of the scripts', () => {
  const scripts = manifestsOf((scope) => {
    new RedisScripts(scope, 'redis', {
      namespace: 'cachefarm',
      sentinelGroups: [
        { group: 'main-0', replicated: false, size: 3, addresses: ['x:26379', 'y:26379'] },
        { group: 'safe-0', replicated: true, size: 3, addresses: ['z:26380'] },
      ],
    });
    const sentinels = new SentinelScripts(scope, 'sentinel', { farm: 'test', namespace: 'cachefarm' });
    sentinels.addSentinel({ datacenter: 'a', pod: 'sentinel-main-0-0' });
  });
  const data = (name: string): Record<string, string> =>
    at(only(scripts, 'ConfigMap', name), 'data') as Record<string, string>;

  test('hold scripts, rules and addresses, and nothing else', () => {
    expect(Object.keys(data('redis-scripts')).sort()).toMatchSnapshot();
    expect(Object.keys(data('sentinel-scripts')).sort()).toMatchSnapshot();
  });

  test('name the sentinels of each group in a line', () => {
    expect(data('redis-scripts').sentinels).toBe(
      'main-0 unreplicated 3 x:26379 y:26379\nsafe-0 replicated 3 z:26380\n',
    );
  });

  test('give a sentinel an identity that is the same for ever and of no other farm', () => {
    expect(data('sentinel-scripts').ids).toBe(
      'a sentinel-main-0-0 0000000000000000000000000000000000000000\n'.replace(
        /0{40}/,
        sentinelId('test', { datacenter: 'a', pod: 'sentinel-main-0-0' }),
      ),
    );
    expect(sentinelId('test', { datacenter: 'a', pod: 'sentinel-main-0-0' })).toBe(
      'd74530a0ab5c63beb0b50f1d8a36d1401d218dbc',
    );
    expect(sentinelId('other', { datacenter: 'a', pod: 'sentinel-main-0-0' })).not.toBe(
      sentinelId('test', { datacenter: 'a', pod: 'sentinel-main-0-0' }),
    );
  });

  test('start with an interpreter line and end with a newline', () => {
    for (const text of [data('redis-scripts')['redis-start.sh'], data('sentinel-scripts')['sentinel-start.sh']])
      expect(text).toMatch(/^#!\/bin\/sh\n[\s\S]*\n$/);
  });
});
