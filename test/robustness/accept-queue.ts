import { connect, type Socket } from 'node:net';
import { splitAddress } from '../../src/farm/words.js';

/** No server of ours has a longer queue. */
const MOST = 2_000;
/** a connection that takes longer than this on loopback finds no place, ms */
const FULL_AFTER_MS = 250;
const AT_ONCE = 32;

function tryOne(address: string): Promise<Socket | undefined> {
  const socket = connect(splitAddress(address));
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      socket.destroy();
      resolve(undefined);
    }, FULL_AFTER_MS);
    socket.once('connect', () => {
      clearTimeout(late);
      resolve(socket);
    });
  });
}

/** Connections that fill the accept queue of a server that hangs. @returns what empties it again @throws Error when it cannot be filled */
export async function fillQueue(address: string): Promise<() => void> {
  const held: Socket[] = [];
  const empty = (): void => {
    for (const socket of held) socket.destroy();
  };
  while (held.length < MOST) {
    const tried = await Promise.all(Array.from({ length: AT_ONCE }, () => tryOne(address)));
    held.push(...tried.filter((socket) => socket !== undefined));
    if (tried.every((socket) => socket === undefined)) return empty;
  }
  empty();
  throw new Error(`${address} still accepts after ${MOST} connections`);
}
