import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections (32768...): none of those can take the port of a server that is restarted. */
const FIRST = 20_000;
const COUNT = 6_000;

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** @returns ports of 127.0.0.1 on which nobody listens now, all different */
export async function freePorts(count: number): Promise<readonly number[]> {
  const free = new Set<number>();
  while (free.size < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!free.has(port) && (await canListen(port))) free.add(port);
  }
  return [...free];
}
