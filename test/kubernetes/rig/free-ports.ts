import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections (32768...): none of those can take the port of a server that is restarted. */
const FIRST = 20_000;
const COUNT = 6_000;
/** `npm run e2e` runs files side by side: what one has found free, another must not find free before it is taken. */
const LANE_COUNT = 1_000;
const LANES = COUNT / LANE_COUNT;

/** @param lane of CACHEFARM_LANE; undefined when nothing runs beside this file */
export function portRange(lane: string | undefined): { readonly first: number; readonly count: number } {
  if (lane === undefined) return { first: FIRST, count: COUNT };
  return { first: FIRST + (Number(lane) % LANES) * LANE_COUNT, count: LANE_COUNT };
}

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Control planes that start side by side ask before any of them listens. */
const given = new Set<number>();

/** @returns ports of 127.0.0.1 on which nobody listens now, all different, also from those that were returned before */
export async function freePorts(count: number): Promise<readonly number[]> {
  const range = portRange(process.env.CACHEFARM_LANE);
  const free = new Set<number>();
  while (free.size < count) {
    const port = range.first + Math.floor(Math.random() * range.count);
    if (given.has(port)) continue;
    given.add(port);
    if (await canListen(port)) free.add(port);
  }
  return [...free];
}
