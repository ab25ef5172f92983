import { tableText } from '../kubernetes/rig/table.js';
import type { Verdict } from './judge.js';

/** A scenario that this machine cannot run: no pass. */
export interface NotHere {
  readonly scenario: string;
  readonly why: string;
}

const HEAD = [
  ...[
    'scenario',
    'requests',
    'struck',
    'unavailable s p50',
    'p99',
    'max',
    'node-redis',
    'wrong owner',
    'double',
    'flushed',
  ],
  ...['shared', 'divided s', 'moves', 'whole s', 'result'],
];

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

function row(verdict: Verdict): readonly string[] {
  const { unavailableMs: away, wholeMs, findings } = verdict;
  const other = verdict.byClient['node-redis'];
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  return [
    ...[verdict.scenario, String(verdict.requests), String(verdict.struck)],
    ...[seconds(away.p50), seconds(away.p99), seconds(away.max), other === undefined ? '-' : seconds(other)],
    ...[verdict.wrongOwner, verdict.doubleBound, verdict.flushed, verdict.sharedWrites].map(String),
    ...[seconds(verdict.dividedMs), String(verdict.moves), wholeMs === undefined ? 'never' : seconds(wholeMs)],
    verdict.passed ? 'passed' : `FAILED: ${kinds.join(', ')}`,
  ];
}

export function verdictTable(verdicts: readonly Verdict[], notHere: readonly NotHere[] = []): string {
  const rows = [HEAD, ...verdicts.map(row)];
  const missing = notHere.map(({ scenario, why }) => `${scenario}: not here: ${why}`);
  return [tableText(rows), ...missing].join('\n');
}

const MOST_FINDINGS = 12;

/** Every finding of what failed, for a person. */
export function findingsText({ scenario, seed, findings, proofs }: Verdict): string {
  const lines = findings.slice(0, MOST_FINDINGS).map(({ kind, text }) => `  ${kind}: ${text}`);
  const more = findings.length > MOST_FINDINGS ? [`  and ${findings.length - MOST_FINDINGS} more`] : [];
  const again = `  again: npm run robustness -- --scenario ${scenario} --seed ${seed}`;
  return [`${scenario} failed (proven: ${proofs.join('; ') || 'nothing'})`, ...lines, ...more, again].join('\n');
}

/** The last line of `--json`. */
export function summaryJson(verdicts: readonly Verdict[]): string {
  const scenarios = verdicts.map(({ scenario: name, passed, requests, unavailableMs, wrongOwner, doubleBound }) => ({
    ...{ name, passed, requests, unavailableMs, wrongOwner, doubleBound },
  }));
  return JSON.stringify({ scenarios });
}
