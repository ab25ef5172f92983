/** What no plan may hold, whatever the World was made of: one line for each break. */
import { type Claim, claimText } from '../../src/farm/access.js';
import type { Farm } from '../../src/farm/model.js';
import { parsePartitionName } from '../../src/farm/words.js';
import type { Action, Decision, Plan, PodRef, SentinelRef } from '../../src/plan/action.js';
import { TILT_NAME } from '../../src/plan/decisions/end-tilt.js';
import { applicationUserOf, deriveFacts, type Facts, partitionOf } from '../../src/world/facts.js';
import type { World } from '../../src/world/model.js';

/** What a sentinel or a marker may carry on, and still be raised a million times and written as 16 digits. */
const HIGHEST_EPOCH = 2 ** 52 + 2 ** 40;
const RUN_ID = /^[0-9a-f]{40}$/;
const ADDRESS = /^[0-9a-fA-F.:]+:\d{1,5}$/;

interface Seen {
  readonly farm: Farm;
  readonly world: World;
  readonly facts: Facts;
}

const podsIn = (action: Action): readonly PodRef[] =>
  action.kind === 'hand-over' ? [action.from, action.pod] : 'pod' in action ? [action.pod] : [];
const sentinelsIn = (action: Action): readonly SentinelRef[] =>
  'sentinels' in action
    ? action.sentinels
    : 'sentinel' in action
      ? [action.sentinel, ...('peers' in action ? action.peers : [])]
      : [];
const claimsIn = (action: Action): readonly Claim[] => ('claim' in action ? [action.claim] : []);

/** Addresses that are written into Sentinel or a pod, as against those only compared. */
function writtenAddresses(action: Action): readonly string[] {
  if (action.kind === 'name-partition')
    return action.partition === TILT_NAME
      ? []
      : [action.address, ...(action.standby === undefined ? [] : [action.standby])];
  return action.kind === 'follow-master' && action.master !== undefined ? [action.master] : [];
}

function* podFaults({ world }: Seen, action: Action): Generator<string> {
  for (const { name, datacenter, address } of podsIn(action)) {
    const pod = world.pods.find((one) => one.address === address && one.name === name && one.datacenter === datacenter);
    if (!pod) yield `acts on a pod that was not seen: ${name} at ${address}`;
    if (pod?.instance.state === 'unreachable') yield `acts on a pod that does not answer: ${address}`;
    if (!ADDRESS.test(address)) yield `acts on an address that is none: ${JSON.stringify(address)}`;
  }
  for (const address of writtenAddresses(action))
    if (!world.pods.some((pod) => pod.address === address))
      yield `writes an address of no pod: ${JSON.stringify(address)}`;
}

function* sentinelFaults({ facts, farm }: Seen, action: Action): Generator<string> {
  for (const { address, id } of sentinelsIn(action)) {
    const seen = farm.sentinelGroups.some(({ name }) =>
      facts.upSentinels.get(name)?.some((one) => one.address === address && one.id === id),
    );
    if (!seen) yield `writes to a sentinel that did not answer: ${address}`;
    if (!RUN_ID.test(id)) yield `speaks in the name of a sentinel without a run id: ${JSON.stringify(id)}`;
  }
}

function* nameFaults({ facts }: Seen, action: Action): Generator<string> {
  const name = 'partition' in action ? action.partition : undefined;
  if (name === undefined || name === TILT_NAME) return;
  if (!parsePartitionName(name)) yield `writes a name that is none: ${JSON.stringify(name)}`;
  if (partitionOf(facts, name)) return;
  const isSeen = facts.strays.some(({ partition }) => partition === name);
  if (action.kind !== 'forget-name' || !isSeen) yield `${action.kind} of ${name}, which is not declared`;
}

