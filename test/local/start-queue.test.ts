import { availableParallelism } from 'node:os';
import { expect, test } from '@jest/globals';
import { crowd, StartQueue } from '../../src/local/start-queue.js';
import { until } from './until.js';

const limit = 4 * availableParallelism();

test('pods start a few at a time, by priority, and without those that are no longer wanted', async () => {
  const queue = new StartQueue(() => 0);
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

test('a pod waits while the machine is crowded, but not for ever', async () => {
  let busy = 9;
  const queue = new StartQueue(() => busy, 1_000);
  const started: string[] = [];
  const add = (name: string): void =>
    queue.add({ priority: 0, wanted: () => true, start: () => void started.push(name), settled: () => true });
  add('first');
  await until('it started in spite of the crowd', () => started.length === 1);
  const at = Date.now();
  add('second');
  setTimeout(() => {
    busy = 0;
  }, 100);
  await until('it started', () => started.length === 2);
  expect(Date.now() - at).toBeGreaterThanOrEqual(95);
  expect(Date.now() - at).toBeLessThan(900);
});

test('the crowd is what the system counts', () => {
  expect(crowd()).toBeGreaterThanOrEqual(1 / availableParallelism());
});
