import { setTimeout as delay } from 'node:timers/promises';
import { NAME } from '../../../src/farm/words.js';
import { until } from '../../local/until.js';
import { type BarnLine, barnLines, everyBarnRuns, isFollowing, isLeading, restartBarns, termOf } from './barn-log.js';
import type { BarnProxies } from './barn-proxies.js';
import { chooseServing, type Failure, type Failures, type Found, type Repair } from './failure.js';
import { MERGE } from './kubelet-http.js';
import type { LateCommand, LateLines } from './late-lines.js';
import type { PodPlace, Stage } from './stage.js';

/** Leases are renewed every second and looked at more often: the thief leads by then, ms. */
const LEADS_WITHIN_MS = 2_000;
/** The old leader stops by its own clock 3.5 s after its last renewal, ms. */
const STOPS_WITHIN_MS = 10_000;
const STRUCK = 3;

interface Theft {
  readonly old: PodPlace;
  readonly thief: PodPlace;
  /** ms since the epoch */
  readonly at: number;
  readonly proxies: BarnProxies;
}

/**
 * Somebody writes a follower's name over the leader's, and what the leader sends about Leases reaches nobody and is not answered any more: it
 * believes to lead until its time has run out, while the thief leads.
 */
async function steal(at: Stage): Promise<Theft> {
  const { farm, http } = at.running;
  const proxies = await at.proxies();
  await everyBarnRuns(at);
  const old = await at.theLeader();
  const thief = at.barns().find(({ datacenter }) => datacenter !== old.datacenter);
  if (!thief) throw new Error('nobody follows');
  const path = `/apis/coordination.k8s.io/v1/namespaces/${farm.namespace}/leases/${NAME.barn}`;
  const spec = { holderIdentity: `${thief.datacenter}/${thief.name}` };
  const began = Date.now();
  proxies.withholdLeases(old.datacenter, true);
  await Promise.all(farm.datacenters.map(({ name }) => http(name).send('PATCH', path, { spec }, MERGE)));
  return { old, thief, at: began, proxies };
}

const decided = ({ msg }: BarnLine): boolean => msg === 'decided';

/** Redis processes of different partitions, one in each datacenter where there is one. */
async function chooseThree(at: Stage): Promise<readonly PodPlace[]> {
  const chosen: PodPlace[] = [];
  for (const { name } of at.running.farm.datacenters.slice(0, STRUCK)) {
    const next = await chooseServing(at, name);
    if (!chosen.some((one) => one.datacenter === next.datacenter && one.name === next.name)) chosen.push(next);
  }
  return chosen;
}

async function thiefLeads(at: Stage, { thief, at: since }: Theft): Promise<void> {
  await until(
    'the thief leads',
    () => barnLines(at.running, thief, since).some((line) => isLeading(line)),
    LEADS_WITHIN_MS,
  );
}

interface Deeds {
  readonly decided: readonly BarnLine[];
  readonly ended: readonly BarnLine[];
}

/** What it decided while it led, and how that ended. */
function deedsOf(lines: readonly BarnLine[]): Deeds {
  const meant = lines.filter(decided);
  return { decided: meant, ended: lines.filter(({ msg }) => msg === 'ended') };
}

