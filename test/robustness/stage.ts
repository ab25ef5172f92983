import type { Farm } from '../../src/farm/model.js';
import type { Facts } from '../../src/world/facts.js';
import type { World } from '../../src/world/model.js';
import type { Progress } from '../../src/world/progress.js';

/** A pod of the farm: a redis or a sentinel, where it runs now. */
export interface Place {
  readonly kind: 'redis' | 'sentinel';
  readonly datacenter: string;
  readonly machine: string;
  /** name of the pod */
  readonly pod: string;
  /** `ip:port` */
  readonly address: string;
}

/**
 * One side of a cut: `barn-1`, `barn-2` (Barns, in the order of their start), `clients` (all of them), `plain`, `resolver` or `node-redis`
 * (clients of one kind), `datacenter a`, the name of a machine, or an ip. A datacenter is its machines and its KubeCluster.
 */
export type Side = string;

/** drop: nothing arrives and nobody is told, as on a cut line; reject: who connects is told at once, what is connected hangs. */
export type CutHow = 'drop' | 'reject';

export interface Look {
  readonly world: World;
  readonly declared: Farm;
  readonly facts: Facts;
  readonly progress: Progress;
}

/** Where a Barn kills itself (kill -9), once: before or after an action of a decision, or right after the n-th command of a kind is on the wire. */
export type CrashPoint =
  | {
      readonly at: 'before' | 'after';
      /** an action kind of src/plan/action.ts: claim-pod, switch-name, release-pod, ... */
      readonly action: string;
      /** a reason of src/plan/reasons.ts; left out: any */
      readonly reason?: string;
    }
  | {
      readonly at: 'wire';
      /** found in what Barn writes, not case-sensitive, words that follow each other: `SETUSER`, `PUBLISH`, `CLIENT PAUSE` */
      readonly command: string;
      /** @default 1 */
      readonly nth?: number;
    };

/** One thing that a Barn said. */
export interface BarnLine {
  readonly barn: string;
  /** ms on the steady clock of the machine, the same in every process (`now()` of clock.ts) */
  readonly at: number;
  /** pass, decided, ended, failed, led, crashing */
  readonly kind: string;
  readonly reason?: string;
  readonly subject?: string;
  readonly detail?: string;
  /** `switch-name Done ...`, a line an action */
  readonly receipts?: readonly string[];
  readonly leads?: boolean;
  readonly error?: string;
}

export interface BarnControl {
  /** kill -9. @param barn `barn-1`; left out: the one that leads, or the only one */
  kill(barn?: string): Promise<string>;
  /** as Kubernetes ends a pod */
  terminate(barn?: string): Promise<string>;
  pause(barn?: string): Promise<string>;
  resume(barn: string): Promise<void>;
  /** another one, or a new process under the name of one that is gone. @returns its name */
  start(barn?: string): Promise<string>;
  /** From now on it kills itself at this point; the point is taken by every Barn that runs. */
  crashAt(point: CrashPoint): Promise<void>;
  /** Resolves when a Barn has ended by a crash point. @throws after ms @returns its name */
  crashed(ms?: number): Promise<string>;
  /** the one that leads now */
  leader(): string | undefined;
  readonly running: readonly string[];
  /** all that was said since, `now()` of clock.ts */
  since(at: number): readonly BarnLine[];
}

export interface Network {
  /** Between two sides, both ways unless `oneWay` (then only from the first to the second). Needs `network`. */
  cut(from: Side, to: Side, options?: { readonly how?: CutHow; readonly oneWay?: boolean }): Promise<void>;
  /** A side from everybody else but these. */
  isolate(side: Side, options?: { readonly how?: CutHow; readonly but?: readonly Side[] }): Promise<void>;
  /** What was cut passes again. */
  mend(): Promise<void>;
  /** All lines of the farm together carry so much; RTTs grow and packets are lost. Needs `tc`. @returns ms of a PING before and after, median */
  slow(rateKbit: number): Promise<{ readonly before: number; readonly after: number }>;
  /** Whether a TCP connection can be made from one side to an address now, asked by a connection of its own. */
  reaches(from: Side, address: string, timeoutMs?: number): Promise<boolean>;
}

