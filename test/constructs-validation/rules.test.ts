import { describe, expect, test } from '@jest/globals';
import { checkManifests } from '../../constructs/validation/check-manifests.js';
import type { Manifest } from '../../constructs/validation/manifest.js';
import { redisBytes } from '../../constructs/validation/rules/redis-memory.js';
import { RULES } from '../../constructs/validation/rules.js';
import { antiAffinity, farmConfig, manifest, redis, redisObject, sentinel } from './manifests.js';

/** `rule: location` of everything found */
const broken = (...manifests: readonly Manifest[]): string[] =>
  checkManifests(manifests).flatMap(({ rule, findings }) =>
    findings.map(({ location }) => `${rule.name}: ${location}`),
  );

const threeSentinels = (group = 'main-0'): Manifest[] =>
  ['a', 'b', 'c'].map((kubeCluster) => sentinel({ kubeCluster, group }));
const at = 'spec.template.spec.containers[redis]';

test('a farm that keeps every rule has no violations', () => {
  const group = { name: 'main-0', size: 3, quorum: 2 };
  expect(
    broken(
      redis(),
      redis({ port: 6379 }),
      redis({ kubeCluster: 'b' }),
      ...threeSentinels(),
      farmConfig([group]),
      farmConfig([group], 'b'),
    ),
  ).toEqual([]);
});

describe('host-port-collision', () => {
  const collision = `host-port-collision: ${at}.ports[6378]: host port 6378/TCP is also taken by StatefulSet redis-m1-6378 (container redis)`;
  const other = { name: 'other', labels: { app: 'other' } };
  const cases: Record<string, [Manifest[], string[]]> = {
    'two sets with one port may meet: their anti-affinity selects only their own pods': [
      [redis(), redis(other)],
      [collision],
    ],
    'a set in another KubeCluster never meets it': [[redis(), redis({ ...other, kubeCluster: 'b' })], []],
    'anti-affinity that selects the other set separates them': [
      [redis(), redis({ ...other, replicas: 1, pod: { affinity: antiAffinity({ 'cachefarm.dev/tier': 'M1' }) } })],
      [],
    ],
    'anti-affinity of another namespace separates nothing': [
      [
        redis(),
        redis({
          ...other,
          replicas: 1,
          namespace: 'elsewhere',
          pod: { affinity: antiAffinity({ 'cachefarm.dev/tier': 'M1' }) },
        }),
      ],
      [collision],
    ],
    'node selectors that exclude each other separate them': [
      [
        redis({ pod: { nodeSelector: { disk: 'ssd' }, affinity: antiAffinity({ 'cachefarm.dev/tier': 'M1' }) } }),
        redis({ ...other, pod: { nodeSelector: { disk: 'none' }, affinity: antiAffinity({ app: 'other' }) } }),
      ],
      [],
    ],
    'a Deployment, a DaemonSet or a pod collides too': [
      [
        redis(),
        redis({ ...other, kind: 'DaemonSet' }),
        redis({
          name: 'third',
          port: 7000,
          labels: { app: 'third' },
          kind: 'Deployment',
          container: {
            ports: [
              { containerPort: 7000, hostPort: 7000 },
              { containerPort: 6378, hostPort: 6378, protocol: 'UDP' },
            ],
          },
        }),
      ],
      [collision],
    ],
    'a hostPort without hostNetwork collides too': [
      [redis(), redis({ ...other, pod: { hostNetwork: false } })],
      [collision],
    ],
    'without hostNetwork a container port is the pod’s own': [
      [redis(), redis({ ...other, pod: { hostNetwork: false }, container: { ports: [{ containerPort: 6378 }] } })],
      [],
    ],
    'two addresses of the machine are two sockets': [
      [
        redis({ container: { ports: [{ containerPort: 6378, hostPort: 6378, hostIP: '10.0.0.1' }] } }),
        redis({ ...other, container: { ports: [{ containerPort: 6378, hostPort: 6378, hostIP: '10.0.0.2' }] } }),
      ],
      [],
    ],
    'two containers of one pod collide': [
      [
        redis({
          pod: {
            initContainers: [
              {
                name: 'exporter',
                image: 'x:1',
                restartPolicy: 'Always',
                ports: [{ containerPort: 6378, hostPort: 6378 }],
                resources: { limits: { memory: '64Mi' } },
              },
            ],
          },
        }),
      ],
      [collision.replace('(container redis)', '(container exporter)')],
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [manifests, expected]) => expect(broken(...manifests)).toEqual(expected));
});

