import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Connections } from '../../src/observe/connections.js';
import { connect, freeAddress, ProcessRoom, until } from '../builders/processes.js';

describe('connections to one address after the other', () => {
  const room = new ProcessRoom();
  const connections = new Connections({ barn: 'secret', sentinel: '', application: '' });
  afterAll(async () => {
    connections.close();
    await room.stopAll();
  });

  test('a pod that had no client to spare is reached again as soon as it has, however often it was asked meanwhile', async () => {
    const at = freeAddress();
    await room.redis(at, 'user barn on >secret ~* &* +@all');
    const ask = (): Promise<string> =>
      connections.use(`${at.ip}:${at.port}`, (redis) => redis.ping()).catch(() => 'failed');
    const admin = connect(at);
    await admin.connect();
    try {
      await admin.config('SET', 'maxclients', 1);
      // Often: ioredis loses track of a connection only when it is closed at a bad moment of its setting up.
      for (let i = 0; i < 300; i++) expect(await ask()).toBe('failed');
      await admin.config('SET', 'maxclients', 100);
      await until('the pod to be reached again', async () => (await ask()) === 'PONG', 2_000);
    } finally {
      admin.disconnect();
    }
  });

  test('a connection that swallows all that is asked is left: who is asked anew on another one answers', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      // The first becomes a hole once it is there, as after a firewall forgot it.
      const isHole = sockets.push(socket) === 1;
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        for (const one of String(data).split(/\r\n(?=\*)/))
          if (!isHole || !/ping/i.test(one)) socket.write('+PONG\r\n');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const own = new Connections({ barn: 'b', sentinel: '', application: '' }, { commandTimeoutMs: 300 });
    const ping = () => own.use(`127.0.0.1:${(server.address() as AddressInfo).port}`, (redis) => redis.ping());
    try {
      await until('an answer', async () => (await ping().catch(() => 'failed')) === 'PONG', 20_000);
      expect(sockets.length).toBeGreaterThan(1);
    } finally {
      own.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }, 40_000);
});
