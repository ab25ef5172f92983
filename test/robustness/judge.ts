import { percentile } from '../kubernetes/rig/table.js';
import { type Gap, longestGaps, OUTAGE_MS } from './availability.js';
import { checkBindings, dividedMs } from './check-bindings.js';
import { checkData } from './check-data.js';
import { checkOwners, sharedWrites } from './check-owners.js';
import type { Finding, FindingKind } from './finding.js';
import type { History, Mark } from './history.js';
import type { Expectation } from './scenario.js';
import { PodTimes } from './spans.js';

export interface Verdict {
  readonly scenario: string;
  readonly seed: number;
  readonly passed: boolean;
  readonly findings: readonly Finding[];
  readonly requests: number;
  readonly errors: number;
  readonly struck: number;
  /** longest time without an acknowledged write, of every ioredis client of every partition that was struck; of all where none was: ms */
  readonly unavailableMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** partitions that were unavailable though nobody struck them */
  readonly bystanders: number;
  /** client -> its longest such time: ms */
  readonly byClient: Readonly<Record<string, number>>;
  /** longest time that a client's own process did not run, which is no part of any gap: ms */
  readonly stalledMs: number;
  readonly wrongOwner: number;
  readonly doubleBound: number;
  readonly flushed: number;
  readonly sharedWrites: number;
  readonly dividedMs: number;
  readonly moves: number;
  /** from the end of the faults until the farm was whole; undefined: it was not */
  readonly wholeMs: number | undefined;
  readonly proofs: readonly string[];
  readonly notes: readonly string[];
}

/** Writes of a client of a partition, at least, and looks at pods and sentinels: fewer, and nobody looked. */
const ENOUGH = 20;

const finding = (kind: FindingKind, text: string): Finding => ({ kind, text });
const textsOf = (marks: readonly Mark[], kind: Mark['kind']): readonly string[] =>
  marks.filter((mark) => mark.kind === kind).map(({ text }) => text);
const timeOf = (marks: readonly Mark[], kind: Mark['kind']): number | undefined =>
  marks.find((mark) => mark.kind === kind)?.at;

/**
 * How long node-redis takes to find a partition again is its own affair (a sentinel that hangs can hold it for a minute): told, not judged. What it
 * reads and writes is judged as everybody's.
 */
const isJudged = (client: string): boolean => client !== 'node-redis';

/** Clients that were there, by what they asked. */
const clientsIn = ({ requests }: History): readonly string[] =>
  [...new Set(requests.map(({ client }) => client))].sort();

function checkEvidence(history: History): readonly Finding[] {
  const clients = clientsIn(history).filter(isJudged);
  const counts = new Map<string, number>();
  for (const { client, partition, error } of history.requests)
    if (error === undefined) counts.set(`${client} ${partition}`, (counts.get(`${client} ${partition}`) ?? 0) + 1);
  const quiet = clients.flatMap((client) =>
    history.partitions
      .filter((partition) => (counts.get(`${client} ${partition}`) ?? 0) < ENOUGH)
      .map((p) => `${client} ${p}`),
  );
  const unseen = history.pods.filter((address) => !history.podSpans.some((span) => span.address === address));
  const unheard = Object.entries(history.groups).filter(
    ([group, size]) =>
      new Set(history.nameSpans.filter((span) => span.group === group).map(({ sentinel }) => sentinel)).size * 2 <=
      size,
  );
  return [
    ...(clients.length === 0 ? ['there were no clients'] : []),
    ...(quiet.length > 0 ? [`hardly a request was answered of ${quiet.join(', ')}`] : []),
    ...(unseen.length > 0 ? [`nobody saw ${unseen.join(', ')}`] : []),
    ...(unheard.length > 0 ? [`too few sentinels were heard of ${unheard.map(([group]) => group).join(', ')}`] : []),
    ...(history.unread.length > 0 ? [`keys were not read of ${history.unread.join(', ')}`] : []),
    ...(textsOf(history.marks, 'proof').length === 0 ? ['nothing proved that the fault took effect'] : []),
    ...(timeOf(history.marks, 'begin') === undefined ? ['it never began'] : []),
  ].map((text) => finding('evidence', text));
}

/** A move that is planned may hold writes for so long, twice 500 ms and what it takes to follow: ms */
const HAND_OVER_MS = 1_500;

interface Availability {
  readonly samples: readonly Gap[];
  readonly bystanders: readonly Gap[];
  /** of every client, judged or not */
  readonly struck: readonly Gap[];
}

/** From the beginning until all was well again and all clients wrote, or as long as anybody looked. */
function availability(history: History): Availability {
  const { marks, struck } = history;
  const from = timeOf(marks, 'begin') ?? 0;
  const to = timeOf(marks, 'settled') ?? marks.at(-1)?.at ?? from;
  const gaps = longestGaps(history, clientsIn(history), from, to);
  const isStruck = ({ partition }: Gap): boolean => struck.length === 0 || struck.includes(partition);
  const moved = handedOver(history);
  const isAway = ({ partition, ms }: Gap): boolean => ms > (moved.has(partition) ? HAND_OVER_MS : OUTAGE_MS);
  return {
    struck: gaps.filter(isStruck),
    samples: gaps.filter((gap) => isStruck(gap) && isJudged(gap.client)),
    bystanders: gaps.filter((gap) => !isStruck(gap) && isJudged(gap.client) && isAway(gap)),
  };
}

