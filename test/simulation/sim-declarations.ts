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
