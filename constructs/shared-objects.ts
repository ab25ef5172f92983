import { Construct } from 'constructs';
import type { CacheCluster as CacheClusterValues, Farm } from '../src/farm/model.js';
import { CacheCluster, cacheClusterSpec } from './cache-cluster.js';
import { CacheClusterDefinition } from './cache-cluster-definition.js';

export interface SharedObjectsProps {
  readonly farm: Farm;
}

/** What every KubeCluster of a farm holds alike: the CRD and the cache clusters. */
export class SharedObjects extends Construct {
  readonly definition: CacheClusterDefinition;
  private readonly clusters: CacheCluster[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SharedObjectsProps,
  ) {
    super(scope, id);
    this.definition = new CacheClusterDefinition(this, 'cache-cluster-definition');
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
