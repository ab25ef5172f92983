import { isIdle } from '../../world/facts.js';
import { measureProgress } from '../../world/progress.js';
import type { Pass, Sight } from '../parts.js';
import type { HealthView } from '../schemas.js';
import { freshnessOf } from './freshness.js';

const podsOf = ({ world, facts }: Pass): HealthView['pods'] => ({
  all: world.pods.length,
  idle: world.pods.filter((pod) => isIdle(facts, pod)).length,
  unreachable: world.pods.filter(({ instance }) => instance.state === 'unreachable').length,
});

/** @param now ms since the epoch */
export function healthView(
  sight: Pick<Sight, 'last' | 'trouble' | 'leads' | 'ready'>,
  farmName: string,
  version: string,
  now: number,
): HealthView {
  const pass = sight.last();
  const ready = sight.ready();
  const why = ready.why ?? sight.trouble();
  return {
    farm: farmName,
    version,
    leads: sight.leads(),
    ready: ready.ok,
    ...(why === undefined ? {} : { why }),
    freshness: freshnessOf(sight, now) ?? null,
    partitions: pass ? { ...measureProgress(pass.farm, pass.facts) } : null,
    pods: pass ? podsOf(pass) : null,
  };
}
