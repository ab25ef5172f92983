import { parseBytes } from '../../../src/farm/bytes.js';
import { ENV } from '../../../src/farm/words.js';
import { eachWorkload, type Rule } from '../rule.js';
import { type Container, containerPath, isRedis, type Workload } from '../workload.js';

/** Fragmentation, copy-on-write of a save or a full synchronisation, client and replication buffers (design.md 3). */
export const MEMORY_HEADROOM = 1.25;

const REDIS_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
};

/** `maxmemory` as Redis reads it: `1gb` = 2^30, `1g` = 10^9, letters in any case. undefined when it is no size; 0 means no limit. */
export function redisBytes(value: string): number | undefined {
  const match = /^(\d+)([a-z]{0,2})$/.exec(value.toLowerCase());
  const unit = match ? REDIS_UNITS[match[2] ?? ''] : undefined;
  return match && unit !== undefined ? Number(match[1]) * unit : undefined;
}

function maxMemory(container: Container): number | undefined {
  const words = container.words
    .flatMap((word) => word.split(/[\s=]+/))
    .map((word) => word.replaceAll(/^["']|["']$/g, ''));
  const flag = words.indexOf('--maxmemory');
  const value = container.env[ENV.maxMemory] ?? (flag < 0 ? undefined : words[flag + 1]);
  return value === undefined ? undefined : redisBytes(value);
}

const quantity = (value: unknown): number | undefined =>
  typeof value === 'string' || typeof value === 'number' ? parseBytes(value) : undefined;

function checkContainer(workload: Workload, container: Container): readonly string[] {
  const path = `${containerPath(workload, container)}.resources`;
  const limit = quantity(container.limits.memory);
  // Kubernetes sets an absent request to the limit
  const request = container.requests.memory === undefined ? limit : quantity(container.requests.memory);
  const max = maxMemory(container);
  if (limit === undefined) return []; // missing-limits says it
  const problems: string[] = [];
  if (request !== undefined && request !== limit)
    problems.push(
      `${path}.requests.memory: ${String(container.requests.memory)} is not the limit ${String(container.limits.memory)}`,
    );
  if (max === 0)
    problems.push(
      `${path}.limits.memory: maxmemory is 0, so Redis grows until the kernel kills it at ${String(container.limits.memory)}`,
    );
  else if (max !== undefined && limit < MEMORY_HEADROOM * max)
    problems.push(
      `${path}.limits.memory: ${String(container.limits.memory)} is ${(limit / max).toFixed(2)} x maxmemory (${max} bytes), needs ${MEMORY_HEADROOM} x = ${Math.ceil((MEMORY_HEADROOM * max) / 2 ** 20)}Mi`,
    );
  return problems;
}

export const redisMemory: Rule = {
  name: 'redis-memory',
  severity: 'error',
  recommendation:
    'A Redis container asks for exactly what it may use, so that a neighbour cannot take its memory, and may use 1.25 x maxmemory, so that fragmentation and buffers do not get it killed with all its keys.',
  fix: 'Set resources.requests.memory = resources.limits.memory >= 1.25 x maxmemory.',
  check: eachWorkload((workload) =>
    workload.containers.filter(isRedis).flatMap((container) => checkContainer(workload, container)),
  ),
};
