import { type Options, UsageError } from './options.js';
import type { Scenario } from './scenario.js';

/** A farm of another kind, or one after a failure: s */
const FARM_START_S = 10;
/** traffic that settles, keys that are read, histories that are judged: s a scenario */
const OVERHEAD_S = 1;

/**
 * The scenarios of a run, in the order of the list; with `minutes` those of CI come first, then others while they fit, always the same.
 * @throws UsageError for a name that there is not
 */
export function select(all: readonly Scenario[], options: Pick<Options, 'scenarios' | 'minutes'>): readonly Scenario[] {
  const { scenarios, minutes } = options;
  if (scenarios) {
    const missing = scenarios.filter((name) => !all.some((scenario) => scenario.name === name));
    if (missing.length > 0) throw new UsageError(`no scenario is called ${missing.join(', ')}: see --list`);
    return all.filter(({ name }) => scenarios.includes(name));
  }
  if (minutes === undefined) return all;
  const chosen = new Set<Scenario>();
  let left = minutes * 60;
  for (const scenario of [...all.filter(({ ci }) => ci), ...all.filter(({ ci }) => !ci)]) {
    const isFirstOfKind = ![...chosen].some((one) => (one.farm ?? 'plain') === (scenario.farm ?? 'plain'));
    const costs = scenario.seconds + OVERHEAD_S + (isFirstOfKind ? FARM_START_S : 0);
    if (costs > left) continue;
    left -= costs;
    chosen.add(scenario);
  }
  if (chosen.size === 0) throw new UsageError(`no scenario fits into ${minutes} minutes`);
  return all.filter((scenario) => chosen.has(scenario));
}
