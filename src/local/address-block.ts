/** The loopback addresses of a farm: 127.<block>.<datacenter>.<machine>, its API on 127.<block>.0.1. */
import { createHash } from 'node:crypto';
import type { Server } from 'node:http';

export const API_PORT = 20_443;
const FIRST_BLOCK = 64;
const BLOCKS = 63;
/** 1..254 of the last octet, less room for nothing: a datacenter of the embedded farm is one /24. */
export const MAX_MACHINES = 254;

/** 64..126: the block a state folder tries first, so that the same farm gets the same addresses again. */
export const firstBlock = (state: string): number =>
  FIRST_BLOCK + (createHash('sha256').update(state).digest().readUInt32BE(0) % BLOCKS);

/** Every block, beginning with the state folder's own. */
export const blocksToTry = (state: string): readonly number[] =>
  Array.from({ length: BLOCKS }, (_, step) => FIRST_BLOCK + ((firstBlock(state) - FIRST_BLOCK + step) % BLOCKS));

export const apiHost = (block: number): string => `127.${block}.0.1`;

/**
 * @param datacenter position in the farm, from 0
 * @param machine from 1
 */
export const machineAddress = (block: number, datacenter: number, machine: number): string =>
  `127.${block}.${datacenter + 1}.${machine}`;

function listen(server: Server, host: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error);
    server.once('error', failed);
    server.listen(API_PORT, host, () => {
      server.off('error', failed);
      resolve(undefined);
    });
  });
}

/**
 * Takes a block of addresses by listening on its API address: the listening socket is the lock, and dies with the process.
 * @throws Error when loopback addresses beyond 127.0.0.1 are not available, or every block is taken
 */
export async function takeBlock(server: Server, state: string): Promise<number> {
  for (const block of blocksToTry(state)) {
    const error = await listen(server, apiHost(block));
    if (!error) return block;
    if (error.code === 'EADDRNOTAVAIL')
      throw new Error(
        `this system has no loopback address ${apiHost(block)}: the embedded farm needs all of 127.0.0.0/8, as Linux offers it (macOS: run it in a Linux container or VM)`,
      );
    if (error.code !== 'EADDRINUSE') throw error;
  }
  throw new Error(`all ${BLOCKS} loopback address blocks are in use (port ${API_PORT}): stop another farm first`);
}
