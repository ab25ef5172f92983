import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../local/until.js';
import { barnLines, isLeading } from './barn-log.js';
import type { BarnProxies } from './barn-proxies.js';
import type { Failures, Repair } from './failure.js';
import type { Stage } from './stage.js';

/** A Barn that leads looks for a better spread every 10 s: when it has done nothing for longer, all is where it stays, ms. */
const STILL_MS = 12_000;
const STILL_WITHIN_MS = 90_000;
/** Some passes of every Barn, two looks for a better spread, and four questions whether each API server is there, ms. */
const COUNTED_MS = 20_000;
/** What a Barn may ask without a reason: whether the API server is there. Watches and Leases are not counted. */
const PULSE = 'GET /readyz';

/** One has begun to lead, to do something, or has ended it. */
const hasActed = (at: Stage, since: number): boolean =>
  at
    .barns()
    .flatMap((barn) => barnLines(at.running, barn, since))
    .some((line) => isLeading(line) || line.msg === 'decided' || line.msg === 'ended');

/** What every Barn asks of every API server while nothing happens, as the proxies in between count it. */
async function countAsked(at: Stage, proxies: BarnProxies): Promise<Repair> {
  await until('no Barn has anything to do', () => !hasActed(at, Date.now() - STILL_MS), STILL_WITHIN_MS);
  proxies.takeAsked();
  const since = Date.now();
  await delay(COUNTED_MS);
  const asked = [...proxies.takeAsked()].sort();
  const unasked = asked.filter(([what]) => what !== PULSE);
  const pulses = asked.find(([what]) => what === PULSE)?.[1] ?? 0;
  const faults = unasked.map(([what, times]) => `${what} was asked ${times} times, though nothing happened`);
  if (hasActed(at, since)) faults.push('a Barn did something meanwhile, and nothing is shown');
  if (pulses === 0) faults.push('nothing was counted: no Barn has asked whether an API server is there');
  const note = `in ${COUNTED_MS / 1_000} s ${pulses} times ${PULSE}, beside watches and Leases nothing else`;
  return async () => ({ faults, note: faults.length > 0 ? faults.join('; ') : note });
}

/** Nothing fails: from here on every Barn reaches every API server through a proxy, which counts. */
export const STILL: Failures = {
  'nothing; what Barns ask of API servers is counted': {
    prepare: async (at) => {
      const proxies = await at.proxies();
      await until('every Barn is in sync through its proxies', () => proxies.inSync, 60_000);
    },
    fail: async (at) => countAsked(at, await at.proxies()),
    ...{ rounds: 1, watchedMs: 0, strikes: 0 },
  },
};
