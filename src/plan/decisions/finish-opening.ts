import { type Claim, claimedCluster } from '../../farm/access.js';
import { claimOf, isOpen, partitionOf } from '../../world/facts.js';
import type { HeldClaim } from '../action.js';
import { applicationUser, type Decide, isDecided, type Planning, podRef } from '../planning.js';
import { requiredOf } from './keep-min-replicas.js';

/** The sentinels agree on another pod: what is half open here lost, or is being released, and must stay shut. */
function isElsewhere(planning: Planning, claim: Claim, address: string): boolean {
  if (claim.kind !== 'bound') return false;
  const agreed = partitionOf(planning.facts, claim.partition)?.agreed;
  return agreed !== undefined && agreed !== address;
}

/** A claim is set before anything opens, so a pass that was cut off leaves a claimed pod shut: it is opened as its claim says. */
export const finishOpening: Decide = (planning) => {
  const declared = new Set(planning.farm.cacheClusters.map((cluster) => cluster.clusterName));
  for (const pod of planning.facts.shut) {
    const claim = claimOf(pod);
    if (!claim || claim.kind === 'locked' || claim.kind === 'incoming' || planning.input.inFlight.has(pod.address))
      continue;
    const clusterName = claimedCluster(claim) as string;
    const user = applicationUser(planning, clusterName);
    if (
      !declared.has(clusterName) ||
      isOpen(pod, user) ||
      isDecided(planning, pod.address) ||
      isElsewhere(planning, claim, pod.address)
    )
      continue;
    const minReplicas = requiredOf(planning, pod);
    planning.decisions.push({
      reason: 'PodHalfOpen',
      subject: claim.kind === 'standby' ? clusterName : claim.partition,
      detail: `${pod.name} at ${pod.address} is claimed as ${claim.kind}`,
      actions: [
        {
          kind: 'open-pod',
          pod: podRef(pod),
          claim: claim as HeldClaim,
          applicationUser: user,
          ...(minReplicas > 0 ? { minReplicas } : {}),
        },
      ],
    });
  }
};