describe('one workload', () => {
  const cases: Record<string, [Parameters<typeof redis>[0], string[]]> = {
    'replicas with hostNetwork need required anti-affinity': [
      { pod: { affinity: {} } },
      [
        'anti-affinity: spec.template.spec.affinity.podAntiAffinity: 3 replicas with hostNetwork, and no required term on kubernetes.io/hostname selects its own pods',
      ],
    ],
    'a preferred anti-affinity is none': [
      { pod: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } } },
      [
        'anti-affinity: spec.template.spec.affinity.podAntiAffinity: 3 replicas with hostNetwork, and no required term on kubernetes.io/hostname selects its own pods',
      ],
    ],
    'anti-affinity by expression counts': [
      {
        pod: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  topologyKey: 'kubernetes.io/hostname',
                  labelSelector: {
                    matchExpressions: [{ key: 'cachefarm.dev/port', operator: 'In', values: ['6378'] }],
                  },
                },
              ],
            },
          },
        },
      },
      [],
    ],
    'one replica needs no anti-affinity': [{ replicas: 1, pod: { affinity: {} } }, []],
    'an undeclared port of a hostNetwork container is invisible to the scheduler': [
      { container: { args: ['redis-server', '--port', '6390'] } },
      [`host-network-ports: ${at}.ports: listens on 6390, which is not declared`],
    ],
    'no ports at all': [
      { container: { ports: [] } },
      ['host-network-ports: spec.template.spec.hostNetwork: true, but no container declares a port'],
    ],
    'hostPort left out': [
      { container: { ports: [{ containerPort: 6378 }] } },
      [`host-network-ports: ${at}.ports[6378].hostPort: missing`],
    ],
    'hostPort is another port': [
      { container: { ports: [{ containerPort: 6378, hostPort: 6400 }] } },
      [`host-network-ports: ${at}.ports[6378].hostPort: 6400, must equal containerPort`],
    ],
    'no limit': [{ container: { resources: {} } }, [`missing-limits: ${at}.resources.limits.memory: missing`]],
    'request below limit': [
      { container: { resources: { requests: { memory: '1Gi' }, limits: { memory: '1536Mi' } } } },
      [`redis-memory: ${at}.resources.requests.memory: 1Gi is not the limit 1536Mi`],
    ],
    'an absent request is the limit': [{ container: { resources: { limits: { memory: '1.5Gi' } } } }, []],
    'too little headroom over FARM_MAXMEMORY': [
      { container: { resources: { requests: { memory: '1200Mi' }, limits: { memory: '1200Mi' } } } },
      [
        `redis-memory: ${at}.resources.limits.memory: 1200Mi is 1.17 x maxmemory (1073741824 bytes), needs 1.25 x = 1280Mi`,
      ],
    ],
    'exactly 1.25 x is enough': [{ container: { resources: { limits: { memory: '1280Mi' } } } }, []],
    'too little headroom over --maxmemory in a shell line': [
      { container: { env: [], name: 'cache', command: ['sh', '-c', 'exec redis-server --maxmemory "2gb"'] } },
      [
        'redis-memory: spec.template.spec.containers[cache].resources.limits.memory: 1536Mi is 0.75 x maxmemory (2147483648 bytes), needs 1.25 x = 2560Mi',
      ],
    ],
    'a rolling update': [
      { spec: { updateStrategy: { type: 'RollingUpdate' } } },
      ['on-delete: spec.updateStrategy.type: RollingUpdate'],
    ],
    latest: [{ container: { image: 'redis:latest' } }, [`latest-image: ${at}.image: redis:latest`]],
    'no tag on a registry with a port': [
      { container: { image: 'registry.internal:5000/redis' } },
      [`latest-image: ${at}.image: registry.internal:5000/redis has no tag, which means latest`],
    ],
    'a digest is a version': [{ container: { image: `redis@sha256:${'0'.repeat(64)}` } }, []],
  };
  test.each(Object.entries(cases))('%s', (_, [options, expected]) => expect(broken(redis(options))).toEqual(expected));

  test('an update strategy that is left out is a rolling update', () => {
    expect(broken(redis({ spec: { updateStrategy: undefined } }))).toEqual([
      'on-delete: spec.updateStrategy.type: RollingUpdate',
    ]);
  });
  test('a maxmemory of 0 is no limit', () => {
    expect(broken(redis({ container: { env: [{ name: 'FARM_MAXMEMORY', value: '0' }] } }))).toEqual([
      `redis-memory: ${at}.resources.limits.memory: maxmemory is 0, so Redis grows until the kernel kills it at 1536Mi`,
    ]);
  });
  test('anybody’s Deployment of something else may roll, and have no maxmemory', () => {
    expect(
      broken(
        redis({
          kind: 'Deployment',
          labels: { app: 'web' },
          container: { name: 'web', image: 'web:1', env: [] },
          spec: { updateStrategy: undefined },
        }),
      ),
    ).toEqual([]);
  });
  test('manifests that are no workloads, or misshapen ones, are not its business', () => {
    expect(
      broken(
        manifest({ kind: 'Service', metadata: {} }),
        manifest({ kind: 'StatefulSet', spec: { template: { spec: { containers: 'x' } } } }),
        manifest({ kind: 'Pod' }),
      ),
    ).toEqual([]);
  });
});

