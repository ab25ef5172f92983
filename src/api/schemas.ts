/**
 * Every JSON shape of the HTTP API, once: what is validated, what OpenAPI says, and (as types) what the page reads.
 * Times are ms since the epoch, durations ms, sizes bytes, addresses `ip:port`.
 */
export * from './schemas/addresses.js';
export * from './schemas/cache-clusters.js';
export {
  clusterNameSchema,
  type Freshness,
  freshnessSchema,
  type Problem,
  partitionNameSchema,
  problemSchema,
} from './schemas/common.js';
export * from './schemas/drains.js';
export * from './schemas/farm-map.js';
export * from './schemas/operation.js';
export * from './schemas/partitions.js';
export * from './schemas/sessions.js';
