import { describe, expect, test } from '@jest/globals';
import { parsePartitionName } from '../../src/farm/words.js';
import { MOST_NAMES, OTHERS } from '../../src/voice/fold-samples.js';
import { type Family, faultsOf, seriesValue } from './exposition.js';
import { listen } from './listening.js';
import { decisionOf, note, passOf, SWITCH, scene } from './scene.js';

const seriesOf = (families: readonly Family[]) => families.flatMap(({ series }) => series);

async function scrapeOf(clusters: number, size: number): Promise<readonly Family[]> {
  const names = Array.from({ length: clusters }, (_, i) => [`User.c${i}`, size] as const);
  const farm = scene({ clusters: Object.fromEntries(names), machines: 60, idle: 100 });
  const partitions = names.flatMap(([name]) => Array.from({ length: size }, (_, i) => `${name}::${i}`));
  const heard = listen();
  heard.tell(
    passOf(
      farm,
      partitions.map((partition) => note('PodUnreachable', partition)),
      { budget: { binds: 1, moves: 4, replacements: new Map(names), backing: new Map(names) } },
    ),
  );
  for (const partition of partitions)
    heard.tell({ kind: 'decided', decision: decisionOf('PodCrashed', [SWITCH], partition) });
  return heard.families();
}

describe('10,000 partitions', () => {
  const FARMS: Readonly<Record<string, readonly [clusters: number, size: number, mostSeries: number]>> = {
    'in 100 cache clusters': [100, 100, 100 * 15 + 500],
    'in 10,000 cache clusters': [10_000, 1, (MOST_NAMES + 1) * 15 + 500],
  };
  test.each(Object.entries(FARMS))(
    '%s: series by cache cluster, none by partition',
    async (_, [clusters, size, most]) => {
      const families = await scrapeOf(clusters, size);
      const series = seriesOf(families);
      expect(series.length).toBeLessThan(most);
      const values = new Set(series.flatMap(({ labels }) => Object.values(labels)));
      expect([...values].filter((value) => parsePartitionName(value))).toEqual([]);
      expect([...values].filter((value) => /^\d+\.\d+\.\d+\.\d+/.test(value))).toEqual([]);
      expect(faultsOf(families)).toEqual([]);
    },
  );

  test('what has no label of its own is not lost', async () => {
    const families = await scrapeOf(MOST_NAMES + 20, 2);
    const serving = seriesOf(families).filter(
      ({ name, labels }) => name === 'cachefarm_partitions' && labels.state === 'serving',
    );
    expect(serving).toHaveLength(MOST_NAMES + 1);
    expect(serving.reduce((sum, { value }) => sum + value, 0)).toBe((MOST_NAMES + 20) * 2);
    const others = { cache_cluster: OTHERS };
    expect(seriesValue(families, 'cachefarm_partitions', { ...others, state: 'serving' })).toBe(40);
    expect(seriesValue(families, 'cachefarm_placement_excess', { ...others, level: 'machine' })).toBe(0);
    expect(seriesValue(families, 'cachefarm_replacement_budget_left', others)).toBe(2);
  });
});
