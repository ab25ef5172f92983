import { assertPartitionCount } from './partition-count.js';

/**
 * Expected share (0..1) of the keys that change their partition when a cache cluster is resized under jump hashing:
 * |to - from| / max(from, to), which is the least possible.
 *
 * @throws RangeError unless both are whole numbers from 1 to 1000000
 */
export function movedShare(from: number, to: number): number {
  assertPartitionCount(from, 'from');
  assertPartitionCount(to, 'to');
  return Math.abs(to - from) / Math.max(from, to);
}
