import type { CacheCluster } from '../../src/farm/model.js';
import type { SimFarm } from './sim-farm.js';

/** Changes of what is declared, while all else goes on. Each says what it has done; undefined: nothing. */
export class SimDeclarations {
  constructor(readonly farm: SimFarm) {}

  #clusterAt(share: number): CacheCluster | undefined {
    const all = this.farm.farm.cacheClusters;
    return this.farm.declared.get(all[Math.floor(share * all.length)]?.clusterName ?? '');
  }

  #resized(x: number, y: number): CacheCluster | undefined {
    const cluster = this.#clusterAt(x);
    if (!cluster) return undefined;
    const original = this.farm.farm.cacheClusters.find(({ clusterName }) => clusterName === cluster.clusterName);
    const clusterSize = 1 + Math.floor(y * (original?.clusterSize ?? 1));
    return clusterSize === cluster.clusterSize ? original : { ...cluster, clusterSize };
  }

  resize(x: number, y: number): string | undefined {
    const cluster = this.#resized(x, y);
    if (!cluster) return undefined;
    this.farm.declare(cluster);
    return `${cluster.clusterName} is declared with size ${cluster.clusterSize}`;
  }

  /** Other copies, another tier, fewer datacenters, or no standbys; once more: as at first. */
  redeclare(x: number, y: number): string | undefined {
    const cluster = this.#clusterAt(x);
    const { cacheClusters, tiers, sentinelGroups } = this.farm.farm;
    const original = cacheClusters.find(({ clusterName }) => clusterName === cluster?.clusterName);
    if (!cluster || !original) return undefined;
    const otherTier = tiers.find(({ name }) => name !== cluster.tier)?.name;
    const alone = sentinelGroups.find(({ replicated }) => !replicated)?.name;
    const changes: readonly Partial<CacheCluster>[] = [
      ...(otherTier === undefined ? [] : [{ tier: otherTier }]),
      { datacenters: cluster.datacenters.filter((_, i) => i !== Math.floor(y * 97) % cluster.datacenters.length) },
      ...(original.partitionSize === 1 ? [{ standbys: 0 }] : [{ partitionSize: 2 }]),
      ...(original.partitionSize === 1 || alone === undefined
        ? []
        : [{ partitionSize: 1, minReplicas: 0, sentinelGroup: alone, standbys: 1 }]),
    ];
    const change = cluster === original ? changes[Math.floor(y * changes.length)] : undefined;
    this.farm.declare(change ? { ...cluster, ...change } : original);
    return `${cluster.clusterName} is declared ${change ? `with ${JSON.stringify(change)}` : 'as at first'}`;
  }

  declareInOne(x: number, y: number): string | undefined {
    const cluster = this.#resized(x, (y * 7) % 1);
    const kube = this.farm.kubes[Math.floor(y * this.farm.kubes.length)];
    if (!cluster || !kube) return undefined;
    this.farm.declare(cluster, cluster.clusterName, [kube]);
    return `${cluster.clusterName} is declared with size ${cluster.clusterSize} in ${kube.datacenter} only`;
  }

  remove(x: number, ms: number): string | undefined {
    const cluster = this.#clusterAt(x);
    if (!cluster) return undefined;
    this.farm.declare(undefined, cluster.clusterName);
    this.farm.scheduler.after(ms, () => {
      if (!this.farm.declared.has(cluster.clusterName)) this.farm.declare(cluster);
    });
    return `${cluster.clusterName} is deleted, and declared again after ${Math.round(ms)} ms`;
  }
}
