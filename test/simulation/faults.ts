/**
 * What goes wrong, as data: a list of faults is a story, and a part of it is a story too (shrink.ts). Which pod or machine is meant is said by a
 * share of those there are, so that leaving one fault out changes nothing of the others.
 */
import { cutBetween } from './cut-between.js';
import { keepOldList } from './old-list.js';
import { SimDeclarations } from './sim-declarations.js';
import type { SimFarm } from './sim-farm.js';
import { swapPods } from './swap-pods.js';

export interface Fault {
  /** ms after the faults begin */
  readonly at: number;
  readonly kind: FaultKind;
  /** 0 <= x < 1: which one, and which other one */
  readonly x: number;
  readonly y: number;
  /** ms until it ends by itself */
  readonly ms: number;
}

/** What it did, for the story, and what ends it. */
interface Effect {
  readonly told: string;
  readonly undo?: () => void;
}

type Apply = (farm: SimFarm, fault: Fault) => Effect | undefined;

const pick = <T>(of: readonly T[], share: number): T | undefined => of[Math.floor(share * of.length)];

const machinesOf = (farm: SimFarm, datacenter: string | undefined): readonly string[] =>
  farm.network.machines.filter((ip) => farm.network.zoneOf(ip) === datacenter);

function datacenterCut(farm: SimFarm, { x }: Fault): Effect | undefined {
  const datacenter = pick(farm.datacenters, x);
  if (datacenter === undefined) return undefined;
  const inside = machinesOf(farm, datacenter);
  const outside = farm.network.machines.filter((ip) => !inside.includes(ip));
  return { told: `datacenter ${datacenter} is cut off`, undo: cutBetween(farm, inside, outside) };
}

