export { hashTag } from './hash-tag.js';
export { jump } from './jump.js';
export { ketama } from './ketama.js';
export { movedShare } from './moved-share.js';
export { MAX_PARTITIONS } from './partition-count.js';
export { partitionIndex } from './partition-index.js';
export type { U64 } from './u64.js';
export { xxh64 } from './xxh64.js';
