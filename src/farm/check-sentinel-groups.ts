import type { Draft } from './draft.js';
import { type Finding, problem, warning } from './finding.js';
import type { SentinelGroupSpec } from './schema.js';
import { elementPath } from './spec-path.js';

/** Replicated failovers compete for epochs with each other; tried again too soon they starve (design.md 4.2). */
const REPLICATED_FAILOVER_MS = 30_000;

function* size(path: string, { size: sentinels = 3 }: SentinelGroupSpec): Generator<Finding> {
  if (sentinels === 3 || sentinels === 5) return;
  const even =
    sentinels > 0 && sentinels % 2 === 0 ? ` is even: it outlives no more losses than ${sentinels - 1} would, and` : '';
  yield problem(`${path}.size`, `size ${sentinels}${even} is not 3 or 5; use 3, one in each of three datacenters`);
}

function* quorum(path: string, { size: sentinels = 3, quorum: votes }: SentinelGroupSpec): Generator<Finding> {
  if (votes === undefined || (sentinels !== 3 && sentinels !== 5)) return;
  const majority = Math.floor(sentinels / 2) + 1;
  const wayOut = `use ${majority}..${sentinels}, or leave it out for ${majority}`;
  if (votes < 1 || votes > sentinels) {
    yield problem(`${path}.quorum`, `quorum ${votes} is impossible with ${sentinels} sentinels; ${wayOut}`);
  } else if (votes < majority) {
    yield problem(
      `${path}.quorum`,
      `quorum ${votes} of ${sentinels} is less than a majority: a cut-off minority would declare healthy pods dead; ${wayOut}`,
    );
  }
}

function* timeouts(path: string, { replicated, failoverTimeoutMs: ms }: SentinelGroupSpec): Generator<Finding> {
  if (!replicated || ms === undefined || ms < 1_000 || ms >= REPLICATED_FAILOVER_MS) return;
  yield warning(
    `${path}.failoverTimeoutMs`,
    `failoverTimeoutMs ${ms} is short for replicated partitions: in a mass failure elections are repeated before the first end, and starve each other; use ${REPLICATED_FAILOVER_MS} or more`,
  );
}

/** The declared pools of sentinel groups, each by itself. */
export function* checkSentinelGroups({ spec }: Draft): Generator<Finding> {
  if (spec.sentinelGroups?.length === 0) {
    yield problem(
      'sentinelGroups',
      "an empty list leaves no sentinel to name a partition; leave it out for the default, or declare {name: 'main'}",
    );
  }
  for (const [i, pool] of (spec.sentinelGroups ?? []).entries()) {
    const path = elementPath('sentinelGroups', i, pool);
    yield* size(path, pool);
    yield* quorum(path, pool);
    yield* timeouts(path, pool);
  }
}
