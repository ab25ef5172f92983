import type { Rule } from './rule.js';
import { antiAffinity } from './rules/anti-affinity.js';
import { hostNetworkPorts } from './rules/host-network-ports.js';
import { hostPortCollision } from './rules/host-port-collision.js';
import { imageTag } from './rules/image-tag.js';
import { missingLimits } from './rules/missing-limits.js';
import { onDelete } from './rules/on-delete.js';
import { redisMemory } from './rules/redis-memory.js';
import { sentinelQuorum } from './rules/sentinel-quorum.js';
import { sentinelSpread } from './rules/sentinel-spread.js';

/** In the order of the report: what stops pods from running, what loses data, what breaks failover. */
export const RULES: readonly Rule[] = [
  hostPortCollision, // no two pods that may meet on a machine want the same port
  hostNetworkPorts, // what listens on the machine says so
  antiAffinity, // replicas of a hostNetwork set keep off each other's machine
  missingLimits, // nothing can take a machine's memory
  redisMemory, // request = limit >= 1.25 x maxmemory
  onDelete, // no template change restarts a pool by itself
  imageTag, // the version is what was reviewed
  sentinelQuorum, // odd, at least three, a majority decides
  sentinelSpread, // no datacenter or machine is the majority
];
