import { createServer } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Connections } from '../../src/observe/connections.js';
import { probeInstance, probeSentinel } from '../../src/observe/probe.js';
import { freeAddress, ProcessRoom } from '../builders/processes.js';

const credentials = { barn: 'pw', sentinel: 's', application: 'a' };
const record = (address: string) => ({ pod: 's', group: 'g', datacenter: 'a', machine: 'm', address });

describe('a probe that fails is a fact about one instance', () => {
  const room = new ProcessRoom();
  const connections = new Connections(credentials, { connectTimeoutMs: 300, commandTimeoutMs: 300 });
  afterAll(async () => {
    connections.close();
    await room.stopAll();
  });

  test('nobody listens: refused', async () => {
    const { ip, port } = freeAddress();
    expect(await probeInstance(connections, `${ip}:${port}`)).toMatchObject({
      state: 'unreachable',
      refused: true,
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });
  test('somebody listens and says nothing: not refused', async () => {
    const own = new Connections(credentials, { connectTimeoutMs: 300, commandTimeoutMs: 300 });
    const { ip, port } = freeAddress();
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(port, ip, resolve));
    try {
      expect(await probeInstance(own, `${ip}:${port}`)).toMatchObject({ state: 'unreachable', refused: false });
      expect(await probeSentinel(own, record(`${ip}:${port}`))).toMatchObject({ state: 'unreachable' });
    } finally {
      own.close();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
  test('connections that were closed give an error, and open nothing that would keep a process alive', async () => {
    const at = freeAddress();
    await room.redis(at, 'user barn on >pw ~* +@all');
    const own = new Connections(credentials);
    expect(await probeInstance(own, `${at.ip}:${at.port}`)).toMatchObject({ state: 'up' });
    own.close();
    expect(await probeInstance(own, `${at.ip}:${at.port}`)).toMatchObject({
      state: 'unreachable',
      why: 'connections are closed',
    });
  });
  test('a wrong password: not refused, and says so', async () => {
    const at = freeAddress();
    await room.redis(at, 'user barn on >other ~* +@all');
    expect(await probeInstance(connections, `${at.ip}:${at.port}`)).toMatchObject({
      state: 'unreachable',
      refused: false,
      why: expect.stringContaining('WRONGPASS'),
    });
  });
});
