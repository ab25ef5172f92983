import { LEASE_MS } from '../../../src/act/kube-lease.js';
import { CONTAINER } from '../../../src/farm/words.js';
import { until } from '../../local/until.js';
import { type BarnLine, barnLines, everyBarnRuns, isLeading, restartBarns } from './barn-log.js';
import { stopDatacenter } from './fail-processes.js';
import {
  BRIEF_MS,
  chooseServing,
  type Failure,
  type Failures,
  type Found,
  killServing,
  nothing,
  type Repair,
} from './failure.js';
import type { PodPlace, Stage } from './stage.js';

/** With the leader the one who says it is gone; the next one leads when the Leases have run out. */
const LATE_WITHOUT_LEADER_MS = LEASE_MS + 2_000;
/** From the end of one leader to the first pass of the next one, ms. */
const TAKEOVER_MS = 5_000;
/** A leader answers within milliseconds of hearing it; a pass comes every second; ms */
const REPLACED_WITHIN_MS = 5_000;
/** Why a partition may go elsewhere although its pod is well. */
const MOVES = new Set(['SpreadBetter', 'ShelterShared']);
/** Its process is started anew within that, ms. */
const RESTARTED_MS = 20_000;

/** What Barns of other datacenters have said since then, each from the moment on when it began to lead. */
const saidLeading = (at: Stage, not: PodPlace, since: number): readonly BarnLine[] =>
  at
    .barns()
    .filter(({ datacenter }) => datacenter !== not.datacenter)
    .flatMap((barn) => {
      const lines = barnLines(at.running, barn, since);
      const from = lines.findIndex(isLeading);
      return from < 0 ? [] : lines.slice(from);
    });

/** What it does as leader: a pass, or a decision. */
const acts = ({ msg }: BarnLine): boolean => msg === 'pass' || msg === 'decided';

const isDecision = ({ msg, at }: BarnLine, since: number): boolean => msg === 'decided' && at >= since;

const secondsOf = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

/** The leader has answered the loss of a pod, to the end. @returns the partition */
async function answered(at: Stage, leader: PodPlace): Promise<string> {
  const pod = await chooseServing(at);
  const partition = at.strikes.last ?? '';
  const killed = Date.now();
  at.killRedis(pod);
  const ended = ({ msg, subject, status }: BarnLine): boolean =>
    msg === 'ended' && subject === partition && status === 'Done';
  await until(
    'the leader has replaced a pod',
    () => barnLines(at.running, leader, killed).some(ended),
    REPLACED_WITHIN_MS,
  );
  return partition;
}

/** What the next leader decides again of what the old one had ended. @param since when the old leader was ended */
function repeated(at: Stage, leader: PodPlace, partition: string, since: number): readonly string[] {
  const again = ({ reason, subject, actions }: BarnLine): boolean =>
    subject === partition && (reason === 'PodCrashed' || (actions.includes('claim-pod') && !MOVES.has(reason)));
  return saidLeading(at, leader, since)
    .filter((line) => isDecision(line, since) && again(line))
    .map(({ reason, actions }) => `the new leader decided ${reason} (${actions.join(', ')}) for ${partition} again`);
}

/**
 * The leader has answered the loss of a Redis process when it ends, another one takes over from where it was, and Redis processes that are killed
 * then are replaced by it.
 * @param end of the leading Barn; what it returns makes it as before
 */
const takeover =
  (end: (at: Stage, leader: PodPlace) => () => void): Failure['fail'] =>
  async (at) => {
    await everyBarnRuns(at);
    const leader = await at.theLeader();
    const done = await answered(at, leader);
    const first = await chooseServing(at);
    const from = Date.now();
    const mend = end(at, leader);
    at.killRedis(first);
    const passed = (): BarnLine | undefined => saidLeading(at, leader, from).find(acts);
    try {
      await until('another Barn leads and has passed over the farm', () => passed() !== undefined, 2 * TAKEOVER_MS);
      const pass = passed();
      const second = await chooseServing(at);
      const partition = at.strikes.last;
      const killed = Date.now();
      at.killRedis(second);
      const replaced = (): BarnLine | undefined =>
        saidLeading(at, leader, from).find((line) => line.subject === partition && isDecision(line, killed));
      await until('the new leader acts', () => replaced() !== undefined, TAKEOVER_MS);
      return async () => {
        const found = await settle(at, leader, mend, (pass?.at ?? 0) - from, (replaced()?.at ?? 0) - killed);
        return { ...found, faults: [...(found.faults ?? []), ...repeated(at, leader, done, from)] };
      };
    } catch (error) {
      mend();
      throw error;
    }
  };

