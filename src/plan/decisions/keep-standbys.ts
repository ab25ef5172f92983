import { upInstance } from '../../world/facts.js';
import { pickForStandby } from '../placement/pick-pod.js';
import { applicationUser, type Decide, podRef } from '../planning.js';
import { returningStandby } from '../returning-standby.js';
import { silentStandbys, standbysOf } from '../standbys.js';

/**
 * Each un-replicated cache cluster keeps its declared number of idle, open pods in each of its datacenters; partitions are placed first. One that
 * only we do not hear counts as there: unknown is not dead.
 */
export const keepStandbys: Decide = (planning) => {
  const writable = new Set(planning.partitions.map((partition) => partition.cluster));
  const { sheltering } = planning.facts;
  for (const cluster of planning.farm.cacheClusters) {
    if (!writable.has(cluster) || cluster.partitionSize > 1 || planning.input.inFlight.has(cluster.clusterName))
      continue;
    const present = [...standbysOf(planning, cluster.clusterName), ...silentStandbys(planning, cluster)].filter(
      (pod) => pod.tier === cluster.tier && !pod.draining && !sheltering.has(pod.address),
    );
    for (const datacenter of cluster.datacenters) {
      const wanted = cluster.standbys - present.filter((pod) => pod.datacenter === datacenter).length;
      for (let i = 0; i < wanted; i++) {
        const pod =
          returningStandby(planning, cluster, datacenter) ?? pickForStandby(planning.ledger, cluster, datacenter);
        if (!pod) {
          planning.notes.push({
            reason: 'StandbyUnavailable',
            subject: cluster.clusterName,
            detail: `datacenter ${datacenter}, tier ${cluster.tier}`,
          });
          break;
        }
        planning.ledger.take(pod, cluster.clusterName, 'standby');
        planning.decisions.push({
          reason: 'StandbyMissing',
          subject: cluster.clusterName,
          detail: `${pod.name} on ${pod.machine} (${pod.datacenter})`,
          actions: [
            {
              kind: 'claim-pod',
              pod: podRef(pod),
              expect: { kind: 'locked' },
              claim: {
                kind: 'standby',
                clusterName: cluster.clusterName,
                epoch: planning.epochs.get(cluster.sentinelGroup) ?? 1,
              },
              applicationUser: applicationUser(planning, cluster.clusterName),
              flush: (upInstance(pod)?.keys ?? 0) > 0,
            },
          ],
        });
      }
    }
  }
};
