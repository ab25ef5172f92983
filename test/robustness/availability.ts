import type { History, Request, Stall } from './history.js';

/** A time without an acknowledged write of a client to a partition. */
export interface Gap {
  readonly client: string;
  readonly partition: string;
  readonly from: number;
  readonly to: number;
  /** of it, the time in which the client's own process ran: ms */
  readonly ms: number;
}

/** A partition was unavailable: longer than a busy machine makes a healthy one wait, ms. */
export const OUTAGE_MS = 400;

const isWrite = ({ kind }: Request): boolean => kind === 'write' || kind === 'write-common';

/** When writes were acknowledged, by client and partition, in order. */
function acksBetween(requests: readonly Request[], from: number, to: number): ReadonlyMap<string, readonly number[]> {
  const acks = new Map<string, number[]>();
  for (const request of requests) {
    if (request.error !== undefined || !isWrite(request) || request.at < from || request.at > to) continue;
    const lane = `${request.client} ${request.partition}`;
    const known = acks.get(lane);
    if (known) known.push(request.at);
    else acks.set(lane, [request.at]);
  }
  for (const times of acks.values()) times.sort((x, y) => x - y);
  return acks;
}

const stalledMs = (stalls: readonly Stall[], from: number, to: number): number =>
  stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)), 0);

/**
 * The longest gap of each client of each partition between two moments: also where nothing was acknowledged any more, or ever.
 * @param clients all that were there
 */
export function longestGaps(
  { requests, partitions, stalls }: Pick<History, 'requests' | 'partitions' | 'stalls'>,
  clients: readonly string[],
  from: number,
  to: number,
): readonly Gap[] {
  const acks = acksBetween(requests, from, to);
  return clients.flatMap((client) => {
    const own = stalls.filter((stall) => stall.client === client);
    return partitions.map((partition) => {
      const times = [from, ...(acks.get(`${client} ${partition}`) ?? []), to];
      let longest: Gap = { client, partition, from, to: from, ms: 0 };
      for (let i = 1; i < times.length; i++) {
        const [before = from, after = to] = [times[i - 1], times[i]];
        if (after - before <= longest.ms) continue;
        const ms = after - before - stalledMs(own, before, after);
        if (ms > longest.ms) longest = { client, partition, from: before, to: after, ms };
      }
      return longest;
    });
  });
}
