import type { Reason } from '../plan/reasons.js';
import { deriveFacts, type Facts, isIdle } from '../world/facts.js';
import { isDisputed } from '../world/partition-state.js';
import type { PassEvent } from './barn-events.js';
import { clusterSamples } from './cluster-samples.js';
import { foldSamples } from './fold-samples.js';
import type { MetricName, Sample } from './metric-list.js';
import { BRAKES } from './reason-roles.js';

const tally = <K>(keys: readonly K[]): ReadonlyMap<K, number> => {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};

const sentinelSamples = ({ farm, world }: PassEvent, facts: Facts): readonly Sample[] => {
  const disputed = tally(facts.partitions.filter(isDisputed).map(({ group }) => group.name));
  return farm.sentinelGroups.flatMap(({ name: group, size }): readonly Sample[] => {
    const views = world.groups.find(({ name }) => name === group)?.sentinels ?? [];
    const tilted = views.filter((view) => view.state === 'up' && view.tilt).length;
    const unreachable = views.filter((view) => view.state === 'unreachable').length;
    const states = {
      up: views.length - tilted - unreachable,
      tilted,
      unreachable,
      missing: Math.max(0, size - views.length),
    };
    return [
      { name: 'cachefarm_sentinel_disagreement', labels: { sentinel_group: group }, value: disputed.get(group) ?? 0 },
      ...Object.entries(states).map(
        ([state, value]): Sample => ({ name: 'cachefarm_sentinels', labels: { sentinel_group: group, state }, value }),
      ),
    ];
  });
};

/** Nothing of a datacenter that could not be read: a 0 would look like a loss. */
const poolSamples = ({ farm, world }: PassEvent, facts: Facts): readonly Sample[] => {
  const idle = tally(
    world.pods.filter((pod) => isIdle(facts, pod)).map(({ tier, datacenter }) => `${tier}|${datacenter}`),
  );
  return farm.datacenters.flatMap(({ name: datacenter, witness }): readonly Sample[] => {
    const view = world.datacenters.find(({ name }) => name === datacenter);
    if (!view?.complete || witness) return [];
    const ready = view.machines.filter((machine) => machine.ready).length;
    const machines = { ready, not_ready: view.machines.length - ready };
    return [
      ...farm.tiers.map(
        ({ name: tier }): Sample => ({
          name: 'cachefarm_idle_pods',
          labels: { tier, datacenter },
          value: idle.get(`${tier}|${datacenter}`) ?? 0,
        }),
      ),
      ...Object.entries(machines).map(
        ([state, value]): Sample => ({ name: 'cachefarm_machines', labels: { datacenter, state }, value }),
      ),
    ];
  });
};

const brakeSamples = ({ plan }: PassEvent): readonly Sample[] => {
  const held = tally<Reason>(plan.notes.map(({ reason }) => reason));
  return [...new Set([...BRAKES, ...held.keys()])].map((reason) => ({
    name: 'cachefarm_brakes',
    labels: { reason },
    value: held.get(reason) ?? 0,
  }));
};

const backingSamples = ({ budget }: PassEvent): readonly Sample[] =>
  [...(budget?.backing ?? [])].map(([group, value]) => ({
    name: 'cachefarm_backing_budget_left',
    labels: { backing_group: group },
    value,
  }));

/** Every gauge that a pass gives, in a bounded number. */
export function farmSamples(pass: PassEvent): readonly Sample[] {
  const facts = pass.facts ?? deriveFacts(pass.farm, pass.world);
  return foldSamples([
    ...clusterSamples(pass, facts),
    ...sentinelSamples(pass, facts),
    ...poolSamples(pass, facts),
    ...brakeSamples(pass),
    ...backingSamples(pass),
  ]);
}

/** The gauges that farmSamples fills; a series that is not among the samples is gone. */
export const PASS_GAUGES: readonly MetricName[] = [
  'cachefarm_partitions',
  'cachefarm_partitions_armed',
  'cachefarm_standbys',
  'cachefarm_placement_excess',
  'cachefarm_replacement_budget_left',
  'cachefarm_backing_budget_left',
  'cachefarm_sentinels',
  'cachefarm_sentinel_disagreement',
  'cachefarm_idle_pods',
  'cachefarm_machines',
  'cachefarm_brakes',
];
