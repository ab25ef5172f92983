import { describe, expect, test } from '@jest/globals';
import { cacheClusterObjectSchema } from '../../constructs/cache-cluster-definition.js';
import { RESERVED_CLUSTER_NAMES, USER } from '../../src/farm/access.js';
import { declaredFault } from '../../src/farm/declared-fault.js';
import { cacheCluster, farmSpec, problemsOf } from '../builders/farm.js';

const spec = (clusterName: string) => ({ clusterName, clusterSize: 1, tier: 'M1' });

test('names of the farm itself: its users on pods and sentinels, the one of Redis, the one of a self-test', () => {
  expect(RESERVED_CLUSTER_NAMES).toEqual(expect.arrayContaining([...Object.values(USER), 'default', 'barn-selftest']));
});

// The application's ACL user on a pod bears the name: `default` would let everybody in without a password, `barn` would shut Barn out.
describe.each(RESERVED_CLUSTER_NAMES)('a cache cluster called %s', (name) => {
  test('is refused where the farm is declared', () => {
    const problems = problemsOf(farmSpec({ cacheClusters: [cacheCluster({ clusterName: name })] }));
    expect(problems.join()).toContain(`clusterName ${name} is a name of the farm itself`);
  });
  test('is refused by the API server, whoever applies it', () => {
    const rules = cacheClusterObjectSchema().properties?.spec?.['x-kubernetes-validations'] ?? [];
    expect(rules.find(({ message }) => message?.includes('a name of the farm itself'))?.rule).toContain(`'${name}'`);
  });
  test('is not read by Barn, where it got in all the same', () => {
    expect(declaredFault(spec(name))).toBe(`spec.clusterName ${name} is a name of the farm itself`);
    expect(declaredFault(spec(`${name}.cache`))).toBeUndefined();
  });
});