function* claimFaults({ farm, facts }: Seen, action: Action): Generator<string> {
  for (const claim of action.kind === 'claim-pod' || action.kind === 'hand-over' ? claimsIn(action) : []) {
    if (claim.kind === 'locked') continue;
    const cluster = farm.cacheClusters.find(({ clusterName }) =>
      claim.kind === 'standby'
        ? clusterName === claim.clusterName
        : clusterName === parsePartitionName(claim.partition)?.clusterName,
    );
    if (!cluster || (claim.kind !== 'standby' && !partitionOf(facts, claim.partition)))
      yield `claims what is not declared: ${claimText(claim)}`;
    const user = 'applicationUser' in action ? action.applicationUser : undefined;
    if (cluster && user !== undefined && user !== applicationUserOf(farm.auth, cluster.clusterName))
      yield `lets ${user} into ${claimText(claim)}`;
    if (!Number.isSafeInteger(claim.epoch) || claim.epoch < 0 || claim.epoch > HIGHEST_EPOCH)
      yield `claims at epoch ${claim.epoch}`;
  }
  const epoch = 'epoch' in action ? action.epoch : 0;
  if (!Number.isSafeInteger(epoch) || epoch < 0 || epoch > HIGHEST_EPOCH) yield `${action.kind} at epoch ${epoch}`;
  if (action.kind === 'claim-pod' && action.flush && action.expect.kind !== 'locked')
    yield `flushes a pod that says ${claimText(action.expect)}`;
}

/** What the pod must say before an action is what it said, or what an action before has made of it. */
function* expectationFaults({ world }: Seen, { actions }: Decision): Generator<string> {
  const says = new Map(
    world.pods.map(({ address, instance }) => [address, instance.state === 'up' ? instance.claimText : undefined]),
  );
  for (const action of actions) {
    const expected =
      action.kind === 'claim-pod' || action.kind === 'release-pod' || action.kind === 'hand-over'
        ? action.expect
        : claimsIn(action)[0];
    const [at] = podsIn(action).slice(-1);
    if (!at || !expected) continue;
    if (says.get(at.address) !== claimText(expected))
      yield `${action.kind} expects ${claimText(expected)} where the pod said ${says.get(at.address)}`;
    const [after] = action.kind === 'release-pod' ? ['locked'] : claimsIn(action).map(claimText);
    if (after !== undefined) says.set(at.address, after);
  }
}

/** Who is given a pod in this plan: never two partitions. */
function* sharedPods(decisions: readonly Decision[]): Generator<string> {
  const given = new Map<string, string>();
  for (const action of decisions.flatMap(({ actions }) => actions)) {
    const partition =
      action.kind === 'switch-name' || action.kind === 'hand-over'
        ? action.partition
        : action.kind === 'claim-pod' && action.claim.kind !== 'standby'
          ? action.claim.partition
          : undefined;
    if (partition === undefined || !('pod' in action)) continue;
    const before = given.get(action.pod.address) ?? partition;
    if (before !== partition) yield `gives ${action.pod.address} to ${before} and to ${partition}`;
    given.set(action.pod.address, partition);
  }
}

/** A pod that serves, by its own word and by that of a majority, is not flushed. */
function* lostData({ facts }: Seen, action: Action): Generator<string> {
  if (action.kind !== 'release-pod' || !('partition' in action.expect)) return;
  const fact = partitionOf(facts, action.expect.partition);
  if (fact?.agreed === action.pod.address && fact.claimedBy.length === 1)
    yield `releases ${action.pod.address}, which serves ${fact.name}`;
}

export function unsafeIn(farm: Farm, world: World, { decisions }: Pick<Plan, 'decisions'>): readonly string[] {
  const seen: Seen = { farm, world, facts: deriveFacts(farm, world) };
  const ofAction = (action: Action): readonly string[] =>
    [podFaults, sentinelFaults, nameFaults, claimFaults, lostData].flatMap((faults) => [...faults(seen, action)]);
  return [
    ...decisions.flatMap((decision) =>
      [...decision.actions.flatMap(ofAction), ...expectationFaults(seen, decision)].map(
        (fault) => `${decision.reason} ${decision.subject}: ${fault}`,
      ),
    ),
    ...sharedPods(decisions),
  ];
}
