// npm run robustness (tools/robustness.mjs bundles this and starts it in namespaces of its own).
import { judge, unplayed, type Verdict } from './judge.js';
import { hasNamespaces, NamespaceNetwork } from './namespace-network.js';
import { HELP, type Options, parseOptions, UsageError } from './options.js';
import { readHistory, scenarioFolders } from './report.js';
import type { Need, Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';
import { select } from './select.js';
import { PLANTED } from './self-test.js';
import { Session } from './session.js';
import { findingsText, type NotHere, summaryJson, verdictTable } from './verdict-table.js';
import { whatIsMissing } from './what-is-here.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function list(): void {
  for (const { name, sources, what, ci, farm = 'plain', needs = [], seconds } of SCENARIOS) {
    const needed = needs.length > 0 ? `, needs ${needs.join(' and ')}` : '';
    say(`${name} (${sources.join(', ')}; ${farm}, ${seconds} s${ci ? ', CI' : ''}${needed})\n  ${what}`);
  }
}

function tell(verdict: Verdict, seconds: number): void {
  const { scenario, passed, unavailableMs, wholeMs, struck } = verdict;
  const whole = wholeMs === undefined ? 'never whole' : `whole after ${(wholeMs / 1_000).toFixed(1)} s`;
  const away = `struck ${struck}, unavailable at most ${(unavailableMs.max / 1_000).toFixed(2)} s`;
  say(`${passed ? 'passed' : 'FAILED'}  ${scenario}: ${away}, ${whole} (${seconds.toFixed(0)} s)`);
  if (!passed) say(findingsText(verdict));
}

function finish(verdicts: readonly Verdict[], notHere: readonly NotHere[], { json }: Options): number {
  say(`\n${verdictTable(verdicts, notHere)}`);
  const failed = verdicts.filter(({ passed }) => !passed);
  say(`\n${verdicts.length - failed.length} of ${verdicts.length} scenarios passed`);
  if (json) say(summaryJson(verdicts));
  return failed.length === 0 && verdicts.length > 0 ? 0 : 1;
}

function whyNot({ needs = [] }: Scenario, missing: ReadonlyMap<Need, string>): string | undefined {
  const lacking = needs.find((need) => missing.has(need));
  return lacking && missing.get(lacking);
}

/** Ended in the middle, no process may stay. */
function stopOnSignal(session: Session): void {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => void session.stop().finally(() => process.exit(status)));
  // Who started it is gone, or has been asked to end.
  process.once('disconnect', () => void session.stop().finally(() => process.exit(143)));
}

async function runAll(scenarios: readonly Scenario[], options: Options): Promise<number> {
  const missing = await whatIsMissing();
  const { seed, report } = options;
  const session = new Session({ seed, missing, say, ...(report === undefined ? {} : { report }) });
  stopOnSignal(session);
  const verdicts: Verdict[] = [];
  const notHere: NotHere[] = [];
  try {
    for (const scenario of scenarios) {
      const why = whyNot(scenario, missing);
      if (why !== undefined) {
        notHere.push({ scenario: scenario.name, why });
        continue;
      }
      const started = performance.now();
      const verdict = await session
        .run(scenario)
        .catch((error: Error) => unplayed(scenario.name, seed, error.message, scenario.expect));
      verdicts.push(verdict);
      tell(verdict, (performance.now() - started) / 1_000);
    }
  } finally {
    await session.stop();
  }
  return finish(verdicts, notHere, options);
}

/** Each planted fault must be found, by its own name. */
async function selfTest(options: Options): Promise<number> {
  const session = new Session({ seed: options.seed, missing: await whatIsMissing(), say: () => undefined });
  stopOnSignal(session);
  let missed = 0;
  try {
    for (const { scenario, mustFind } of PLANTED) {
      const { findings } = await session.run(scenario);
      const found = findings.filter(({ kind }) => kind === mustFind);
      const others = [...new Set(findings.map(({ kind }) => kind))].filter((kind) => kind !== mustFind);
      if (found.length === 0) missed++;
      const also = others.length > 0 ? `; also ${others.join(', ')}` : '';
      say(`${found.length > 0 ? 'found ' : 'MISSED'}  ${scenario.name}: ${found[0]?.text ?? mustFind}${also}`);
    }
  } finally {
    await session.stop();
  }
  say(`${PLANTED.length - missed} of ${PLANTED.length} planted faults were found`);
  return missed === 0 ? 0 : 1;
}

function validate(options: Options): number {
  const verdicts = scenarioFolders(options.report ?? '').map((folder) => {
    const { history, expect } = readHistory(folder);
    return judge(history, expect);
  });
  for (const verdict of verdicts) if (!verdict.passed) say(findingsText(verdict));
  return finish(verdicts, [], options);
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.mode === 'help') say(HELP.trimEnd());
  else if (options.mode === 'list') list();
  else if (options.mode === 'validate') return validate(options);
  else {
    const scenarios = select(SCENARIOS, options);
    if (hasNamespaces()) NamespaceNetwork.prepare();
    return options.mode === 'self-test' ? selfTest(options) : runAll(scenarios, options);
  }
  return 0;
}

main().then(
  (status) => process.exit(status),
  (error: Error) => {
    process.stderr.write(`${error instanceof UsageError ? error.message : error.stack}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
