import { describe, expect, test } from '@jest/globals';
import { defineFarm } from '../../src/farm/define.js';
import { LABEL } from '../../src/farm/words.js';
import type { KubePod } from '../../src/world/kube.js';
import { readKube } from '../../src/world/read-kube.js';
import { farmSpec } from '../builders/farm.js';

const { cacheClusters: _, ...frame } = defineFarm(farmSpec());

const pod = (containerStatuses?: KubePod['status']['containerStatuses']): KubePod => ({
  metadata: {
    name: 'redis-0',
    uid: '1',
    labels: { [LABEL.farm]: frame.name, [LABEL.role]: 'redis', [LABEL.tier]: 'M1' },
  },
  spec: { nodeName: 'a-1', containers: [{ name: 'redis', ports: [{ containerPort: 6378 }] }] },
  status: { phase: 'Running', hostIP: '10.0.0.1', ...(containerStatuses ? { containerStatuses } : {}) },
});

const restartsOf = (item: KubePod): number | undefined =>
  readKube(frame, [{ datacenter: 'a', objects: { datacenter: 'a', nodes: [], pods: [item], cacheClusters: [] } }])
    .pods[0]?.restarts;

describe('restarts of a redis pod', () => {
  test.each([
    [
      'are those of its redis container, not of its exporter',
      pod([
        { name: 'exporter', restartCount: 9 },
        { name: 'redis', restartCount: 2 },
      ]),
      2,
    ],
    ['are none while Kubernetes reports no container', pod(), 0],
  ])('%s', (_title, item, restarts) => expect(restartsOf(item)).toBe(restarts));
});
