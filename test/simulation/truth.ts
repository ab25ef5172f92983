/** What is so, whatever anybody in the farm has seen of it. */
import { claimedCluster, parseClaim, SELF_TEST_NAME } from '../../src/farm/access.js';
import type { CacheCluster } from '../../src/farm/model.js';
import { parsePartitionName, partitionName } from '../../src/farm/words.js';
import type { RedisServer } from './servers.js';
import type { SimFarm } from './sim-farm.js';
import type { SimPod } from './sim-pod.js';

export const majorityOf = (size: number): number => Math.floor(size / 2) + 1;

export const partitionsOf = ({ clusterName, clusterSize }: CacheCluster): readonly string[] =>
  Array.from({ length: clusterSize }, (_, index) => partitionName(clusterName, index));

export const isDeclared = (farm: SimFarm, partition: string): boolean => {
  const parsed = parsePartitionName(partition);
  const cluster = parsed && farm.declared.get(parsed.clusterName);
  return cluster !== undefined && (parsed?.index ?? 0) < cluster.clusterSize;
};

type Problem = string;

/** A partition at its pod, on every sentinel, and armed. */
function problemsOfPartition(farm: SimFarm, cluster: CacheCluster, partition: string): readonly Problem[] {
  const sentinels = farm.sentinels.filter(({ record }) => record.group === cluster.sentinelGroup);
  const views = sentinels.map(({ server }) => server?.names().find(({ name }) => name === partition));
  const address = views[0]?.address;
  if (address === undefined || views.some((view) => view?.address !== address))
    return [`${partition}: the sentinels say ${views.map((view) => view?.address ?? 'nothing').join(', ')}`];
  const pod = farm.podAt(address);
  const server = pod?.server;
  if (!pod || !server) return [`${partition}: nobody runs at ${address}`];
  const { openFor, claim: text } = server;
  const claim = parseClaim(text);
  const kind = cluster.partitionSize > 1 ? 'member' : 'bound';
  if (claim?.kind !== kind || claim.partition !== partition) return [`${partition}: ${address} says ${text}`];
  if (pod.record.tier !== cluster.tier || !cluster.datacenters.includes(pod.datacenter))
    return [`${partition}: ${pod.label} is not where it is declared`];
  const replicas = cluster.partitionSize > 1 ? (cluster.minReplicas ?? 0) : 0;
  if (server.replication.minReplicas !== replicas)
    return [`${partition}: ${address} requires ${server.replication.minReplicas} replicas, not ${replicas}`];
  if (openFor.join() !== farm.applicationUser(cluster.clusterName))
    return [`${partition}: ${address} is open for ${openFor.join() || 'nobody'}`];
  if (cluster.partitionSize > 1 || cluster.standbys === 0) return [];
  return views.flatMap((view, i) => {
    const replicas = view ? (sentinels[i]?.server?.replicasOf(partition) ?? []) : [];
    const [only, ...others] = replicas;
    const standby = only === undefined || others.length > 0 ? undefined : farm.podAt(only)?.server;
    const kept = parseClaim(standby?.claim ?? '');
    return kept?.kind === 'standby' && kept.clusterName === cluster.clusterName && standby?.openFor.length === 1
      ? []
      : [`${partition}: ${sentinels[i]?.label} lists ${replicas.join(', ') || 'no standby'}`];
  });
}

function problemsOfPods(farm: SimFarm): readonly Problem[] {
  const owners = new Map<string, SimPod<RedisServer>[]>();
  const problems: Problem[] = [];
  for (const pod of farm.redisPods) {
    const { server } = pod;
    if (!server) {
      problems.push(`${pod.label} does not run`);
      continue;
    }
    const marker = server.claim;
    const claim = parseClaim(marker);
    if (marker === 'locked') {
      if (server.openFor.length > 0) problems.push(`${pod.label} is locked and open for ${server.openFor.join()}`);
      continue;
    }
    if (claim === undefined) problems.push(`${pod.label} says ${marker}`);
    else if (claim.kind !== 'locked' && claim.kind !== 'standby') {
      if (!isDeclared(farm, claim.partition)) problems.push(`${pod.label} says ${marker}, which is declared no more`);
      owners.set(claim.partition, [...(owners.get(claim.partition) ?? []), pod]);
    } else if (!farm.declared.has(claimedCluster(claim) ?? '')) problems.push(`${pod.label} says ${marker}`);
  }
  for (const [partition, pods] of owners) {
    const size = farm.declared.get(parsePartitionName(partition)?.clusterName ?? '')?.partitionSize ?? 1;
    if (pods.length !== size)
      problems.push(`${partition} is claimed by ${pods.length} pods: ${pods.map(({ label }) => label).join(', ')}`);
  }
  return problems;
}

/** Why the farm is not as declared; none: it is. */
export function problemsOf(farm: SimFarm): readonly Problem[] {
  const strays = farm.sentinels.flatMap(({ label, server }) =>
    (server?.names() ?? [])
      .filter(({ name }) => !isDeclared(farm, name) && !name.startsWith(SELF_TEST_NAME))
      .map(({ name }) => `${label} knows ${name}, which is not declared`),
  );
  const partitions = [...farm.declared.values()].flatMap((cluster) =>
    partitionsOf(cluster).flatMap((partition) => problemsOfPartition(farm, cluster, partition)),
  );
  return [...partitions, ...strays, ...problemsOfPods(farm)];
}
