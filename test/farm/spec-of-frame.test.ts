import { describe, expect, test } from '@jest/globals';
import { checkFarm } from '../../src/farm/check.js';
import { defineFarm } from '../../src/farm/define.js';
import type { Farm } from '../../src/farm/model.js';
import { specOfFrame } from '../../src/farm/spec-of-frame.js';
import { farm as demo } from '../../src/farms/demo.js';
import { farm as talk } from '../../src/farms/talk.js';
import { farmSpec, sentinelGroup, tier } from '../builders/farm.js';

const again = ({ cacheClusters, ...frame }: Farm) =>
  checkFarm(
    specOfFrame(
      frame,
      cacheClusters.map(({ datacenters: _, ...cluster }) => cluster),
    ),
  );

describe('a running farm, declared once more', () => {
  test.each<[string, Farm]>([
    ['demo', demo],
    ['an exporter that is a plain container', defineFarm(farmSpec({ exporter: 'container' }))],
    ['talk: pools that grew to several groups', talk],
    [
      'a witness',
      defineFarm(farmSpec({ datacenters: [...farmSpec().datacenters.slice(0, 2), { name: 'c', witness: true }] })),
    ],
    [
      'persistence on a storage class',
      defineFarm(
        farmSpec({
          tiers: [tier({ persistence: 'aof', volume: '4Gi', storageClass: 'fast' }), ...farmSpec().tiers.slice(1)],
        }),
      ),
    ],
    [
      'five sentinels with values of their own',
      defineFarm(
        farmSpec({
          sentinelGroups: [
            sentinelGroup({ size: 5, quorum: 4, downAfterMs: 2_000 }),
            sentinelGroup({ name: 'replicated', replicated: true }),
          ],
        }),
      ),
    ],
  ])('%s has no problem and is the same but for the ports of its groups', (_, farm) => {
    const { farm: resolved, problems } = again(farm);
    expect(problems).toEqual([]);
    const withoutPorts = (one: Farm | undefined) => ({
      ...one,
      sentinelGroups: one?.sentinelGroups
        .map(({ port: _port, ...group }) => group)
        .sort((x, y) => (x.name < y.name ? -1 : 1)),
    });
    expect(withoutPorts(resolved)).toEqual(withoutPorts(farm));
  });

  test('it has no more groups than it runs', () => {
    const { cacheClusters, ...frame } = defineFarm(
      farmSpec({
        sentinelGroups: [sentinelGroup({ maxPartitions: 8 }), sentinelGroup({ name: 'replicated', replicated: true })],
      }),
    );
    const more = [
      ...cacheClusters.map(({ datacenters: _, ...cluster }) => cluster),
      { clusterName: 'New', clusterSize: 4, tier: 'M1' },
    ];
    expect(checkFarm(specOfFrame(frame, more)).problems).toEqual([
      {
        path: 'cacheClusters.New',
        message: expect.stringMatching(/^no sentinel group has room for 4 more partitions \(main: count 1 x 8\)/),
      },
    ]);
  });
});
