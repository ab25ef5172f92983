// The pickers that bench:placement compares. Each gives a pod to every partition that has lost its own, one after the other.
import { Ledger } from '../lib/src/plan/placement/ledger.js';
import { pickForPartition } from '../lib/src/plan/placement/pick-pod.js';
import { isIdle } from '../lib/src/world/facts.js';

function ours(scene, partitions) {
  const { farm, world, facts } = scene.look();
  const ledger = new Ledger(farm, world, facts);
  return partitions.map(({ name, cluster }) => {
    const pod = pickForPartition(ledger, cluster, name);
    ledger.take(pod, cluster.clusterName, 'partition');
    return [name, pod];
  });
}

/** Counts of what is bound on pods that are up, kept while pods are given away. */
class Counts {
  #counts = new Map();
  of = (...key) => this.#counts.get(key.join(' ')) ?? 0;
  add(...key) {
    this.#counts.set(key.join(' '), this.of(...key) + 1);
  }
}

/** Among the idle pods those with the lowest score, and one of them by chance. */
const byScore = (score) => (scene, partitions, random) => {
  const { world, facts } = scene.look();
  const counts = new Counts();
  const count = (pod, clusterName) => {
    counts.add(pod.machine);
    counts.add(clusterName, pod.datacenter);
  };
  for (const partition of facts.partitions) {
    const pod = facts.podAt.get(partition.leading);
    if (pod?.instance.state === 'up') count(pod, partition.cluster.clusterName);
  }
  let idle = world.pods.filter((pod) => isIdle(facts, pod));
  return partitions.map(({ name, cluster: { clusterName } }) => {
    const scores = idle.map((pod) => score(counts, clusterName, pod));
    const lowest = Math.min(...scores);
    const best = idle.filter((_, i) => scores[i] === lowest);
    const pod = best[Math.floor(random() * best.length)];
    idle = idle.filter((other) => other !== pod);
    count(pod, clusterName);
    return [name, pod];
  });
};

export const PICKERS = {
  ours: { title: 'ours (lexicographic)', pick: ours },
  random: { title: 'random', pick: byScore(() => 0) },
  leastLoaded: { title: 'least-loaded machine', pick: byScore((counts, _, pod) => counts.of(pod.machine)) },
  topologySpread: {
    title: 'topologySpread-like',
    pick: byScore((counts, clusterName, pod) => counts.of(clusterName, pod.datacenter)),
  },
  rebalanced: { title: 'ours + planned moves', pick: ours, rebalances: true },
};
