import { actionsAt, actOnServer, followServer, lookAtServer } from '../asked-server.js';
import { HostileServer, resp } from '../hostile-server.js';
import { Broken, bytes, type FuzzTarget } from '../target.js';

const latin = (input: Uint8Array): string => Buffer.from(input).toString('latin1');

/** Pieces parted by a zero byte are the answers to one question after the other; the first byte says who asks. */
async function askServer(input: Uint8Array): Promise<void> {
  const pieces = latin(input.subarray(1)).split('\0');
  const server = new HostileServer((_words, n) => pieces[n % pieces.length]);
  const address = await server.start();
  try {
    const who = (input[0] ?? 0) % 8;
    if (who < 5) {
      for (const { instance, sentinel } of await lookAtServer(address))
        for (const view of [instance, sentinel])
          if (view.state === 'unreachable' && view.why === '') throw new Broken('unreachable without a reason');
    } else if (who < 7) {
      const receipts = await actOnServer(
        address,
        [actionsAt(address)[(input[0] ?? 0) % 12]].flatMap((action) => action ?? []),
      );
      if (receipts.some(({ reason }) => reason === '')) throw new Broken('a receipt without a reason');
    } else await followServer(address);
  } finally {
    await server.stop();
  }
}

export const wire: FuzzTarget = {
  name: 'wire',
  what: 'bytes of a pod or a sentinel over TCP to everybody who asks: a reason in time, and the process lives',
  seeds: [
    bytes(`\x01${resp('role:master\r\nrun_id:a\r\n')}\0${resp(['user marker off ~locked', 'user barn on'])}`),
    bytes(
      `\x02${resp('ab'.repeat(20))}${resp('sentinel_tilt:0\r\n')}${resp([['name', 'User.id::0', 'ip', '10.0.0.1', 'port', '1', 'flags', 'master']])}\0${resp([])}`,
    ),
    bytes(`\x05${resp(['user marker off ~bound/User.id::0/9'])}\0+OK\r\n`),
    bytes(
      `\x07${resp(['127.0.0.1', '1'])}${resp(['name', 'User.id::0', 'config-epoch', '9'])}\0${resp(['message', '+sdown', 'x'])}`,
    ),
    bytes('\x02*1\r\n*1\r\n-ERR a\r\n\0$5\r\nabc'),
  ],
  words: [
    '+OK\r\n',
    '-ERR x\r\n',
    '-LOADING\r\n',
    '*-1\r\n',
    '$-1\r\n',
    ':1\r\n',
    '*2\r\n',
    '*1\r\n',
    '*30000000\r\n',
    '*4294967296\r\n',
    '$7\r\nmessage\r\n',
    '$9\r\nsubscribe\r\n',
    '\r\n',
    '\0',
  ],
  run: askServer,
};
