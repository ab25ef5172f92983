import { formatQuantity, parseBytes } from './bytes.js';
import type { Draft } from './draft.js';
import { type Finding, problem } from './finding.js';
import { suggest } from './nearest.js';
import { show } from './quote.js';
import type { TierSpec } from './schema.js';
import { elementPath } from './spec-path.js';

/** Fragmentation, copy-on-write and client buffers on top of the data (design.md 3). */
export const HEADROOM = 1.25;
/** An empty Redis takes about 1 MiB; with less than this it refuses every write. */
const LEAST = 4 * 2 ** 20;
/** redis.conf, maxmemory-policy */
const POLICIES = [
  'noeviction',
  'allkeys-lru',
  'volatile-lru',
  'allkeys-random',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lfu',
  'volatile-lfu',
];

const UNITS = ['Ki', 'Mi', 'Gi', 'Ti', 'kb', 'mb', 'gb', 'tb'];

/** `1.5gi` -> ` write 1.5Gi` */
function respell(value: string | number): string {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]{1,2})b?\s*$/i.exec(String(value));
  const unit = match && UNITS.find((known) => known.toLowerCase() === match[2]?.toLowerCase());
  return unit ? `; write ${match[1]}${unit}` : '';
}

/** @returns nothing where the value is a memory size */
export function* readable(path: string, field: string, value: string | number): Generator<Finding> {
  if (parseBytes(value) !== undefined) return;
  yield problem(
    path,
    `${field} ${show(value)} is no memory size (more than 0: 6Gi or 512Mi as in Kubernetes, 4gb or 512mb as in Redis, or bytes)${respell(value)}`,
  );
}

/** Binary, with at most two decimals: 8053063680 -> `7.5Gi`. */
export function roundQuantity(bytes: number): string {
  const units = ['Ti', 'Gi', 'Mi', 'Ki'] as const;
  for (const [i, unit] of units.entries()) {
    const size = 2 ** (10 * (units.length - i));
    if (bytes >= size) return `${Math.ceil((bytes / size) * 100) / 100}${unit}`;
  }
  return formatQuantity(bytes);
}

function* headroom(path: string, tier: TierSpec): Generator<Finding> {
  const [data, limit] = [parseBytes(tier.maxMemory), parseBytes(tier.memory)];
  if (data === undefined || limit === undefined) return;
  if (data < LEAST) {
    yield problem(
      `${path}.maxMemory`,
      `maxMemory ${show(tier.maxMemory)} is less than ${formatQuantity(LEAST)}, with which Redis refuses every write; raise it`,
    );
  }
  if (limit >= data * HEADROOM) return;
  yield problem(
    path,
    `maxMemory ${show(tier.maxMemory)} leaves no headroom under memory ${show(tier.memory)} ` +
      `(need at least ${HEADROOM}x = ${roundQuantity(data * HEADROOM)}; raise memory or lower maxMemory)`,
  );
}

function* volume(path: string, tier: TierSpec): Generator<Finding> {
  const persistent = (tier.persistence ?? 'none') !== 'none';
  for (const field of ['volume', 'storageClass'] as const) {
    if (persistent || tier[field] === undefined) continue;
    yield problem(
      `${path}.${field}`,
      `${field} ${show(tier[field])} has no use without persistence; set persistence to aof or rdb, or leave ${field} out`,
    );
  }
  if (tier.volume === undefined) return;
  yield* readable(`${path}.volume`, 'volume', tier.volume);
  const [size, data] = [parseBytes(tier.volume), parseBytes(tier.maxMemory)];
  if (!persistent || size === undefined || data === undefined || size >= data) return;
  yield problem(
    `${path}.volume`,
    `volume ${show(tier.volume)} cannot hold maxMemory ${show(tier.maxMemory)}; leave it out for twice as much, or raise it`,
  );
}

/** Memory sizes that can be read, headroom over the data, eviction policy, volumes. */
export function* checkMemory({ spec }: Draft): Generator<Finding> {
  for (const [i, { name, machines }] of spec.datacenters.entries()) {
    if (machines)
      yield* readable(`${elementPath('datacenters', i, { name })}.machines.memory`, 'memory', machines.memory);
  }
  for (const [i, tier] of spec.tiers.entries()) {
    const path = elementPath('tiers', i, tier);
    yield* readable(`${path}.maxMemory`, 'maxMemory', tier.maxMemory);
    yield* readable(`${path}.memory`, 'memory', tier.memory);
    yield* headroom(path, tier);
    yield* volume(path, tier);
    const policy = tier.maxMemoryPolicy;
    if (policy !== undefined && !POLICIES.includes(policy)) {
      yield problem(
        `${path}.maxMemoryPolicy`,
        `maxMemoryPolicy ${show(policy)} is none of Redis's eight; ${suggest(policy, POLICIES)}`,
      );
    }
  }
}
