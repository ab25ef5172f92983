/**
 * Time and chance for the code under test. Date and performance are those of fake-timers; timers go into the queue of the run itself, so that
 * one order holds for timers and network, and belong to the actor that set them: with its end they end.
 */
import { withGlobal } from '@sinonjs/fake-timers';
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

/** From now on timers, clocks and Math.random are those of the run. */
export function installTime(scheduler: Scheduler): VirtualTime {
  const real = Object.fromEntries(GLOBALS.map((name) => [name, globalThis[name]]));
  const realRandom = Math.random;
  const clock = withGlobal(globalThis).install({ now: EPOCH_MS, toFake: ['Date', 'performance'] });
  let ticked = 0;
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
    setTimeout: (run: Callback, ms = 0, ...args: unknown[]) => once(Math.max(1, ms), () => run(...args)),
    setInterval: (run: Callback, ms = 0, ...args: unknown[]) => every(ms, () => run(...args)),
    setImmediate: (run: Callback, ...args: unknown[]) => once(0, () => run(...args)),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
  Object.assign(globalThis, own);
  Math.random = () => owner().random();
  scheduler.entering = (actor: Actor) => {
    const due = scheduler.now - ticked;
    if (due > 0) {
      clock.tick(due);
      // fake-timers counts whole ms and carries the rest on; ours is the sum.
      ticked = scheduler.now;
    }
    if (actor.skewMs !== skew || skew !== 0) {
      skew = actor.skewMs;
      clock.setSystemTime(EPOCH_MS + scheduler.now + skew);
    }
  };
  return {
    restore: () => {
      scheduler.entering = undefined;
      clock.uninstall();
      Object.assign(globalThis, real);
      Math.random = realRandom;
    },
  };
}
