import { availableParallelism } from 'node:os';
import { expect, test } from '@jest/globals';
import { StartQueue } from '../../src/local/start-queue.js';
import { until } from './until.js';

const limit = 4 * availableParallelism();

test('pods start a few at a time, by priority, and without those that are no longer wanted', async () => {
  const queue = new StartQueue();
  const started: string[] = [];
  const settled = new Set<string>();
  const add = (name: string, priority: number, wanted = true): void =>
    queue.add({
      priority,
      wanted: () => wanted,
      start: () => void started.push(name),
      settled: () => settled.has(name),
    });
  for (let i = 0; i < limit; i++) add(`low-${i}`, 0);
  add('gone', 9, false);
  add('high', 5);
  await until('as many as may', () => started.length === limit);
  expect(started.slice(0, 3)).toEqual(['high', 'low-0', 'low-1']);
  settled.add('high');
  await until('the next', () => started.length === limit + 1);
  expect(started.at(-1)).toBe(`low-${limit - 1}`);
  for (const name of started) settled.add(name);
});
