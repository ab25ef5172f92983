/** The farm model and the constructs. The client library is `cachefarm/client`. */
export * from '../constructs/index.js';
export { checkManifests, FarmValidation, type FarmValidationProps } from '../constructs/validation/index.js';
export { type Checked, checkFarm } from './farm/check.js';
export { defineFarm, farmWarnings } from './farm/define.js';
// The constructs have these two names; the farm's records of that name are values of theirs.
export type {
  CacheCluster as CacheClusterValues,
  Datacenter,
  Farm,
  FarmFrame,
  Problem,
  SentinelGroup as SentinelGroupValues,
  Tier,
} from './farm/model.js';
export { InvalidFarm, sentinelHost } from './farm/model.js';
export { checkRenames, pinnedNames } from './farm/renames.js';
export { DEFAULT_IMAGES } from './farm/resolve.js';
export type { CacheClusterSpec, DatacenterSpec, FarmSpec, SentinelGroupSpec, TierSpec } from './farm/schema.js';
