/** All that one pass of Barn, and every command that only looks, makes of a World. */
import { declaredIn } from '../../src/barn/seed.js';
import { formatPlan } from '../../src/cli/seed.js';
import { accountOf, formatAccount } from '../../src/cli/views/cluster-account.js';
import { explainPartition, formatExplanation } from '../../src/cli/views/explain-partition.js';
import { listClusters } from '../../src/cli/views/list-clusters.js';
import { listMachines } from '../../src/cli/views/list-machines.js';
import { listPartitions } from '../../src/cli/views/list-partitions.js';
import { listPods } from '../../src/cli/views/list-pods.js';
import { listSentinels } from '../../src/cli/views/list-sentinels.js';
import { formatListing, OUTPUTS } from '../../src/cli/views/print-listing.js';
import type { Farm } from '../../src/farm/model.js';
import { clusterStatuses } from '../../src/plan/cluster-status.js';
import { type Planned, plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import { createVoice } from '../../src/voice/voice.js';
import type { World } from '../../src/world/model.js';
import { FRAME } from './told-farm.js';
import { unsafeIn } from './unsafe.js';

const NOW = Date.parse('2026-11-22T06:30:00Z');

const planOf = (farm: Farm, world: World, only?: ReadonlySet<string>): Planned =>
  plan({
    declared: farm,
    world,
    inFlight: new Set(),
    budget: UNLIMITED,
    failures: new Map(),
    now: NOW,
    controller: 7,
    spread: true,
    ...(only ? { only } : {}),
  });

function tell(farm: Farm, world: World, planned: Planned): void {
  const { facts } = planned;
  clusterStatuses({ farm, world, facts, plan: planned, moves: new Map(), now: '2026-11-22T06:30:00Z' });
  for (const listing of [
    listPartitions(farm, facts),
    listPods(world, facts),
    listClusters(farm, world, facts),
    listSentinels(world),
    listMachines(world, facts),
  ])
    for (const output of OUTPUTS) formatListing(listing, output);
  for (const { clusterName } of farm.cacheClusters)
    formatAccount(accountOf(world, clusterName, { events: [], untold: [] }), NOW);
  for (const partition of facts.partitions.slice(0, 4))
    formatExplanation(explainPartition(farm, world, facts, partition));
  formatPlan(planned);
  const voice = createVoice({
    farm: farm.name,
    out: { write: () => true },
    level: 'debug',
    now: () => NOW,
    secrets: [],
    processMetrics: false,
    sights: () => [],
  });
  voice.told({ kind: 'pass', world, farm, facts, budget: UNLIMITED, plan: planned, ms: 1 });
}

/** @returns what is unsafe in what was decided @throws whatever would end a pass, or a command */
export function passOver(world: World): readonly string[] {
  const farm = declaredIn(FRAME, world);
  const planned = planOf(farm, world);
  tell(farm, world, planned);
  const urgent = planOf(farm, world, new Set(planned.facts.partitions.map(({ name }) => name)));
  return [...unsafeIn(farm, world, planned), ...unsafeIn(farm, world, urgent)];
}
