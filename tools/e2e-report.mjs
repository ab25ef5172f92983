// What jest counted, as rows, and the closing lines of `npm run e2e`. Pure.
import { nameOf } from './e2e-plan.mjs';

const RAN = ['passed', 'failed'];

const titles = ({ assertionResults }, wanted) =>
  assertionResults.filter(({ status }) => status === wanted).map(({ fullName }) => fullName);

/**
 * A row for each file that jest was to run: `{ version, name, passed, failed, skipped, left, broken, seconds }`. `skipped` and `left` hold titles:
 * of tests that ought to have run, and of those that the job left out.
 * @param result jest's JSON; undefined when it wrote none
 * @param job `{ name, only }`: the file asked for, when it was one, and titles, when it was some of its tests
 */
export function rowsOf(version, result, { name = 'jest', only } = {}) {
  const files = result?.testResults ?? [];
  const nothing = { passed: 0, failed: 0, skipped: [], left: [], seconds: 0 };
  if (files.length === 0) return [{ version, name, ...nothing, broken: true }];
  return files.map((file) => {
    const [passed, failed] = RAN.map((status) => titles(file, status));
    const idle = file.assertionResults
      .map(({ fullName }) => fullName)
      .filter((title) => ![...passed, ...failed].includes(title));
    return {
      ...{ version, name: nameOf(file.name), passed: passed.length, failed: failed.length },
      // Whatever was asked for and is not there any more is missed here.
      skipped: only ? only.filter((title) => ![...passed, ...failed].includes(title)) : idle,
      left: only ? idle.filter((title) => !only.includes(title)) : [],
      // It failed where no test counts it: it could not be loaded, or what it starts or stops did not.
      broken: file.status === 'failed' && failed.length === 0,
      seconds: Math.round((file.endTime - file.startTime) / 1000),
    };
  });
}

const table = (rows) => {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => String(row[at]).length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at < 2 ? String(cell).padEnd(widths[at]) : String(cell).padStart(widths[at])))
      .join('  ')
      .trimEnd(),
  );
};

const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);
const count = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

function totals(rows) {
  const [skipped, broken] = [sum(rows, (row) => row.skipped.length), sum(rows, (row) => Number(row.broken))];
  return [
    ...[`${sum(rows, ({ passed }) => passed)} passed`, `${sum(rows, ({ failed }) => failed)} failed`],
    ...(broken > 0 ? [`${count(broken, 'file')} could not run`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(', ');
}

export const isBad = ({ failed, broken }) => failed > 0 || broken;

/** `etcd v3.6.8 (cache)` */
const programText = ([name, { version, from }]) => `${name}${version ? ` ${version}` : ''} (${from})`;

/**
 * @param found programs by version of Kubernetes
 * @param unstarted jobs that were planned and never began
 * @param left `{ name, version }` that were not planned
 * @param times ms, when it began, when all was built, when the programs were there, when the tests had ended
 */
export function closingLines({ rows, found, argoSync, unstarted, left, times }) {
  const [prepare, programs, tests] = times.slice(1).map((time, at) => Math.round((time - times[at]) / 1000));
  const perVersion = Object.keys(found).map((version) => {
    const own = rows.filter((row) => row.version === version);
    const binaries = Object.entries(found[version]).map(programText);
    return `kubernetes ${version}: ${count(own.length, 'file')}, ${totals(own)}; ${binaries.join(', ')}`;
  });
  const notRun = (jobs, why) =>
    Object.keys(found)
      .map((version) => [version, jobs.filter((job) => job.version === version).map(({ name }) => name)])
      .filter(([, names]) => names.length > 0)
      .map(([version, names]) => `${why} on ${version}: ${names.sort().join(', ')}`);
  const skipped = rows.flatMap(({ version, name, skipped: titles }) =>
    titles.map((title) => `skipped on ${version}: ${name}: ${title}`),
  );
  const some = rows
    .filter((row) => row.left.length > 0)
    .map(
      (row) =>
        `not run on ${row.version}: ${row.left.length} of ${row.left.length + row.passed + row.failed} ${row.name} (npm run e2e -- ${row.name} runs all)`,
    );
  const order = Object.keys(found);
  const sorted = [...rows].sort((one, other) => order.indexOf(one.version) - order.indexOf(other.version));
  const cells = sorted.map((row) => [
    ...[row.version, row.name, row.passed, row.failed, row.skipped.length, row.seconds],
    ...[isBad(row) ? 'FAILED' : ''],
  ]);
  return [
    ...table([['version', 'file', 'passed', 'failed', 'skipped', 'seconds', ''], ...cells]),
    ...skipped,
    ...notRun(unstarted, 'not begun'),
    ...notRun(left, 'not run'),
    ...some,
    ...perVersion,
    ...(argoSync ? [programText(['argo-sync', argoSync])] : []),
    `all: ${totals(rows)}, ${prepare + programs + tests} s (set-up and build ${prepare} s, programs ${programs} s, tests ${tests} s)`,
  ];
}

/**
 * No failure, nothing that could not run, nothing that was to run and did not, and something that passed.
 * @param filtered jest was told by the user what to skip
 */
export const isWell = ({ rows, unstarted }, filtered) =>
  unstarted.length === 0 &&
  !rows.some(isBad) &&
  (filtered || rows.every(({ skipped }) => skipped.length === 0)) &&
  sum(rows, ({ passed }) => passed) > 0;