/** What the old leader still does when it is back must change nothing: it begins nothing before it leads again. */
async function settle(
  at: Stage,
  leader: PodPlace,
  mend: () => void,
  takeoverMs: number,
  actedMs: number,
): Promise<Found> {
  const back = Date.now();
  mend();
  await until(
    'the old leader has passed over the farm',
    () => barnLines(at.running, leader, back).some(({ msg }) => msg === 'pass' || msg === 'started'),
    RESTARTED_MS,
  );
  const after = barnLines(at.running, leader, back);
  const led = after.findIndex(isLeading);
  const before = led < 0 ? after : after.slice(0, led);
  const began = before.filter(({ msg }) => msg === 'decided');
  const faults = began.map(({ reason, subject }) => `the old leader decided ${reason} for ${subject} when it was back`);
  if (takeoverMs >= TAKEOVER_MS) faults.push(`the takeover took ${takeoverMs} ms`);
  const ended = before.filter(({ msg }) => msg === 'ended').map(({ subject, status }) => `${subject} ${status}`);
  const late = ended.length === 0 ? '' : `; what it had under way ended late: ${ended.join(', ')}`;
  return {
    ...{ takeoverMs, faults },
    note: `first pass of the next leader after ${secondsOf(takeoverMs)}, its answer to another Redis process after ${actedMs} ms${late}`,
  };
}

function killAndHold(at: Stage, leader: PodPlace): () => void {
  const release = at.holdBarn(leader.datacenter);
  at.killBarn(leader);
  return release;
}

function pause(at: Stage, { datacenter, name }: PodPlace): () => void {
  at.running.machines.pauseContainer(datacenter, name, CONTAINER.barn);
  return () => at.running.machines.resumeContainer(datacenter, name, CONTAINER.barn);
}

async function killLeaderThere(at: Stage): Promise<Repair> {
  const leader = await at.theLeader();
  const first = await chooseServing(at);
  at.killBarn(leader);
  at.killRedis(first);
  return nothing;
}

async function killFollower(at: Stage): Promise<Repair> {
  const leader = await at.theLeader();
  const follower = at.barns().find(({ datacenter }) => datacenter !== leader.datacenter);
  const first = await chooseServing(at);
  if (follower) at.killBarn(follower);
  at.killRedis(first);
  return nothing;
}

const relayed = new WeakSet<Stage>();

/** What every Barn says to API servers and sentinels goes through relays from now on, one network for each Barn. */
async function relayBarns(at: Stage): Promise<void> {
  if (relayed.has(at)) return;
  relayed.add(at);
  for (const { name } of at.running.farm.datacenters)
    await at.span(name, [...at.apiServers(), ...(await at.sentinels())]);
  await restartBarns(at);
}

/** Nothing passes any more between the leader and these addresses, connections stay open; a Redis process is killed. */
const cutLeader =
  (addressesOf: (at: Stage, leader: PodPlace) => Promise<readonly string[]>): Failure['fail'] =>
  async (at) => {
    const leader = await at.theLeader();
    const network = await at.span(leader.datacenter, []);
    network.silence(await addressesOf(at, leader));
    await killServing(at);
    return async () => {
      await network.mend();
      return {};
    };
  };

/** A Barn that ends, hangs, or is cut off. The cuts come last: relays stay between Barn and everybody else from there on. */
export const BARN_FAILURES: Failures = {
  'the leading Barn, started again at once; a Redis process': {
    ...{ fail: killLeaderThere, lateMs: LATE_WITHOUT_LEADER_MS, rounds: 3, watchedMs: BRIEF_MS },
  },
  'the leading Barn, not started again; three Redis processes': {
    ...{ fail: takeover(killAndHold), lateMs: LATE_WITHOUT_LEADER_MS, rounds: 3, watchedMs: BRIEF_MS, strikes: 3 },
  },
  'the leading Barn hangs; three Redis processes': {
    ...{ fail: takeover(pause), lateMs: LATE_WITHOUT_LEADER_MS, rounds: 3, watchedMs: BRIEF_MS, strikes: 3 },
  },
  'a following Barn; a Redis process': { fail: killFollower, rounds: 3, watchedMs: BRIEF_MS },
  "a whole datacenter, the leader's": { fail: stopDatacenter, lateMs: LATE_WITHOUT_LEADER_MS, rounds: 1 },
  'the leader is cut from an API server; a Redis process': {
    prepare: relayBarns,
    fail: cutLeader(async (at, { datacenter }) => at.apiServers((name) => name !== datacenter).slice(0, 1)),
    rounds: 1,
  },
  'the leader is cut from all sentinels; a Redis process': {
    prepare: relayBarns,
    fail: cutLeader((at) => at.sentinels()),
    ...{ lateMs: LATE_WITHOUT_LEADER_MS, rounds: 1 },
  },
  'the leader is cut from API servers and sentinels; a Redis process': {
    prepare: relayBarns,
    fail: cutLeader(async (at) => [...at.apiServers(), ...(await at.sentinels())]),
    ...{ lateMs: LATE_WITHOUT_LEADER_MS, rounds: 1 },
  },
};
