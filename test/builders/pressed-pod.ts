import { connect, type Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { direct } from '../../src/observe/route.js';

/** Closes what comes from one address to a pod as soon as it is there: Sentinel connects anew once a second at most. */
export function cutAgainAndAgain(redis: Redis, ip: string): { destroy(): void } {
  let over = false;
  void (async () => {
    while (!over) {
      const list = String(await redis.client('LIST'));
      for (const line of list.split('\n'))
        if (line.includes(` addr=${ip}:`) && line.includes(' user=sentinel '))
          await redis.call('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] ?? '');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })().catch(() => undefined);
  return {
    destroy: () => {
      over = true;
    },
  };
}

/** Connects to an address whose owner accepts nobody until one more connection is not taken any longer. */
export async function fillQueue(address: string): Promise<{ destroy(): void }> {
  const sockets: Socket[] = [];
  let connected = 0;
  for (let i = 0; i < 5_000; i++) {
    const socket = connect(direct(address));
    socket.on('error', () => undefined).once('connect', () => connected++);
    sockets.push(socket);
    if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 20));
    if (connected < i - 200) break;
  }
  if (connected === sockets.length) throw new Error(`${address} takes every connection`);
  return { destroy: () => sockets.forEach((socket) => void socket.destroy()) };
}

/** Whether one more connection is there within half a second: by the kernel, whatever the process is doing. */
export function takesConnections(address: string): Promise<boolean> {
  const socket = connect(direct(address));
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.setTimeout(500, () => resolve(false));
  }).finally(() => socket.destroy());
}