test.each<[string, number | undefined]>([
  ['1gb', 2 ** 30],
  ['1G', 1e9],
  ['512mb', 512 * 2 ** 20],
  ['100', 100],
  ['80%', undefined],
  ['1.5gb', undefined],
])('maxmemory %s is %s bytes', (value, bytes) => expect(redisBytes(value)).toBe(bytes));

describe('sentinels', () => {
  const group = (size: number, quorum: number) => farmConfig([{ name: 'main-0', size, quorum }]);
  const cases: Record<string, [Manifest[], string[]]> = {
    'two sentinels': [
      ['a', 'b'].map((kubeCluster) => sentinel({ kubeCluster })),
      [
        'sentinel-quorum: spec.replicas: sentinel group main-0 has 2 sentinels in 2 StatefulSet(s); fewer than three cannot lose one and still agree',
      ],
    ],
    'an even number': [
      [...threeSentinels(), sentinel({ kubeCluster: 'd' })],
      [
        'sentinel-quorum: spec.replicas: sentinel group main-0 has 4 sentinels in 4 StatefulSet(s); an even number survives no more losses than one less',
      ],
    ],
    'a quorum that a minority reaches': [
      [...threeSentinels(), group(3, 1)],
      ['sentinel-quorum: data["farm.json"].sentinelGroups[main-0].quorum: 1, must be 2 to 3 of 3 sentinels'],
    ],
    'a quorum nobody reaches': [
      [...threeSentinels(), group(3, 4)],
      ['sentinel-quorum: data["farm.json"].sentinelGroups[main-0].quorum: 4, must be 2 to 3 of 3 sentinels'],
    ],
    'a group of other size than declared': [
      [...threeSentinels(), group(5, 3)],
      ['sentinel-quorum: data["farm.json"].sentinelGroups[main-0].size: 5, but the StatefulSets run 3'],
    ],
    'a datacenter that is the majority': [
      [sentinel({ kubeCluster: 'a', replicas: 2 }), sentinel({ kubeCluster: 'b' })],
      ['sentinel-spread: spec.replicas: a holds 2 of the 3 sentinels of group main-0; without it there is no majority'],
    ],
    'anybody’s three sentinels on one machine': [
      [
        sentinel({
          replicas: 3,
          labels: { app: 'sentinel' },
          pod: { hostNetwork: false, affinity: {} },
          container: { ports: [{ containerPort: 26_379 }] },
        }),
      ],
      ['sentinel-spread: spec.template.spec.affinity: 3 sentinels of group sentinel-main-0 may share a machine'],
    ],
    'a hard topology spread over machines is enough': [
      [
        sentinel({
          replicas: 3,
          labels: { app: 'sentinel' },
          pod: {
            hostNetwork: false,
            affinity: {},
            topologySpreadConstraints: [
              {
                topologyKey: 'kubernetes.io/hostname',
                whenUnsatisfiable: 'DoNotSchedule',
                labelSelector: { matchLabels: { app: 'sentinel' } },
              },
            ],
          },
          container: { ports: [{ containerPort: 26_379 }] },
        }),
      ],
      [],
    ],
    'two groups are counted apart': [
      [...threeSentinels(), ...threeSentinels('main-1').map((m) => ({ ...m, kubeCluster: `${m.kubeCluster}2` }))],
      [],
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [manifests, expected]) => expect(broken(...manifests)).toEqual(expected));
});

test('every rule has a name of its own, and says why and how', () => {
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
  for (const { name, recommendation, fix } of RULES) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(recommendation.length).toBeGreaterThan(40);
    expect(fix).toMatch(/\.$/);
  }
});

test('an object that goes to several KubeClusters is found once', () => {
  const shared = ['a', 'b'].map((kubeCluster) =>
    manifest(redisObject({ container: { image: 'redis' } }), kubeCluster, 'dist/all/x.k8s.yaml'),
  );
  expect(broken(...shared)).toHaveLength(1);
});

test('a severity can be changed, a rule switched off, and a wrong name is said', () => {
  const rolling = [redis({ spec: {} })].map((m) => ({ ...m, object: redisObject({ spec: { updateStrategy: {} } }) }));
  expect(checkManifests(rolling, { rules: { 'on-delete': 'warning' } }).map(({ severity }) => severity)).toEqual([
    'warning',
  ]);
  expect(checkManifests(rolling, { rules: { 'on-delete': 'off' } })).toEqual([]);
  expect(() => checkManifests([], { rules: { 'on-deleted': 'off' } })).toThrow(
    /no validation rule is named on-deleted; there are host-port-collision, /,
  );
  expect(() => checkManifests([], { rules: { 'on-delete': 'loud' as 'off' } })).toThrow(
    'set to loud; use error, warning or off',
  );
});
