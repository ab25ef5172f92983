import { claimOf, type Facts, partitionOf, upInstance } from '../../world/facts.js';
import { isOpenAsClaimed } from '../../world/facts-model.js';
import type { RedisPod } from '../../world/model.js';
import { type Decide, isTaken, type Planning, podRef } from '../planning.js';

type Bound = Extract<NonNullable<ReturnType<typeof claimOf>>, { kind: 'bound' }>;

/** Nobody was missing: what no sentinel lists now none can list later, for names only come to pods through Barn. */
const everySentinelWasHeard = ({ farm, facts }: Planning): boolean =>
  farm.sentinelGroups.every(({ name, size }) => facts.upSentinels.get(name)?.length === size);

const isListedElsewhere = ({ listed }: Facts, address: string, partition: string): boolean => {
  const names = listed.get(address);
  return names !== undefined && (names.size > 1 || !names.has(partition));
};

/** No failover, and none to come: links of a name that was just written are not there yet. */
const isCalm = (flag: string): boolean => flag === 'master' || flag === 'disconnected';

function isAloneThere(planning: Planning, pod: RedisPod, claim: Bound): boolean {
  const { facts } = planning;
  const partition = partitionOf(facts, claim.partition);
  return (
    upInstance(pod)?.copyable === false &&
    partition !== undefined &&
    partition.bare.length === 0 &&
    partition.incoming.length === 0 &&
    partition.known.every(({ view }) => view.address === pod.address && view.flags.every(isCalm)) &&
    !isListedElsewhere(facts, pod.address, claim.partition)
  );
}

/**
 * INFO for the sentinels of a bound pod. It is what they choose a replica by, so a pod that any of them might still hold for another name's
 * replica refuses it (design.md 4.5); but who is refused asks at every turn of his timer. A pod that is let be copied from refuses it from
 * that very action on (act/act-on-pod.ts).
 */
export const letSentinelsAsk: Decide = (planning) => {
  if (planning.input.only) return;
  let heard: boolean | undefined;
  for (const pod of planning.input.world.pods) {
    const instance = upInstance(pod);
    const claim = claimOf(pod);
    // What is half open is opened, or shut, first.
    if (!instance || claim?.kind !== 'bound' || !isOpenAsClaimed(planning.farm.auth, instance, claim)) continue;
    const allowed = instance.mute === true;
    if (allowed) {
      heard ??= everySentinelWasHeard(planning);
      if (!heard || !isAloneThere(planning, pod, claim)) continue;
    } else if (!isListedElsewhere(planning.facts, pod.address, claim.partition)) continue;
    if (planning.input.inFlight.has(claim.partition) || isTaken(planning, pod.address)) continue;
    planning.decisions.push({
      reason: allowed ? 'InfoAllowed' : 'InfoWithheld',
      subject: claim.partition,
      detail: `${pod.name} at ${pod.address}`,
      actions: [{ kind: 'allow-info', pod: podRef(pod), claim, allowed }],
    });
  }
};