/** Barn looks for a better spread of its own accord, some time after it has begun: no answer to a fault. */
const PLANNED = 'SpreadBetter';

/** Partitions that Barn gave another pod because of what was done to the farm, as its receipts say. */
export function movesIn({ barn }: Pick<History, 'barn'>): number {
  return barn
    .filter(({ reason }) => reason !== PLANNED)
    .flatMap(({ receipts }) => receipts ?? [])
    .filter((receipt) => /^(switch-name|hand-over) Done\b/.test(receipt)).length;
}

/** Partitions that a planned move held up: writes wait until the new pod has caught up, or it is given up. */
const handedOver = ({ barn }: History): ReadonlySet<string> =>
  new Set(
    barn.flatMap(({ subject, receipts = [] }) =>
      subject !== undefined && receipts.some((receipt) => /^hand-over (Done|Failed)\b/.test(receipt)) ? [subject] : [],
    ),
  );

const partitionsOf = (gaps: readonly Gap[]): readonly string[] => [...new Set(gaps.map(({ partition }) => partition))];

const gapText = ({ client, partition, ms }: Gap): string => `${partition} for ${client} ${Math.round(ms)} ms`;

interface Measured extends Availability {
  readonly wholeMs: number | undefined;
  readonly divided: ReturnType<typeof dividedMs>;
  readonly moves: number;
}

function checkFigures(expect: Expectation, measured: Measured): readonly Finding[] {
  const { samples, bystanders, wholeMs, divided, moves } = measured;
  const findings: Finding[] = [];
  for (const gap of samples.filter(({ ms }) => ms > expect.unavailableMs))
    findings.push(finding('unavailable', `${gapText(gap)}, ${expect.unavailableMs} are allowed`));
  if (partitionsOf(bystanders).length > (expect.bystanders ?? 0))
    findings.push(...bystanders.map((gap) => finding('bystander', `${gapText(gap)}, and nobody struck it`)));
  if (wholeMs === undefined) findings.push(finding('whole', 'the farm was never whole again'));
  else if (wholeMs > expect.wholeS * 1_000)
    findings.push(finding('whole', `whole after ${(wholeMs / 1_000).toFixed(1)} s, ${expect.wholeS} are allowed`));
  if (moves > (expect.moves ?? Number.POSITIVE_INFINITY))
    findings.push(finding('moves', `${moves} moves, ${expect.moves} are allowed`));
  if (divided.ms > (expect.dividedMs ?? Number.POSITIVE_INFINITY))
    findings.push(
      finding('divided', `${divided.partition} for ${Math.round(divided.ms)} ms, ${expect.dividedMs} are allowed`),
    );
  return findings;
}

/** Of a scenario that could not even be played. */
export const unplayed = (scenario: string, seed: number, why: string, expect: Expectation): Verdict =>
  judge(
    {
      ...{
        scenario,
        seed,
        groups: {},
        partitions: [],
        pods: [],
        struck: [],
        requests: [],
        stalls: [],
        podSpans: [],
        nameSpans: [],
      },
      ...{ strayKeys: [], unread: [], barn: [], marks: [{ at: 0, kind: 'failed', text: why }] },
    },
    expect,
  );

/** Judges one run of a scenario by its history alone. */
export function judge(history: History, expect: Expectation): Verdict {
  const { marks, requests } = history;
  const pods = new PodTimes(history.podSpans);
  const [ended, whole] = [timeOf(marks, 'end'), timeOf(marks, 'whole')];
  const wholeMs = ended === undefined || whole === undefined ? undefined : whole - ended;
  const measured = { ...availability(history), wholeMs, divided: dividedMs(history), moves: movesIn(history) };
  const owners = checkOwners(history, pods);
  const bindings = checkBindings(history);
  const data = checkData(history, pods);
  const samples = measured.samples.map(({ ms }) => ms);
  const findings = [
    ...textsOf(marks, 'failed').map((text) => finding('failed', text)),
    ...checkEvidence(history),
    ...owners,
    ...bindings,
    ...data,
    ...checkFigures(expect, measured),
  ];
  return {
    scenario: history.scenario,
    seed: history.seed,
    passed: findings.length === 0,
    findings,
    requests: requests.length,
    errors: requests.filter(({ error }) => error !== undefined).length,
    struck: history.struck.length,
    unavailableMs: {
      p50: percentile(samples, 0.5),
      p99: percentile(samples, 0.99),
      max: percentile(samples, 1),
    },
    bystanders: partitionsOf(measured.bystanders).length,
    byClient: Object.fromEntries(
      clientsIn(history).map((client) => [
        client,
        percentile(
          measured.struck.filter((gap) => gap.client === client).map(({ ms }) => ms),
          1,
        ),
      ]),
    ),
    stalledMs: Math.round(Math.max(0, ...history.stalls.map(({ from, to }) => to - from))),
    wrongOwner: owners.length,
    doubleBound: bindings.length,
    flushed: data.length,
    sharedWrites: sharedWrites(history),
    dividedMs: Math.round(measured.divided.ms),
    moves: measured.moves,
    wholeMs: wholeMs === undefined ? undefined : Math.round(wholeMs),
    proofs: textsOf(marks, 'proof'),
    notes: textsOf(marks, 'note'),
  };
}