const statusCounts = (ended: readonly BarnLine[]): string => {
  const counts = new Map<string, number>();
  for (const { status } of ended) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status}`).join(', ') || 'none ended';
};

/** What the old leader said from the theft on for as long as it believed to lead. */
function untilItFollows(at: Stage, { old, at: since }: Theft): readonly BarnLine[] {
  const lines = barnLines(at.running, old, since);
  const stop = lines.findIndex(isFollowing);
  return stop < 0 ? lines : lines.slice(0, stop);
}

/** Both acted, in one and the same span of time, each in a term of its own. */
function bothActed(at: Stage, { old, thief, at: since }: Theft, oldLines: readonly BarnLine[]): Found {
  const olds = deedsOf(oldLines);
  const thiefLines = barnLines(at.running, thief, since);
  const leads = thiefLines.find(isLeading);
  const thiefs = deedsOf(thiefLines.filter((line) => leads !== undefined && line.at >= leads.at));
  const faults: string[] = [];
  const from = Math.max(olds.decided[0]?.at ?? Number.NaN, thiefs.decided[0]?.at ?? Number.NaN);
  const lasts = [olds, thiefs].map(({ decided: all, ended }) => Math.max(...[...all, ...ended].map((line) => line.at)));
  const overlap = Math.min(...lasts) - from;
  if (!(overlap >= 0))
    faults.push(`they did not act at once: ${olds.decided.length} and ${thiefs.decided.length} decisions`);
  const [oldTerm, newTerm] = [barnLines(at.running, old, 0).filter(isLeading), leads ? [leads] : []].map((all) =>
    Math.max(...all.filter((line) => line.at < since || line === leads).map(termOf)),
  );
  if (!(Number(newTerm) > Number(oldTerm))) faults.push(`terms ${oldTerm} and ${newTerm}`);
  const subjects = new Set(thiefs.decided.map(({ subject }) => subject));
  const same = new Set(olds.decided.flatMap(({ subject }) => (subjects.has(subject) ? subject : [])));
  const note = [
    `both acted for ${Math.round(overlap)} ms`,
    `old leader (term ${oldTerm}): ${olds.decided.length} decisions, ${statusCounts(olds.ended)}`,
    `new leader (term ${newTerm}): ${thiefs.decided.length} decisions, ${statusCounts(thiefs.ended)}`,
    `${same.size} subjects in common`,
  ];
  return { faults, note: note.join('; ') };
}

async function oldStops(at: Stage, { old, at: since, proxies }: Theft): Promise<void> {
  try {
    await until('the old leader follows', () => barnLines(at.running, old, since).some(isFollowing), STOPS_WITHIN_MS);
  } finally {
    proxies.withholdLeases(old.datacenter, false);
  }
}

/** Both look at the same dead pods, decide, and act. */
async function bothAct(at: Stage): Promise<Repair> {
  const chosen = await chooseThree(at);
  const theft = await steal(at);
  try {
    await thiefLeads(at, theft);
    for (const pod of chosen) {
      at.killRedis(pod);
      await delay(100);
    }
  } catch (error) {
    theft.proxies.withholdLeases(theft.old.datacenter, false);
    throw error;
  }
  return async () => {
    await oldStops(at, theft);
    return bothActed(at, theft, untilItFollows(at, theft));
  };
}

/** What Redis says to a compare-and-set that came too late. */
const isRefused = ({ answer }: LateCommand): boolean => answer.startsWith('-');
const isSwap = ({ command }: LateCommand): boolean => /SETUSER marker/i.test(command);

/** Late lines of every Barn, and Barns that use them. */
async function withLateLines(at: Stage): Promise<void> {
  await at.proxies();
  for (const { name } of at.running.farm.datacenters) await at.lateLines(name);
  await restartBarns(at);
}

/** Who serves what, as sentinels and pods agree. */
async function served(at: Stage): Promise<ReadonlyMap<string, string | undefined>> {
  const { facts } = await at.look();
  return new Map(facts.partitions.map(({ name, agreed }) => [name, agreed]));
}

/** Processes alone would start anew and serve again, and nobody would have to take over; no Barn is on it. */
async function chooseMachine(at: Stage): Promise<string> {
  const taken = new Set(at.barns().map((barn) => at.machineOf(barn)));
  const { machine } = await at.servingPod((pod) => !taken.has(pod.machine));
  await at.strike((pod) => pod.machine === machine);
  return machine;
}

/** The old leader has decided, and its first writes are on their way, when its Leases are stolen. */
async function writeAndSteal(at: Stage, lines: LateLines, machine: string): Promise<Theft> {
  lines.hold();
  try {
    await at.running.machines.stopMachine(machine);
    await until('the old leader has written', () => lines.claims, LEADS_WITHIN_MS);
    const theft = await steal(at);
    await thiefLeads(at, theft).catch((error: unknown) => {
      theft.proxies.withholdLeases(theft.old.datacenter, false);
      throw error;
    });
    return theft;
  } catch (error) {
    await lines.deliver();
    at.running.machines.startMachine(machine);
    throw error;
  }
}

/** The old leader's writes wait in the network until the new leader has brought every partition back; then they arrive. */
async function oldIsLate(at: Stage): Promise<Repair> {
  await everyBarnRuns(at);
  const lines = await at.lateLines((await at.theLeader()).datacenter);
  const since = Date.now();
  const machine = await chooseMachine(at);
  const theft = await writeAndSteal(at, lines, machine);
  return async () => {
    const before = await served(at);
    const delivered = Date.now();
    const late = await lines.deliver();
    const after = await served(at);
    at.running.machines.startMachine(machine);
    await oldStops(at, theft);
    // What it has under way does not end when it stops leading.
    const found = bothActed(at, theft, barnLines(at.running, theft.old, since));
    const swaps = late.filter(isSwap);
    const refused = swaps.filter(isRefused);
    const meant = barnLines(at.running, theft.thief, delivered).filter(decided);
    const moved = [...before].filter(
      ([name, address]) => after.get(name) !== address && !meant.some(({ subject }) => subject === name),
    );
    const faults = [...(found.faults ?? [])];
    if (swaps.length === 0) faults.push('nothing that the old leader wrote was late');
    for (const [name, address] of moved)
      faults.push(`a late write moved ${name} from ${address} to ${after.get(name)}`);
    for (const { address, command, answer } of swaps)
      process.stdout.write(`  late at ${address}: ${command.slice(0, 160)} -> ${answer.slice(0, 80)}\n`);
    const claims = `${swaps.length} claims, ${refused.length} of them refused`;
    const note = `the old leader's writes came late: ${claims}; ${moved.length} partitions moved by them; ${found.note}`;
    return { faults, note };
  };
}

const row = (fail: Failure['fail'], prepare: (at: Stage) => Promise<unknown>): Failure => ({
  prepare: async (at) => void (await prepare(at)),
  ...{ fail, rounds: 2, watchedMs: 1_000, strikes: STRUCK },
});

/** Two Barns that both believe to lead. */
export const TWO_BARNS: Failures = {
  'the Leases are stolen, two Barns act; three Redis processes': row(bothAct, (at) => at.proxies()),
  'the same, and what the old one writes comes late; a machine': row(oldIsLate, withLateLines),
};
