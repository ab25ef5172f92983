/**
 * Failures of everything there is, one after another, on one farm in three real KubeClusters, while an application writes to every partition every
 * 20 ms. Each row of the table is one failure, one or several times: from the moment it happens until the farm is whole again, the repair included.
 * `CACHEFARM_ROUNDS=5` does each of them five times.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { smallFarm } from '../builders/running-farm.js';
import { until } from '../local/until.js';
import { ALONE_FAILURES } from './rig/fail-alone.js';
import { BARN_FAILURES } from './rig/fail-barn.js';
import { PROCESS_FAILURES } from './rig/fail-processes.js';
import { STILL } from './rig/fail-still.js';
import { TWO_BARNS } from './rig/fail-two-barns.js';
import { WATCH_FAILURES } from './rig/fail-watches.js';
import { type Failure, type Failures, LATE_MS, WATCHED_MS } from './rig/failure.js';
import { FAILURE_HEAD, type FailureRound, failureRow } from './rig/failure-row.js';
import { kubectlOf } from './rig/kubectl.js';
import { Stage } from './rig/stage.js';
import { circumstances, publish, tableText, versionSuffix } from './rig/table.js';
import { OUTAGE_MS } from './rig/traffic.js';

/** In this order: relays, proxies and lines that some put between Barn and the rest stay there. */
const FAILURES: Failures = {
  ...{ ...PROCESS_FAILURES, ...ALONE_FAILURES, ...BARN_FAILURES },
  ...{ ...STILL, ...WATCH_FAILURES, ...TWO_BARNS },
};
/** How often each happens; undefined: as often as its row says. */
const ROUNDS = Number(process.env.CACHEFARM_ROUNDS) || undefined;
const ROUND_MS = 150_000;

let stage: Stage;
const rows: (readonly string[])[] = [];
const notes: string[] = [];

/** What a person sees of it. */
function showObjects(): void {
  const shown = stage.running.rig.planes.map((plane) => {
    const { status, stdout, stderr } = kubectlOf(plane, stage.folder)('get', 'cachecluster,sts,pods', '-o', 'wide');
    if (status !== 0) throw new Error(stderr);
    return `$ kubectl --context ${plane.context} get cachecluster,sts,pods -o wide\n${stdout.replace(/ +$/gm, '').trim()}`;
  });
  if (versionSuffix(stage.running.rig.planes[0]?.version ?? '') === '')
    publish('objects', 'The rig, as kubectl shows it', shown.join('\n\n'));
}

beforeAll(async () => {
  const cacheClusters = [
    { clusterName: 'User.id', clusterSize: 4, tier: 'M1' },
    { clusterName: 'Item.price', clusterSize: 3, tier: 'M1' },
    { clusterName: 'Chat.room', clusterSize: 1, partitionSize: 3, tier: 'M4' },
  ];
  stage = await Stage.start(smallFarm({ cacheClusters }));
  showObjects();
}, 300_000);

afterAll(async () => {
  const { versions = {}, version = '' } = stage?.running.rig.planes[0] ?? {};
  await stage?.stop();
  if (rows.length === 0) return;
  const said = [
    `8 partitions, 24 pods, a write to each every 20 ms. ${circumstances(versions)}`,
    'rounds: how often it happened; struck: partitions whose pod it took, over all rounds;',
    `hit: partitions without an acknowledged write for more than ${OUTAGE_MS} ms, of all 8 in each round;`,
    'p50, p99, max: the longest such time of each partition that was struck, ms (of all 8 where none was); wrong: writes on a wrong pod, keys on one;',
    'whole after: s until all is as before, repair included, the longest; double: pods or addresses bound twice;',
    'shared: writes on a pod of another partition of the same cache cluster: without Barn, Sentinel may shelter two on one standby, until Barn parts them;',
    'Ready too long: ms into an outage that a status still said Ready=True, the longest, 0: never;',
    'takeover: ms from the end of the leading Barn to the first pass of another one as leader, the longest;',
    'in sync: ms from the end of the fault until every Barn watches every list of every KubeCluster again, the longest',
  ];
  const text = `${said.join('\n')}\n\n${tableText([FAILURE_HEAD, ...rows])}\n\n${notes.join('\n')}`;
  publish(`failures${versionSuffix(version)}`, `Failures on the rig, Kubernetes ${version}`, text);
}, 60_000);

/** One time: until the farm is whole again. */
async function happen({ fail, watchedMs = WATCHED_MS, strikes = 2 }: Failure): Promise<FailureRound> {
  await stage.untilRoom(strikes);
  await stage.whole();
  stage.traffic.collect();
  stage.witness.forget();
  stage.status.forget();
  const from = performance.now();
  const repair = await fail(stage);
  const waited = async (): Promise<void> => {
    await delay(watchedMs);
    await until('every partition takes writes', () => stage.traffic.flows, 60_000);
  };
  const failed = await waited().then(
    () => undefined,
    (error: unknown) => error,
  );
  const found = await repair();
  if (failed) throw failed;
  await stage.whole();
  const wholeMs = performance.now() - from;
  const { longest, outages, acks, errors } = stage.traffic.collect();
  const struck = stage.strikes.since(from);
  const gaps = outages.map(
    ({ partition, from: start, to }) => `${partition} ${Math.round(to - start)} ms from ${Math.round(start - from)}`,
  );
  process.stdout.write(
    `  struck ${struck.join(', ')}; ${acks.length} writes, ${errors} refused, ${gaps.join(', ')}; whole after ${Math.round(wholeMs)} ms, waited for ${stage.waitedFor}; ${found.note ?? ''}\n`,
  );
  return {
    ...{ found, wholeMs, struck },
    samples: [...longest].flatMap(([name, ms]) => (struck.length === 0 || struck.includes(name) ? [ms] : [])),
    hit: new Set(outages.map(({ partition }) => partition)).size,
    wrong: [...stage.witness.writesOn('stranger', acks), ...(await stage.witness.strayKeys())],
    shared: stage.witness.writesOn('sibling', acks).length,
    double: await stage.doubleBound(),
    lateMs: stage.status.lateness(outages),
    words: stage.status.words(),
  };
}

test.each(Object.keys(FAILURES))(
  '%s',
  async (name) => {
    const failure = FAILURES[name];
    if (!failure) throw new RangeError(name);
    const rounds: FailureRound[] = [];
    try {
      await failure.prepare?.(stage);
      for (let round = 0; round < (ROUNDS ?? failure.rounds); round++) rounds.push(await happen(failure));
    } finally {
      await failure.clear?.(stage);
    }
    const row = failureRow(name, rounds);
    rows.push(row);
    process.stdout.write(`${row.join(' | ')}\n`);
    for (const [index, { found }] of rounds.entries())
      if (found.note !== undefined) notes.push(`${name}, ${index + 1}: ${found.note}`);
    const none = rounds.map(() => []);
    expect(rounds.map(({ double }) => double)).toEqual(none);
    expect(rounds.map(({ wrong }) => wrong.slice(0, 5))).toEqual(none);
    expect(rounds.map(({ found }) => found.faults ?? [])).toEqual(none);
    expect(Math.max(...rounds.map(({ lateMs }) => lateMs))).toBeLessThan(failure.lateMs ?? LATE_MS);
    if (failure.outMs === undefined) return;
    expect(Math.min(...rounds.flatMap(({ samples }) => samples))).toBeGreaterThan(failure.outMs);
    expect(rounds.map(({ words }) => words.length > 0)).not.toContain(false);
  },
  Math.max(...Object.values(FAILURES).map(({ rounds }) => ROUNDS ?? rounds)) * ROUND_MS,
);
