import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { CacheCluster as CacheClusterValues } from '../src/farm/model.js';
import type { CacheClusterSpec } from '../src/farm/schema.js';
import { DOMAIN, kubernetesName } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { CACHE_CLUSTER_KIND, CACHE_CLUSTER_VERSION } from './cache-cluster-definition.js';

export interface CacheClusterProps {
  readonly namespace: string;
  readonly spec: CacheClusterSpec;
}

/** What Sentinel, ACL users and Kubernetes object names can all carry (design.md 10). */
const NAME_RULE = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The custom resource that declares a cache cluster. It goes to every KubeCluster of the farm. */
export class CacheCluster extends Construct {
  readonly resource: ApiObject;

  constructor(scope: Construct, id: string, props: CacheClusterProps) {
    super(scope, id);
    this.resource = new ApiObject(this, 'Default', {
      apiVersion: `${DOMAIN}/${CACHE_CLUSTER_VERSION}`,
      kind: CACHE_CLUSTER_KIND,
      metadata: {
        name: kubernetesName(props.spec.clusterName),
        namespace: props.namespace,
        annotations: syncWave(WAVE.cacheClusters),
      },
      spec: props.spec,
    });
    this.node.addValidation({ validate: () => specProblems(props.spec) });
  }
}

/**
 * The spec of a checked cache cluster, every default said. `placement` is written only where it narrows the choice, so that
 * a new datacenter is open to all that were not bound to certain ones.
 */
export function cacheClusterSpec(cluster: CacheClusterValues, datacenters: readonly string[]): CacheClusterSpec {
  const { datacenters: chosen, ...spec } = cluster;
  const everywhere = chosen.length === datacenters.length && chosen.every((name) => datacenters.includes(name));
  return { ...spec, ...(everywhere ? {} : { placement: { datacenters: [...chosen] } }) };
}

function specProblems(spec: CacheClusterSpec): string[] {
  const { clusterName, clusterSize, partitionSize = 1, minReplicas = 0, standbys = 0 } = spec;
  const problems: string[] = [];
  if (!NAME_RULE.test(clusterName))
    problems.push(
      `clusterName ${JSON.stringify(clusterName)} must be a letter, then letters, digits, dots, underscores or dashes, 63 at most`,
    );
  else if (!OBJECT_NAME.test(kubernetesName(clusterName)))
    problems.push(
      `clusterName ${clusterName} is no Kubernetes name as ${kubernetesName(clusterName)}: let each dot stand between letters or digits, and end with one`,
    );
  if (!Number.isInteger(clusterSize) || clusterSize < 1)
    problems.push(`clusterSize is ${clusterSize}, need a whole number from 1`);
  if (!Number.isInteger(partitionSize) || partitionSize < 1)
    problems.push(`partitionSize is ${partitionSize}, need a whole number from 1`);
  if (partitionSize > 1 && standbys > 0)
    problems.push(
      `standbys is ${standbys}, but partitions with replicas have none: their replicas take over; leave it out`,
    );
  if (!Number.isInteger(minReplicas) || minReplicas < 0 || minReplicas >= partitionSize)
    problems.push(
      `minReplicas is ${minReplicas}, need a whole number from 0 to ${partitionSize - 1}, the replicas that partitionSize ${partitionSize} gives`,
    );
  return problems;
}
