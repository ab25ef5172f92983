import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { RESERVED_CLUSTER_NAMES } from '../src/farm/access.js';
import { LIMITS } from '../src/farm/limits.js';
import { cacheClusterSchema } from '../src/farm/schema.js';
import { BACKING_GROUP, CLUSTER_NAME, DOMAIN } from '../src/farm/words.js';
import { serverSideApply, syncWave, WAVE } from './argo-annotations.js';
import { type StructuralSchema, structural, withBounds } from './crd-schema.js';

export const CACHE_CLUSTER_KIND = 'CacheCluster';
export const CACHE_CLUSTER_VERSION = 'v1alpha1';

const label = { pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', maxLength: 63 } as const;

/** The range that the farm's own check keeps: one table for both. */
function range(field: string): Pick<StructuralSchema, 'minimum' | 'maximum'> {
  const limit = LIMITS[`cacheClusters.${field}`];
  if (!limit) throw new Error(`no limit for cacheClusters.${field}`);
  return { minimum: limit.min, maximum: limit.max };
}

const BOUNDS: Readonly<Record<string, StructuralSchema>> = {
  clusterName: { pattern: CLUSTER_NAME.source, minLength: 1, maxLength: 63 },
  clusterSize: range('clusterSize'),
  partitionSize: { ...range('partitionSize'), default: 1 },
  minReplicas: range('minReplicas'),
  tier: { minLength: 1, maxLength: 63 },
  standbys: range('standbys'),
  hash: { default: 'jump' },
  importance: { ...range('importance'), default: 3 },
  backingGroup: { pattern: BACKING_GROUP.source, minLength: 1, maxLength: 63 },
  sentinelGroup: label,
  placement: {
    properties: {
      datacenters: { minItems: 1, maxItems: 32, items: { type: 'string', ...label }, 'x-kubernetes-list-type': 'set' },
    },
  },
};

const SPEC_RULES = [
  {
    // The application's ACL user on a pod bears this name: it would take the place of one of ours.
    rule: `!(self.clusterName in [${RESERVED_CLUSTER_NAMES.map((name) => `'${name}'`).join(', ')}])`,
    message: `clusterName may not be a name of the farm itself: ${RESERVED_CLUSTER_NAMES.join(', ')}`,
  },
  {
    rule: 'self.clusterName == oldSelf.clusterName',
    message:
      'clusterName names the partitions in every sentinel and cannot change; make a new CacheCluster and move traffic',
  },
  {
    rule: 'self.hash == oldSelf.hash',
    message: 'another hash sends almost every key to another partition; make a new CacheCluster and move traffic',
  },
  {
    rule: '!has(self.standbys) || self.standbys == 0 || self.partitionSize == 1',
    message: 'standbys must be 0 when partitionSize > 1: the replicas take over',
  },
  {
    rule: '!has(self.minReplicas) || self.minReplicas < self.partitionSize',
    message:
      'minReplicas must be below partitionSize: with more than its replicas required a master refuses every write',
  },
];

const ROOT_RULES = [
  {
    rule: "self.metadata.name == self.spec.clusterName.lowerAscii().replace('_', '-')",
    message:
      'metadata.name must be clusterName in lower case with _ as -, so that no two objects declare one cache cluster',
  },
];

const text = (description: string, more: StructuralSchema = {}): StructuralSchema => ({
  type: 'string',
  description,
  ...more,
});
const count = (description: string): StructuralSchema => ({ type: 'integer', minimum: 0, description });

const CONDITION: StructuralSchema = {
  type: 'object',
  required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
  properties: {
    type: text('Ready, Progressing or Degraded', { maxLength: 316 }),
    status: text('True, False or Unknown', { enum: ['True', 'False', 'Unknown'] }),
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description: 'Generation the condition speaks of',
    },
    lastTransitionTime: text('When the status last changed', { format: 'date-time' }),
    reason: text('The reason as one word', { minLength: 1, maxLength: 1024 }),
    message: text('The reason as a sentence', { maxLength: 32_768 }),
  },
};

const STATUS: StructuralSchema = {
  type: 'object',
  description: 'What Barn last saw; it writes nothing else into the object',
  properties: {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description: 'Generation of the spec that Barn last saw',
    },
    conditions: {
      type: 'array',
      description: 'Ready, Progressing, Degraded',
      items: CONDITION,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
    serving: count('Partitions whose address is agreed on by the sentinels and answers'),
    standbys: count('Armed standbys'),
    sentinelGroup: text('Sentinel group that names its partitions'),
    spread: text('Partitions above the lower bound in one datacenter and on one machine, 0/0 is the best'),
    lastMove: text('When a partition last got another address', { format: 'date-time' }),
  },
};

const COLUMNS = [
  { name: 'Size', type: 'integer', jsonPath: '.spec.clusterSize', description: 'Declared partitions' },
  { name: 'Serving', type: 'integer', jsonPath: '.status.serving', description: 'Partitions that serve' },
  { name: 'Standby', type: 'integer', jsonPath: '.status.standbys', description: 'Armed standbys' },
  { name: 'Tier', type: 'string', jsonPath: '.spec.tier' },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Group', type: 'string', jsonPath: '.spec.sentinelGroup', priority: 1 },
  { name: 'Spread', type: 'string', jsonPath: '.status.spread', priority: 1 },
  { name: 'Last Move', type: 'date', jsonPath: '.status.lastMove', priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/** The schema that a CacheCluster object has to meet: the zod schema of a farm's cache clusters, with bounds and CEL rules. */
export function cacheClusterObjectSchema(): StructuralSchema {
  const generated = structural(
    cacheClusterSchema.toJSONSchema({ target: 'openapi-3.0', io: 'input' }) as Record<string, unknown>,
  );
  const spec = withBounds(generated, BOUNDS);
  return {
    type: 'object',
    description: 'A cache cluster of the farm: partitions served by anonymous RedisPods of one tier',
    required: ['spec'],
    'x-kubernetes-validations': ROOT_RULES,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: { ...spec, description: 'What is declared', 'x-kubernetes-validations': SPEC_RULES },
      status: STATUS,
    },
  };
}

/** The CustomResourceDefinition of CacheCluster. */
export class CacheClusterDefinition extends Construct {
  readonly definition: ApiObject;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const plural = 'cacheclusters';
    // A raw ApiObject: the generated CRD class drops every x-kubernetes field it does not know, silently.
    this.definition = new ApiObject(this, 'Default', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${plural}.${DOMAIN}`,
        annotations: { ...syncWave(WAVE.definitions), ...serverSideApply('Prune=false', 'Delete=false') },
      },
      spec: {
        group: DOMAIN,
        scope: 'Namespaced',
        names: {
          kind: CACHE_CLUSTER_KIND,
          listKind: `${CACHE_CLUSTER_KIND}List`,
          plural,
          singular: 'cachecluster',
          shortNames: ['cc'],
          categories: ['all', 'cachefarm'],
        },
        versions: [
          {
            name: CACHE_CLUSTER_VERSION,
            served: true,
            storage: true,
            subresources: {
              status: {},
              scale: { specReplicasPath: '.spec.clusterSize', statusReplicasPath: '.status.serving' },
            },
            additionalPrinterColumns: COLUMNS,
            schema: { openAPIV3Schema: cacheClusterObjectSchema() },
          },
        ],
      },
    });
  }
}
