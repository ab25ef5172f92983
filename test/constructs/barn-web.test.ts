import { describe, expect, test } from '@jest/globals';
import { Barn } from '../../constructs/barn.js';
import { CacheFarm } from '../../constructs/cache-farm.js';
import { FarmNetworkPolicy } from '../../constructs/farm-network-policy.js';
import type { Web } from '../../src/farm/model.js';
import { farm as demo } from '../../src/farms/demo.js';
import { at, type Manifest, manifestsOf, only } from './synthesized.js';

const place = { farm: 'test', namespace: 'cachefarm', datacenter: 'a' };
const web = (changes: Web['changes']): Web => ({ port: 9_190, openReading: true, changes });
const barn = (props: { readonly web?: Web } = {}): readonly Manifest[] =>
  manifestsOf((scope) => new Barn(scope, 'barn', { ...place, ...props }));

const rulesIn = (made: readonly Manifest[], kind: string): readonly string[] =>
  made
    .filter((one) => one.kind === kind)
    .flatMap((one) => one.rules as { resources: string[]; verbs: string[] }[])
    .flatMap(({ resources, verbs }) => resources.map((resource) => `${resource}: ${verbs.join(' ')}`))
    .sort();

const OWN = [
  'cacheclusters/status: patch',
  'cacheclusters: get list watch',
  'events: create patch',
  'leases: create',
  'leases: get update',
  'pods: get list watch',
];
const ASKS = ['nodes: get list watch', 'subjectaccessreviews: create', 'tokenreviews: create'];
const DECLARES = 'cacheclusters: create patch delete';

describe('what Barn may do for the people who use its page', () => {
  const may: Record<string, [web: Web | undefined, inNamespace: readonly string[], wide: readonly string[]]> = {
    'no page: nothing': [undefined, OWN, ['nodes: get list watch']],
    'a page that changes nothing: ask who somebody is': [web('none'), OWN, ASKS],
    'cache clusters: write those, and no machine or pod': [web('clusters'), [...OWN, DECLARES].sort(), ASKS],
    'all: mark machines and pods too': [
      web('all'),
      [...OWN, DECLARES, 'pods: patch'].sort(),
      [...ASKS, 'nodes: patch'].sort(),
    ],
  };
  test.each(Object.entries(may))('%s', (_, [given, inNamespace, wide]) => {
    const made = barn(given ? { web: given } : {});
    expect(rulesIn(made, 'Role')).toEqual(inNamespace);
    expect(rulesIn(made, 'ClusterRole')).toEqual(wide);
  });
  test('a witness grants the same: cache clusters are declared there too', () => {
    const [a, b, c] = demo.datacenters;
    if (!a || !b || !c) throw new Error('the demo farm has three datacenters');
    const farm = { ...demo, datacenters: [a, b, { ...c, witness: true, machines: { count: 0, memoryBytes: 0 } }] };
    const made = manifestsOf((scope) => new CacheFarm(scope, 'farm', { farm, datacenter: 'c' }));
    expect(rulesIn(made, 'Role')).toContain(DECLARES);
    expect(made.filter(({ kind, metadata }) => kind === 'Service' && metadata.name === 'cachefarm-barn')).toEqual([]);
  });
});

describe('the way to the page', () => {
  test('is a Service inside the KubeCluster, to the port of the container', () => {
    const made = barn({ web: { ...web('clusters'), port: 9_999 } });
    const service = only(made, 'Service', 'cachefarm-barn');
    expect(service.spec).toEqual({
      type: 'ClusterIP',
      selector: { 'cachefarm.dev/datacenter': 'a', 'cachefarm.dev/farm': 'test', 'cachefarm.dev/role': 'barn' },
      ports: [{ name: 'web', port: 9_999, targetPort: 'web', protocol: 'TCP' }],
    });
    expect(at(only(made, 'Deployment'), 'spec.template.spec.containers.0.ports')).toEqual([
      { name: 'http', containerPort: 9_180, protocol: 'TCP' },
      { name: 'web', containerPort: 9_999, protocol: 'TCP' },
    ]);
  });
  test('is not there where the farm has no page', () => {
    expect(barn().filter(({ kind }) => kind === 'Service')).toEqual([]);
  });
  test.each([
    [undefined, [9_180]],
    [9_190, [9_180, 9_190]],
  ])('port %s: NetworkPolicy lets in %j', (webPort, ports) => {
    const given = { farm: 'test', namespace: 'cachefarm', redisPorts: [6_378], sentinelPorts: [26_379] };
    const made = manifestsOf(
      (scope) => new FarmNetworkPolicy(scope, 'x', { ...given, ...(webPort === undefined ? {} : { webPort }) }),
    );
    const ingress = at(only(made, 'NetworkPolicy'), 'spec.ingress.0.ports') as { readonly port: number }[];
    expect(ingress.map(({ port }) => port)).toEqual(ports);
  });
});
