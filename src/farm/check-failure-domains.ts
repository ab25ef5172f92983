import type { Draft } from './draft.js';
import { type Finding, problem, warning } from './finding.js';
import { resolveFarm } from './resolve.js';

const WAY_OUT = "add a third, a witness is enough: {name: 'c', witness: true}";

/** Datacenters are failure domains: what is lost with one of them. */
function* domains({ spec }: Draft): Generator<Finding> {
  const names = spec.datacenters.map(({ name }) => name);
  const withPods = spec.datacenters.filter(({ witness }) => !witness);
  if (names.length === 1) {
    yield warning(
      'datacenters',
      `1 failure domain (${names[0]}): losing it loses every cache cluster and every sentinel; declare three`,
    );
  }
  if (names.length === 2) {
    yield warning(
      'datacenters',
      `2 failure domains: the majority of each sentinel group sits in ${names[0]}, and when it is lost nothing is failed over; ${WAY_OUT}`,
    );
  }
  if (names.length >= 3 && withPods.length === 1) {
    yield warning(
      'datacenters',
      `all pods are in ${withPods[0]?.name}, the others are witnesses: losing it loses every cache cluster; give another one machines`,
    );
  }
}

/** Sentinels of one group share a port, so each needs a machine of its own; and enough of them must outlive a datacenter. */
function* members({ spec, whole }: Draft): Generator<Finding> {
  const seen = new Set<string>();
  for (const { pool, size, quorum, members: dealt } of resolveFarm(spec).sentinelGroups) {
    if (seen.has(pool) || (size !== 3 && size !== 5)) continue;
    seen.add(pool);
    for (const { datacenter, replicas } of dealt) {
      const count = spec.datacenters.find(({ name }) => name === datacenter)?.machines?.count ?? replicas;
      if (!whole.datacenters || count >= replicas) continue;
      yield problem(
        `sentinelGroups.${pool}.size`,
        `size ${size} puts ${replicas} sentinels into ${datacenter}, which has ${count} machine(s), and they cannot share one; use 3, or add machines or datacenters`,
      );
    }
    const largest = Math.max(...dealt.map(({ replicas }) => replicas));
    if (dealt.length < 3 || size - largest >= quorum) continue;
    yield warning(
      `sentinelGroups.${pool}.quorum`,
      `quorum ${quorum} of ${size} is out of reach when a datacenter is lost (${size - largest} remain): nothing fails over just then; use ${Math.floor(size / 2) + 1}`,
    );
  }
}

export function* checkFailureDomains(draft: Draft): Generator<Finding> {
  if (draft.whole.datacenters) yield* domains(draft);
  if (draft.spec.datacenters.length > 0) yield* members(draft);
}
