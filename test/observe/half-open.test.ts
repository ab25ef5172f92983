/** A peer that vanished without a word (a machine without power, a cut while the pod restarted) closes nothing: who only listens has to ask. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SentinelEvents } from '../../src/observe/sentinel-events.js';
import { Sentry } from '../../src/observe/sentry.js';
import { until } from '../builders/processes.js';

const portIn = (text = ''): number => Number.parseInt(text.slice(text.indexOf(':') + 1), 16);

/** s until the kernel asks the idle connection to this port whether its peer is there; undefined: none, or never */
function keepAliveOf(port: number): number | undefined {
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const [, , remote, state, , timer] = line.trim().split(/\s+/);
    if (portIn(remote) !== port || state !== '01') continue;
    const [kind, when = ''] = (timer ?? '').split(':');
    return kind === '02' ? Number.parseInt(when, 16) / 100 : undefined;
  }
  return undefined;
}

describe('a connection that waits for a word asks whether its peer is there', () => {
  const ends: (() => unknown)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function listen(serve: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      ends.push(() => socket.destroy());
      socket.on('error', () => undefined);
      serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  test('that of the sentry to a pod', async () => {
    const port = await listen((socket) => socket.resume());
    const sentry = new Sentry({ lost: () => undefined });
    ends.push(() => sentry.close());
    sentry.watch(new Set([`127.0.0.1:${port}`]));
    expect(await until('keep-alive', () => keepAliveOf(port))).toBeLessThanOrEqual(30);
  });

  test('that for the events of a sentinel', async () => {
    const port = await listen((socket) => socket.on('data', () => socket.write('+OK\r\n')));
    const events = new SentinelEvents({ barn: 'b' }, () => undefined);
    ends.push(() => events.close());
    events.listen(new Set([`127.0.0.1:${port}`]));
    expect(await until('keep-alive', () => keepAliveOf(port))).toBeLessThanOrEqual(30);
  });
});
