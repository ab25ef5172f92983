import { describe, expect, test } from '@jest/globals';
import { planChanges } from '../../src/cli/declared-change.js';
import type { Loose } from '../../src/farm/loose.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import { cacheCluster, farmSpec } from '../builders/farm.js';

const { cacheClusters, ...frame } = resolveFarm(
  farmSpec({ cacheClusters: [cacheCluster({ clusterName: 'Chat.room', partitionSize: 3, minReplicas: 2 })] }),
);

function change(fields: Loose) {
  const current = cacheClusters.map(({ datacenters: _, ...spec }) => ({
    clusterName: spec.clusterName,
    spec,
    object: {
      apiVersion: 'cachefarm.dev/v1alpha1',
      kind: 'CacheCluster',
      metadata: { name: 'chat.room', namespace: 'cachefarm' },
      spec,
    },
  }));
  const { problems, changes } = planChanges(frame, current, [{ kind: 'put', clusterName: 'Chat.room', fields }]);
  return { messages: problems.map(({ message }) => message), spec: changes[0]?.spec };
}

describe('a change of partitionSize where minReplicas is declared', () => {
  test.each([
    ['below it', { partitionSize: 2 }, 'minReplicas 2 is more than the 1 replica that partitionSize 2 gives'],
    ['to one copy', { partitionSize: 1 }, 'minReplicas 2 and partitionSize 1 exclude each other'],
  ])('%s is refused, with the way out', (_, fields, message) => {
    expect(change(fields).messages).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['with it', { partitionSize: 2, minReplicas: 1 }, 1],
    ['and without it', { partitionSize: 1, minReplicas: null }, undefined],
    ['to more copies', { partitionSize: 4 }, 2],
  ])('%s is fine', (_, fields, minReplicas) => {
    const { messages, spec } = change(fields);
    expect(messages).toEqual([]);
    expect(spec?.minReplicas).toBe(minReplicas);
  });
});
