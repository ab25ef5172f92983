export const MAX_PARTITIONS = 1_000_000;

/** @throws RangeError unless n is a whole number from 1 to 1000000 */
export function assertPartitionCount(n: number, name = 'n'): void {
  if (!Number.isInteger(n) || n < 1 || n > MAX_PARTITIONS) {
    throw new RangeError(`${name} must be a whole number from 1 to ${MAX_PARTITIONS}, not ${String(n)}`);
  }
}
