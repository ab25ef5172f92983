import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { judge } from './judge.js';
import { LineFile } from './line-file.js';
import { readHistory, scenarioFolders, writeHead } from './report.js';
import { requestLine } from './request-line.js';
import { AT, expectation, request, toldHistory } from './told-history.js';
import { findingsText, summaryJson, verdictTable } from './verdict-table.js';

const report = mkdtempSync(join(tmpdir(), 'cachefarm-report-'));
afterAll(() => rmSync(report, { recursive: true, force: true }));

const expected = expectation({ bystanders: Number.POSITIVE_INFINITY });

function kept(name: string, history = toldHistory()): string {
  const folder = join(report, name);
  mkdirSync(folder);
  const { marks, requests, stalls: _, podSpans, nameSpans, barn, ...head } = history;
  writeHead(folder, { ...head, expect: expected }, marks, barn);
  const files = { 'requests-plain': requests.map(requestLine), pods: podSpans, names: nameSpans };
  for (const [file, records] of Object.entries(files)) {
    const lines = new LineFile(join(folder, `${file}.jsonl`));
    for (const record of records) lines.add(record);
    lines.close();
  }
  return folder;
}

test('a kept history is judged as it was', () => {
  const folder = kept('01-told');
  const { history, expect: read } = readHistory(folder);
  expect(read).toEqual(expected);
  expect(judge(history, read)).toEqual(judge(toldHistory(), expected));
  expect(scenarioFolders(report)).toContain(folder);
});

test('what is changed in a kept history is found when it is judged again', () => {
  const folder = kept('02-told');
  const wrong = request('User.id::0', { kind: 'read', value: 'Session::0 plain 1', address: AT.user });
  appendFileSync(join(folder, 'requests-plain.jsonl'), `${JSON.stringify(requestLine(wrong))}\n`);
  const { history, expect: read } = readHistory(folder);
  expect(judge(history, read)).toMatchObject({ passed: false, wrongOwner: 1 });
});

test('the table has a row a scenario, and says what is not here', () => {
  const verdict = judge(toldHistory(), expected);
  const text = verdictTable([verdict], [{ scenario: 'cut', why: 'no namespaces' }]);
  expect(text.split('\n')).toHaveLength(3);
  expect(text).toMatch(/^told .*passed$/m);
  expect(text).toMatch(/^cut: not here: no namespaces$/m);
});

test('what failed says how to run it again', () => {
  const verdict = judge(toldHistory({ unread: [AT.user] }), expected);
  expect(findingsText(verdict)).toContain(`evidence: keys were not read of ${AT.user}`);
  expect(findingsText(verdict)).toContain('npm run robustness -- --scenario told --seed 1');
});

test('the last line of --json has what CI reads', () => {
  const verdict = judge(toldHistory(), expected);
  expect(JSON.parse(summaryJson([verdict]))).toEqual({
    scenarios: [
      {
        ...{ name: 'told', passed: true, requests: verdict.requests, wrongOwner: 0, doubleBound: 0 },
        unavailableMs: verdict.unavailableMs,
      },
    ],
  });
});
