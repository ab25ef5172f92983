import { Construct } from 'constructs';
import type { CacheCluster as CacheClusterValues, Farm } from '../src/farm/model.js';
import { CacheCluster, cacheClusterSpec } from './cache-cluster.js';

export interface SharedObjectsProps {
  readonly farm: Farm;
}

/**
 * What is declared to every KubeCluster of a farm alike: the cache clusters. Their definition is with the objects of each datacenter: kubectl
 * looks up the kinds of all files before it applies the first, so one folder cannot hold both and be applied at once.
 */
export class SharedObjects extends Construct {
  private readonly clusters: CacheCluster[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SharedObjectsProps,
  ) {
    super(scope, id);
    for (const cluster of props.farm.cacheClusters) this.addCacheCluster(cluster);
  }

  get cacheClusters(): readonly CacheCluster[] {
    return this.clusters;
  }

  addCacheCluster(cluster: CacheClusterValues): CacheCluster {
    const { farm } = this.props;
    const open = farm.datacenters.filter((d) => !d.witness).map((d) => d.name);
    const made = new CacheCluster(this, cluster.clusterName, {
      namespace: farm.namespace,
      spec: cacheClusterSpec(cluster, open),
    });
    this.clusters.push(made);
    return made;
  }
}
