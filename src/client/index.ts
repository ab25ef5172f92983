export { type CacheClusterOptions, partitioner, partitionOptions } from './partition-options.js';
