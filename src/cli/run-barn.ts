import { Executor } from '../act/executor.js';
import { Barn, type BarnEvent } from '../barn/barn.js';
import type { ReplacementWindow } from '../barn/replacement-window.js';
import { lookAt } from '../observe/look.js';
import { SentinelEvents } from '../observe/sentinel-events.js';
import { Sentry } from '../observe/sentry.js';
import type { FarmAccess } from './farm-access.js';
import { isSelfTest, upSentinels, WriteModes } from './write-modes.js';

export interface BarnOptions {
  /** 0..1023; with `leadership` its own counts */
  readonly controller: number;
  /** whether it may act, asked at every step; @default it leads */
  readonly leadership?: Leadership;
  readonly told?: (event: BarnEvent) => void;
  readonly window?: ReplacementWindow;
  /** ms between two passes; @default 1000 */
  readonly intervalMs?: number;
  /** somebody is shown what it sees, also while it follows; @default false */
  readonly looksOn?: boolean;
  /** @default a TCP connection to each pod, a subscription to each sentinel */
  readonly eyes?: (hints: Hints) => Eyes;
}

/** Something may have happened; never a fact. */
export interface Hints {
  /** @param address of a watched pod that closed its connection */
  lost(address: string): void;
  /** @param partition that a sentinel has told something of */
  heard(partition: string): void;
}

/** What is kept in sight between two passes: exactly these addresses from now on. */
export interface Eyes {
  watch(pods: ReadonlySet<string>): void;
  listen(sentinels: ReadonlySet<string>): void;
  close(): void;
}

/** What an Election knows (barn/election.ts). */
export interface Leadership {
  readonly leads: boolean;
  readonly controller: number;
  /** when another one that leads was last heard of: ms as of performance.now() */
  readonly heardAt?: number;
}

export interface RunningBarn {
  readonly barn: Barn;
  /** lets what is under way end, then closes every connection that is Barn's own */
  stop(): Promise<void>;
}

/**
 * What has not answered by then is not seen in this pass: one pod that hangs must not keep what all others say, and what the statuses are to
 * say of it, until its command is given up. Nothing dies of it: that takes a majority of sentinels (world/evidence.ts).
 */
const PATIENCE_MS = 350;

/** ms between two passes of a follower for the sake of a hint: a lost datacenter gives thousands */
const LOOK_ON_MS = 500;

const openEyes =
  ({ connections: { route }, credentials }: FarmAccess) =>
  ({ lost, heard }: Hints): Eyes => {
    const sentry = new Sentry({ lost, route });
    const events = new SentinelEvents(credentials, heard, route);
    return {
      watch: (pods) => sentry.watch(pods),
      listen: (sentinels) => events.listen(sentinels),
      close: () => {
        sentry.close();
        events.close();
      },
    };
  };

/** Waits without holding the process: who is stopped in the middle of it does not outlive its last connection. */
export const unheld = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** Puts the loop together with its eyes and hands, and starts it. */
export function runBarn(access: FarmAccess, options: BarnOptions): RunningBarn {
  const { leadership } = options;
  const leads = (): boolean => leadership?.leads ?? true;
  const controller = (): number => leadership?.controller ?? options.controller;
  const modes = new WriteModes(access.connections);
  // Who leads no more finishes the action that is under way, and begins no other.
  const executor = new Executor(modes, access.credentials, { modeOf: modes.of, stopped: () => !leads() });
  const told = (event: BarnEvent): void => {
    if (event.kind === 'pass') follow(event);
    options.told?.(event);
  };
  const barn = new Barn({
    frame: access.frame,
    observe: () => access.observe(PATIENCE_MS),
    look: (world, partitions) => lookAt(world, partitions, access.connections),
    act: (decision) => executor.run([decision]),
    now: () => performance.now(),
    wallClock: () => Date.now(),
    wait: unheld,
    get controller() {
      return controller();
    },
    leads,
    leaderHeardAt: () => leadership?.heardAt ?? Number.POSITIVE_INFINITY,
    told,
    ...(options.window ? { window: options.window } : {}),
    ...(options.intervalMs === undefined ? {} : { intervalMs: options.intervalMs }),
  });
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Who only follows decides nothing by a hint; where somebody looks on, what he is shown should not be five seconds old. */
  const hinted = (decide: () => Promise<void>): void => {
    if (leads() || !options.looksOn) void decide();
    else if (performance.now() - lookedAt >= LOOK_ON_MS) {
      lookedAt = performance.now();
      barn.nudge();
    }
  };
  const eyes = (options.eyes ?? openEyes(access))({
    lost: (address) => hinted(() => barn.hintAddress(address)),
    // What a proof does to its throw-away name, ours or another Barn's, is no news.
    heard: (partition) => {
      if (!isSelfTest(partition)) hinted(() => barn.hint([partition]));
    },
  });

  /** Eyes on exactly what serves now. */
  function follow({ world, facts }: Extract<BarnEvent, { kind: 'pass' }>): void {
    eyes.watch(new Set(facts.partitions.flatMap(({ agreed }) => agreed ?? [])));
    eyes.listen(new Set(upSentinels(world).map(({ address }) => address)));
    void modes.prove(world);
  }

  // Holds the process until `stop`: with nobody to talk to, and nothing but waits, it would end.
  const held = setInterval(() => undefined, 60_000);
  const running = barn.run();
  return {
    barn,
    stop: async () => {
      barn.stop();
      // The last pass may still tell of what it saw: eyes are closed after it, for good.
      await running;
      eyes.close();
      clearInterval(held);
    },
  };
}
