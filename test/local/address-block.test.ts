import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { blocksToTry, firstBlock, machineAddress, takeBlock } from '../../src/local/address-block.js';

const servers: Server[] = [];
const server = (): Server => {
  const one = createServer();
  servers.push(one);
  return one;
};
afterEach(() => Promise.all(servers.splice(0).map((one) => new Promise((done) => one.close(done)))));

describe('the block of addresses of a state folder', () => {
  test('is its own first, then every other', () => {
    const blocks = blocksToTry('/some/folder');
    expect(blocks[0]).toBe(firstBlock('/some/folder'));
    expect([...blocks].sort((x, y) => x - y)).toEqual(Array.from({ length: 63 }, (_, i) => 64 + i));
  });

  test('is the next one when it is taken', async () => {
    const state = `/test/${process.pid}`;
    const one = await takeBlock(server(), state);
    const two = await takeBlock(server(), state);
    const blocks = blocksToTry(state);
    expect(blocks.indexOf(two)).toBeGreaterThan(blocks.indexOf(one));
  });

  test('holds a range a datacenter, an address a machine', () => {
    expect(machineAddress(64, 0, 1)).toBe('127.64.1.1');
    expect(machineAddress(126, 2, 60)).toBe('127.126.3.60');
  });
});
