import type { Stage } from './stage.js';

/** What a scenario may need of the machine; where it is missing the scenario is `not here`, which is no pass. */
export type Need =
  /** a network namespace of our own, with routing rules: cuts */
  | 'network'
  /** a mount namespace of our own: small disks */
  | 'mount'
  /** `tc` with at least a token bucket: slow lines */
  | 'tc'
  /** the package redis with `createSentinel` */
  | 'node-redis';

/**
 * `plain`: User.id (4 partitions) and Session (2), nothing replicated. `replicated`: Chat (2 partitions of 2 pods) beside them, in a
 * sentinel group of its own.
 */
export type FarmKind = 'plain' | 'replicated';

/** Figures that make a pass, generous enough for two loaded cores. Wrong owners, double bindings and flushed data are always 0. */
export interface Expectation {
  /** longest time without an acknowledged write of any ioredis client of a partition that was struck; of any partition where none was: ms */
  readonly unavailableMs: number;
  /** from the end of `run`, when all that is still broken has been repaired, until the farm is whole: s */
  readonly wholeS: number;
  /** partitions that Barn may give another pod, but for a better spread; left out: any number */
  readonly moves?: number;
  /** partitions that nobody struck and that were unavailable (a gap above 400 ms) all the same; @default 0; Infinity: not looked at */
  readonly bystanders?: number;
  /** longest time that two sentinels of a group gave different addresses of a partition, ms; left out: not looked at */
  readonly dividedMs?: number;
}

/** One way to break a farm, and what must hold then. */
export interface Scenario {
  /** kebab-case, as the file */
  readonly name: string;
  /** ids of where it comes from: A2c (research, operators), R7 (research, reliability), or `found` for a bug of ours */
  readonly sources: readonly string[];
  /** one line, for a person */
  readonly what: string;
  /** part of the selection that CI runs */
  readonly ci?: boolean;
  /** @default plain */
  readonly farm?: FarmKind;
  readonly needs?: readonly Need[];
  /** Barns that run from the start; @default 1 */
  readonly barns?: number;
  /** several Barns elect a leader by Leases, as in production; false: each acts as if it were alone; @default true */
  readonly election?: boolean;
  /** about how long it takes, from whole to whole: `--minutes` picks by it */
  readonly seconds: number;
  readonly expect: Expectation;
  /**
   * Breaks things and waits for what follows. It must call `stage.prove` at least once: a fault that nobody saw take effect is no fault.
   * What it leaves broken (stopped, paused, cut, killed Barns) is repaired afterwards. @throws whatever makes it fail
   */
  readonly run: (stage: Stage) => Promise<void>;
}
