import type { Claim } from '../../farm/access.js';
import { type Facts, partitionOf, type UpInstance, upInstance } from '../../world/facts.js';
import { isOpenAsClaimed } from '../../world/facts-model.js';
import { type Decide, isTaken, type Planning, podRef } from '../planning.js';

type Bound = Extract<Claim, { kind: 'bound' }>;

const isListedElsewhere = ({ listed }: Facts, address: string, partition: string): boolean => {
  const names = listed.get(address);
  return names !== undefined && (names.size > 1 || !names.has(partition));
};

/**
 * Addresses of which alone it can be true that they are listed elsewhere: replicas, and what is given for a partition that is not settled there.
 * In most passes these are the few standbys, while `listed` has every address of the farm.
 */
function listedAside({ partitions }: Facts): ReadonlySet<string> {
  const aside = new Set<string>();
  for (const partition of partitions) {
    const { uniform, settled, standby, leading } = partition;
    if (uniform) {
      if (standby !== undefined) aside.add(standby);
      if (!settled && leading !== undefined) aside.add(leading);
    } else
      for (const { view } of partition.known) {
        aside.add(view.address);
        for (const { address } of view.replicas) aside.add(address);
      }
  }
  return aside;
}

/** No failover, and none to come: links of a name that was just written are not there yet. */
const isCalm = (flag: string): boolean => flag === 'master' || flag === 'disconnected';

function isAloneThere(facts: Facts, address: string, { copyable }: UpInstance, claim: Bound): boolean {
  const partition = partitionOf(facts, claim.partition);
  return (
    !copyable &&
    partition !== undefined &&
    partition.bare.length === 0 &&
    partition.incoming.length === 0 &&
    partition.known.every(({ view }) => view.address === address && view.flags.every(isCalm)) &&
    !isListedElsewhere(facts, address, claim.partition)
  );
}

/**
 * An idle pod is listed nowhere (isIdle): once all were heard, who binds it may let the sentinels ask at once. Also where only some partitions were
 * looked at since: a pod is listed for another name only after it was claimed for it, and what was claimed since is in flight.
 */
export const askedAtOnce = ({ allHeard }: Planning): { readonly asked?: true } => (allHeard ? { asked: true } : {});

/**
 * INFO for the sentinels of a bound pod. It is what they choose a replica by, so a pod that any of them might still hold for another name's
 * replica refuses it (design.md 4.5); but who is refused asks at every turn of his timer. A pod that is let be copied from refuses it from
 * that very action on (act/act-on-pod.ts).
 */
export const letSentinelsAsk: Decide = (planning) => {
  if (planning.input.only) return;
  const { farm, facts, allHeard } = planning;
  // A name that nobody declared may give any address.
  const aside = facts.strays.length === 0 ? listedAside(facts) : undefined;
  for (const pod of planning.input.world.pods) {
    const instance = upInstance(pod);
    const claim = instance?.claim;
    if (!instance || claim?.kind !== 'bound') continue;
    const allowed = instance.mute === true;
    // Nearly all may be asked already, and are listed nowhere else.
    if (!allowed && aside?.has(pod.address) === false) continue;
    if (!allowed && !isListedElsewhere(facts, pod.address, claim.partition)) continue;
    if (allowed && !(allHeard && isAloneThere(facts, pod.address, instance, claim))) continue;
    // What is half open is opened, or shut, first.
    if (!isOpenAsClaimed(farm.auth, instance, claim)) continue;
    if (planning.input.inFlight.has(claim.partition) || isTaken(planning, pod.address)) continue;
    planning.decisions.push({
      reason: allowed ? 'InfoAllowed' : 'InfoWithheld',
      subject: claim.partition,
      detail: `${pod.name} at ${pod.address}`,
      actions: [{ kind: 'allow-info', pod: podRef(pod), claim, allowed }],
    });
  }
};
