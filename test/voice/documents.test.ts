import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REASONS } from '../../src/plan/reasons.js';
import { METRIC_NAMES, metricNamed } from '../../src/voice/metric-list.js';
import { BRAKES } from '../../src/voice/reason-roles.js';
import { codeSpans, tableRows } from '../base/markdown.js';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

describe('docs/metrics.md', () => {
  test('has every metric, its type, its labels and its words', () => {
    const rows = tableRows(read('docs/metrics.md'), 'The list').map(([name = '', type, labels = '', help]) => ({
      name: codeSpans(name)[0],
      type,
      labels: codeSpans(labels),
      help,
    }));
    const wanted = METRIC_NAMES.map((name) => {
      const { type, labels, help } = metricNamed(name);
      return { name, type, labels, help };
    });
    expect(rows).toEqual(wanted);
  });
  test('names no metric that is not there', () => {
    const named = read('docs/metrics.md').match(/\bcachefarm_[a-z_]+/g) ?? [];
    const known = METRIC_NAMES.flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]);
    expect(named.filter((name) => !known.includes(name as (typeof METRIC_NAMES)[number]))).toEqual([]);
  });
});

describe('docs/runbooks.md', () => {
  const sections = read('docs/runbooks.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...body] = section.split('\n');
      return { title: title.replaceAll('`', ''), body: body.join('\n') };
    });
  const runbooks = sections.filter(({ title }) => title in REASONS);

  test('has a runbook for every brake, in the order of the reasons', () => {
    expect(runbooks.map(({ title }) => title)).toEqual(BRAKES);
  });
  test.each(runbooks.map(({ title, body }) => [title, body] as const))(
    '%s: what it means, where to look, what to do',
    (_, body) => {
      for (const part of ['**Means.**', '**Look.**', '**Do.**']) expect(body).toContain(part);
    },
  );
  test('names no metric that is not there', () => {
    const named = read('docs/runbooks.md').match(/\bcachefarm_[a-z_]+/g) ?? [];
    expect(named.filter((name) => !METRIC_NAMES.includes(name as (typeof METRIC_NAMES)[number]))).toEqual([]);
  });
});
