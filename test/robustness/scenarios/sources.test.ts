import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { select } from '../select.js';
import { SCENARIOS } from './index.js';
import { HELD_ELSEWHERE, LATER, SOURCE_IDS } from './sources.js';
import { scenarioTable } from './table.js';

const ROOT = join(import.meta.dirname, '../../..');
const CI_MINUTES = 6;

describe('what others have tried and what we know to go wrong', () => {
  const answered = [SCENARIOS.flatMap(({ sources }) => sources), HELD_ELSEWHERE, LATER].flatMap((part) =>
    part.flatMap((one) => (typeof one === 'string' ? [one] : one.ids)),
  );

  test('is a scenario, held by another test, or said to be later', () => {
    expect(SOURCE_IDS.filter((id) => !answered.includes(id))).toEqual([]);
  });
  test('is named by ids that exist', () => {
    expect(answered.filter((id) => id !== 'found' && !SOURCE_IDS.includes(id))).toEqual([]);
  });
  test('is held by tests that exist', () => {
    const missing = HELD_ELSEWHERE.flatMap(({ tests }) => tests).filter(
      ({ file, title }) => !existsSync(join(ROOT, file)) || !readFileSync(join(ROOT, file), 'utf8').includes(title),
    );
    expect(missing).toEqual([]);
  });
});

describe('the scenarios', () => {
  test('have names of their own', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(
      names.filter((name, index) => names.indexOf(name) < index || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)),
    ).toEqual([]);
  });
  test('of CI all fit into its time', () => {
    const chosen = select(SCENARIOS, { minutes: CI_MINUTES });
    expect(SCENARIOS.filter((scenario) => scenario.ci && !chosen.includes(scenario)).map(({ name }) => name)).toEqual(
      [],
    );
  });
  test('are in the README as they are', () => {
    expect(readFileSync(join(ROOT, 'test/robustness/README.md'), 'utf8')).toContain(scenarioTable());
  });
});
