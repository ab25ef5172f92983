/**
 * Time and chance for the code under test. Timers go into the queue of the run itself, so that one order holds for timers and network, and
 * belong to the actor that set them: with its end they end.
 */
import { EPOCH_MS } from './epoch-ms.js';
import type { Actor, Scheduler } from './scheduler.js';
import type { SimProcess } from './sim-process.js';

type Callback = (...args: unknown[]) => void;

/** What Node gives for a timer, as far as the code under test uses it. */
class VirtualTimer {
  cancel: () => void = () => undefined;
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return false;
  }
}

const GLOBALS = [
  'Date',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
] as const;

export interface VirtualTime {
  /** gives the real time back */
  restore(): void;
}

/** `new Date()` and Date.now() by a clock of ours; given times are what they are. @param now ms since the epoch */
function dateOf(now: () => number): DateConstructor {
  class VirtualDate extends Date {
    constructor(...given: readonly []) {
      if (given.length === 0) super(now());
      else super(...given);
    }

    static override now(): number {
      return now();
    }
  }
  return VirtualDate as DateConstructor;
}

/** From now on timers, clocks and Math.random are those of the run. */
export function installTime(scheduler: Scheduler): VirtualTime {
  const real = Object.fromEntries(GLOBALS.map((name) => [name, globalThis[name]]));
  const realRandom = Math.random;
  /** ms of the run and ms that the clock of its machine is ahead, of whoever was entered last */
  let at = scheduler.now;
  let skew = 0;
  const owner = (): SimProcess => {
    const { current } = scheduler;
    if (current === undefined) throw new Error('a timer was set by nobody');
    return current as SimProcess;
  };
  const once = (ms: number, run: () => void): VirtualTimer => {
    const timer = new VirtualTimer();
    const by = owner();
    timer.cancel = by.after(ms, () => scheduler.enter(by, run));
    return timer;
  };
  const every = (ms: number, run: () => void): VirtualTimer => {
    const timer = new VirtualTimer();
    const by = owner();
    const again = (): void => {
      timer.cancel = by.after(Math.max(1, ms), () => {
        again();
        scheduler.enter(by, run);
      });
    };
    again();
    return timer;
  };
  const clear = (timer: unknown): void => {
    if (timer instanceof VirtualTimer) timer.cancel();
  };
  const own = {
    Date: dateOf(() => Math.floor(EPOCH_MS + at + skew)),
    setTimeout: (run: Callback, ms = 0, ...args: unknown[]) => once(Math.max(1, ms), () => run(...args)),
    setInterval: (run: Callback, ms = 0, ...args: unknown[]) => every(ms, () => run(...args)),
    setImmediate: (run: Callback, ...args: unknown[]) => once(0, () => run(...args)),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
  Object.assign(globalThis, own);
  Math.random = () => owner().random();
  const nowOfReal = performance.now;
  performance.now = () => at;
  scheduler.entering = (actor: Actor) => {
    at = scheduler.now;
    skew = actor.skewMs;
  };
  return {
    restore: () => {
      scheduler.entering = undefined;
      performance.now = nowOfReal;
      Object.assign(globalThis, real);
      Math.random = realRandom;
    },
  };
}