/** What a scenario does to a farm under traffic. Partitions that a fault takes are noted as struck by the methods themselves. */
export interface Stage {
  readonly seed: number;
  /** 0..1, the same sequence for a seed */
  random(): number;
  /** one of them, by `random` */
  choose<T>(from: readonly T[]): T;
  now(): number;
  wait(ms: number): Promise<void>;
  /** Polls. @throws Error with `what` after timeoutMs (@default 20,000) */
  until(what: string, holds: () => unknown, timeoutMs?: number): Promise<void>;
  /** The fault took effect: polled as by `until`, and written down. A scenario without one fails. */
  prove(what: string, holds: () => unknown, timeoutMs?: number): Promise<void>;
  /** Must hold now, else the scenario fails with `what`. */
  check(what: string, holds: boolean): void;
  /** For a person: into the history and the row. */
  note(what: string): void;
  /** These partitions are hit by what is being done, where the methods below cannot know. */
  strike(partitions: readonly string[]): void;

  readonly partitions: readonly string[];
  readonly datacenters: readonly string[];
  look(): Promise<Look>;
  /** The pod that a majority of sentinels names. */
  owner(partition: string): Promise<Place>;
  /** Partitions that a pod on these (`a-m1`, or `datacenter a`) or this very address serves. */
  partitionsAt(where: string): Promise<readonly string[]>;
  /** All redis pods, with what they are: bound, member, standby, locked, incoming; undefined: does not answer. */
  pods(): Promise<readonly (Place & { readonly claim: string | undefined; readonly partition: string | undefined })[]>;
  sentinels(): Promise<readonly Place[]>;
  machines(): readonly { readonly name: string; readonly datacenter: string; readonly running: boolean }[];
  /** A command as user barn on a connection of its own. @throws Error what it replied or why there is no connection, after timeoutMs */
  ask(at: Place | string, command: readonly string[], timeoutMs?: number): Promise<unknown>;
  /** Every ioredis client has acknowledged a write of every partition within the last 300 ms; of these only, when given. */
  flows(partitions?: readonly string[]): boolean;
  /** All serve, are named by all, are armed, no pod is down, Barn has nothing to do. @param timeoutMs @default 60,000 */
  whole(timeoutMs?: number): Promise<void>;

  /** kill -9 of the server of a pod, which starts again in place after the restart delay. */
  kill(place: Place): Promise<void>;
  /** SIGSTOP: it holds its connections and answers nobody. */
  pause(place: Place): Promise<void>;
  resume(place: Place): Promise<void>;
  /** CLIENT KILL of every application's connection; the server lives. */
  killClients(place: Place): Promise<void>;
  /** It hangs and the kernel accepts no further connection: SYNs get no answer. Ends with `resume`. */
  fillAcceptQueue(place: Place): Promise<void>;
  /** how long a killed container takes to be started again from now on; a kubelet needs 1-2 s; @default 0 */
  restartDelay(seconds: number): void;
  stopMachine(machine: string): Promise<void>;
  startMachine(machine: string): Promise<void>;
  stopDatacenter(datacenter: string): Promise<void>;
  startDatacenter(datacenter: string): Promise<void>;
  /** kill -9 of every redis of the farm at once; they start again in place. */
  restartStorm(): Promise<void>;

  /** What it has written of what it learnt, now. */
  sentinelConf(sentinel: Place): Promise<string>;
  /** Killed with -9, and started again without its conf, or with this older one. */
  restartSentinel(sentinel: Place, conf: string | undefined): Promise<void>;
  /** Hangs so long that it puts itself into TILT (more than 2 s; it stays in TILT for 30 s). */
  tilt(sentinel: Place): Promise<void>;
  /** The disk of its conf has no byte left. Ends with `freeDisk` or the end of the scenario. Needs `mount`. */
  fillDisk(sentinel: Place): Promise<void>;
  freeDisk(sentinel: Place): Promise<void>;

  readonly network: Network;
  readonly barns: BarnControl;
  /** `cachefarm <words> --state <the farm's>`, as a person types it. @returns stdout @throws Error with stderr when it fails */
  cachefarm(...words: readonly string[]): Promise<string>;
  /** `cachefarm apply` of one CacheCluster, JSON or YAML. */
  apply(document: string): Promise<void>;
  /** A write as the application of this partition's cache cluster, past Sentinel: for a planted fault. */
  plant(at: Place, partition: string, key: string, value: string): Promise<void>;
}
