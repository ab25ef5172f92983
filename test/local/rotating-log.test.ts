import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RotatingLog } from '../../src/local/rotating-log.js';
import { scratch } from './small-dist.js';

let folder: string;
beforeEach(() => {
  folder = scratch();
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a log never holds more than twice its size, and ends with what was written last', () => {
  const log = new RotatingLog(join(folder, 'c.log'), 100);
  for (let i = 0; i < 100; i++) log.write(`line ${String(i).padStart(3, '0')}\n`);
  log.close();
  expect(log.text().length).toBeLessThanOrEqual(210);
  expect(log.text().endsWith('line 098\nline 099\n')).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['c.log', 'c.log.1']);
});

test('a new log begins empty and keeps the one before', () => {
  const before = new RotatingLog(join(folder, 'c.log'));
  before.write('old');
  before.close();
  expect(new RotatingLog(join(folder, 'c.log')).text()).toBe('');
  expect(readdirSync(folder)).toEqual(['c.log.previous']);
});