export const FAULTS = {
  'kill-pod': (farm, { x }) => {
    const pod = pick(farm.redisPods, x);
    if (!pod?.isRunning) return undefined;
    pod.kill();
    return { told: `${pod.label} is killed` };
  },
  'kill-serving-pod': (farm, { x }) => {
    const pod = pick(farm.servingPods(), x);
    if (!pod?.isRunning) return undefined;
    pod.kill();
    return { told: `${pod.label}, which serves, is killed` };
  },
  'restart-serving-pod': (farm, { x, ms }) => {
    const pod = pick(farm.servingPods(), x);
    if (!pod?.isRunning) return undefined;
    pod.kill();
    pod.start(ms);
    return { told: `${pod.label}, which serves, is killed and starts again after ${Math.round(ms)} ms` };
  },
  // In the middle of its failover, which the sentinel that leads it may not be able to tell.
  'returns-unseen': (farm, { x, y, ms }) => {
    const pod = pick(farm.servingPods(), x);
    if (!pod?.isRunning) return undefined;
    const sentinel = pick(
      farm.sentinels.filter(({ ip }) => ip !== pod.ip),
      y,
    );
    if (!sentinel) return undefined;
    const after = 900 + (ms % 1_500);
    pod.kill();
    pod.start(after);
    return {
      told: `${pod.label}, which serves, is killed and starts again after ${Math.round(after)} ms, cut off from ${sentinel.label}`,
      undo: cutBetween(farm, [pod.ip], [sentinel.ip]),
    };
  },
  'stop-pod': (farm, { x }) => {
    const pod = pick(farm.servingPods(), x);
    const life = pod?.hang();
    return pod && life ? { told: `${pod.label} hangs`, undo: () => life.resume() } : undefined;
  },
  'machine-down': (farm, { x }) => {
    const machine = pick(farm.machines, x);
    if (!machine || !farm.network.isUp(machine.ip)) return undefined;
    farm.machineDown(machine);
    return { told: `machine ${machine.name} loses power`, undo: () => farm.machineUp(machine) };
  },
  'datacenter-down': (farm, { x }) => {
    const datacenter = pick(farm.datacenters, x);
    const undo = datacenter === undefined ? undefined : farm.datacenterDown(datacenter);
    return undo && { told: `datacenter ${datacenter} loses power`, undo };
  },
  'cut-datacenter': datacenterCut,
  'cut-pair': (farm, { x, y }) => {
    const { machines } = farm.network;
    const [one, other] = [pick(machines, x), pick(machines, y)];
    if (one === undefined || other === undefined || one === other) return undefined;
    return { told: `${farm.nameOf(one)} and ${farm.nameOf(other)} are cut`, undo: cutBetween(farm, [one], [other]) };
  },
  'cut-one-way': (farm, { x, y }) => {
    const { machines } = farm.network;
    const [one, other] = [pick(machines, x), pick(machines, y)];
    if (one === undefined || other === undefined || one === other) return undefined;
    return {
      told: `nothing gets from ${farm.nameOf(one)} to ${farm.nameOf(other)}`,
      undo: cutBetween(farm, [one], [other], false),
    };
  },
  'cut-barn-from-pods': (farm, { x }) => {
    const barn = pick(farm.barnPlaces, x);
    const pods = farm.machines.map(({ ip }) => ip);
    return barn && { told: `${barn.name} is cut off from the machines`, undo: cutBetween(farm, [barn.ip], pods) };
  },
  // As a firewall does it: what too few have lost is not dead.
  'seen-by-most': (farm, { x, y }) => {
    const pod = pick(farm.servingPods(), x);
    const sentinel = pick(
      farm.sentinels.filter(({ ip }) => ip !== pod?.ip),
      y,
    );
    if (!pod || !sentinel) return undefined;
    const blind = [...farm.barnPlaces.map(({ ip }) => ip), sentinel.ip];
    return {
      told: `the machine of ${pod.label} and all Barns are cut, and ${sentinel.label} and it`,
      undo: cutBetween(farm, [pod.ip], blind),
    };
  },
  'cut-barn-from-api': (farm, { x }) => {
    const barn = pick(farm.barnPlaces, x);
    const apis = farm.kubes.map((kube) => kube.process.ip);
    return barn && { told: `${barn.name} is cut off from the KubeClusters`, undo: cutBetween(farm, [barn.ip], apis) };
  },
  'slow-pair': (farm, { x, y, ms }) => {
    const { machines } = farm.network;
    const [one, other] = [pick(machines, x), pick(machines, y)];
    if (one === undefined || other === undefined || one === other) return undefined;
    const by = 20 + (ms % 500);
    farm.network.slow(one, other, by);
    return {
      told: `${farm.nameOf(one)} to ${farm.nameOf(other)} takes ${Math.round(by)} ms more`,
      undo: () => farm.network.slow(one, other, 0),
    };
  },
  'slow-barn': (farm, { x, ms }) => {
    const barn = pick(farm.barnPlaces, x);
    if (!barn) return undefined;
    const others = farm.network.machines.filter((ip) => ip !== barn.ip);
    const by = 5 + (ms % 150);
    for (const other of others) farm.network.slow(barn.ip, other, by);
    return {
      told: `all that ${barn.name} sends takes ${Math.round(by)} ms more`,
      undo: () => {
        for (const other of others) farm.network.slow(barn.ip, other, 0);
      },
    };
  },
  'reset-connections': (farm, { x }) => {
    const ip = pick(farm.network.machines, x);
    if (ip === undefined) return undefined;
    const count = farm.network.reset((from, to) => from.ip === ip || to.ip === ip);
    return { told: `${count} connections of ${farm.nameOf(ip)} are reset` };
  },
  'crash-barn': (farm, { x, ms }) => {
    const barn = pick(farm.barnPlaces, x);
    if (!barn?.crash(ms)) return undefined;
    return { told: `${barn.name} crashes and starts again after ${Math.round(ms)} ms` };
  },
  'barns-away': (farm, { ms }) => {
    const gone = farm.barnPlaces.filter((barn) => barn.crash(ms));
    if (gone.length === 0) return undefined;
    return { told: `${gone.map(({ name }) => name).join(' and ')} are gone for ${Math.round(ms)} ms` };
  },
  'crash-barn-at-effect': (farm, { x, y, ms }) => {
    const barn = pick(farm.barnPlaces, x);
    if (!barn) return undefined;
    const effects = 1 + Math.floor(y * 12);
    const before = Math.floor(y * 24) % 2 === 0;
    barn.crashAt(effects, before, ms % 4_000);
    return { told: `${barn.name} will crash ${before ? 'before' : 'after'} its write number ${effects} from now` };
  },
  'lose-replies': (farm, { x, y }) => {
    const barn = pick(farm.barnPlaces, x);
    if (!barn) return undefined;
    const count = 1 + Math.floor(y * 3);
    barn.loseReplies(count);
    return { told: `the replies to the next ${count} writes of ${barn.name} are lost` };
  },
  'stop-barn': (farm, { x }) => {
    const barn = pick(farm.barnPlaces, x);
    const life = barn?.process;
    if (!barn || !life?.alive || life.paused) return undefined;
    life.pause();
    return { told: `${barn.name} hangs`, undo: () => life.resume() };
  },
  'skew-barn': (farm, { x, y }) => {
    const barn = pick(farm.barnPlaces, x);
    if (!barn) return undefined;
    const skew = Math.round((y - 0.5) * 7_200_000);
    barn.skew(skew);
    return { told: `the clock of ${barn.name} is ${skew} ms off` };
  },
  'api-hangs': (farm, { x }) => {
    const kube = pick(farm.kubes, x);
    if (!kube || kube.hangs) return undefined;
    kube.hangs = true;
    return {
      told: `the API of ${kube.datacenter} hangs`,
      undo: () => {
        kube.hangs = false;
      },
    };
  },
  'swap-pods': (farm, { x, y }) => {
    const told = swapPods(farm, x, y);
    return told === undefined ? undefined : { told };
  },
  'sentinel-restarts': (farm, { x }) => {
    const sentinel = pick(farm.sentinels, x);
    return sentinel?.restart('kept') ? { told: `${sentinel.label} restarts` } : undefined;
  },
  'sentinel-forgets': (farm, { x }) => {
    const sentinel = pick(farm.sentinels, x);
    return sentinel?.restart('lost') ? { told: `${sentinel.label} restarts without its sentinel.conf` } : undefined;
  },
  'sentinel-aged': (farm, { x }) => {
    const sentinel = pick(farm.sentinels, x);
    return sentinel?.restart('aged') ? { told: `${sentinel.label} restarts with an old sentinel.conf` } : undefined;
  },
  'stop-sentinel': (farm, { x }) => {
    const sentinel = pick(farm.sentinels, x);
    const life = sentinel?.hang();
    return sentinel && life ? { told: `${sentinel.label} hangs`, undo: () => life.resume() } : undefined;
  },
  'clock-jumps': (farm, { x, y }) => {
    const sentinel = pick(farm.sentinels, x);
    if (!sentinel?.isRunning) return undefined;
    const by = Math.round((y - 0.5) * 20_000);
    sentinel.jump(by);
    return { told: `the clock of ${sentinel.label} jumps by ${by} ms` };
  },
  resize: (farm, { x, y }) => {
    const told = new SimDeclarations(farm).resize(x, y);
    return told === undefined ? undefined : { told };
  },
  'declare-in-one': (farm, { x, y }) => {
    const told = new SimDeclarations(farm).declareInOne(x, y);
    return told === undefined ? undefined : { told };
  },
  remove: (farm, { x, ms }) => {
    const told = new SimDeclarations(farm).remove(x, ms);
    return told === undefined ? undefined : { told };
  },
  renew: (farm, { x, ms }) => {
    const told = new SimDeclarations(farm).remove(x, ms);
    return told === undefined ? undefined : { told };
  },
  redeclare: (farm, { x, y }) => {
    const told = new SimDeclarations(farm).redeclare(x, y);
    return told === undefined ? undefined : { told };
  },
  drain: (farm, { x }) => {
    const machine = pick(farm.machines, x);
    if (!machine) return undefined;
    farm.drain(machine, true);
    return { told: `machine ${machine.name} is drained`, undo: () => farm.drain(machine, false) };
  },
  'old-list-unheard': (farm, fault) => keepOldList(farm, fault, 'cut'),
  'old-list-tilted': (farm, fault) => keepOldList(farm, fault, 'hung'),
} as const satisfies Record<string, Apply>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];
/** Stories of their own, which need all their time: a run is not healed before they are over, and draws them for its end only. */
export const LASTING: ReadonlySet<FaultKind> = new Set<FaultKind>(['old-list-unheard', 'old-list-tilted']);
