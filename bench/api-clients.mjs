// The clients of bench:api, on bare sockets: what they cost themselves must not be what is measured.
import { connect } from 'node:net';
import { answerMessages } from './api-processes.mjs';
import { now, percentile, until } from './recovery-report.mjs';

const HEAD_END = '\r\n\r\n';
const MOST_HEAD_BYTES = 1_024;

/** One connection that asks, and asks again when it is answered. @param answered is given the ms that it took */
function keepAsking(port, request, answered) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let [asked, missing, status] = [0, 0, 0];
  const ask = () => {
    asked = now();
    socket.write(request);
  };
  socket.on('connect', ask);
  socket.on('error', (error) => process.stderr.write(`${error}\n`));
  socket.on('data', (bytes) => {
    if (missing > 0) missing -= bytes.length;
    else {
      const head = bytes.latin1Slice(0, Math.min(MOST_HEAD_BYTES, bytes.length));
      const end = head.indexOf(HEAD_END);
      status = Number(head.slice(9, 12));
      const length = status === 304 ? 0 : Number(/content-length: (\d+)/i.exec(head)[1]);
      missing = end + HEAD_END.length + length - bytes.length;
    }
    if (missing > 0) return;
    answered(now() - asked, status);
    ask();
  });
  return socket;
}

async function load({ port, path, headers, connections, seconds, warmUpSeconds }) {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([key, value]) => `${key}: ${value}\r\n`);
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const times = [];
  const statuses = {};
  let counts = false;
  const answered = (ms, status) => {
    if (!counts) return;
    times.push(ms);
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const sockets = Array.from({ length: connections }, () => keepAsking(port, request, answered));
  await new Promise((resolve) => setTimeout(resolve, warmUpSeconds * 1_000));
  counts = true;
  const from = now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  counts = false;
  const ms = now() - from;
  for (const socket of sockets) socket.destroy();
  times.sort((x, y) => x - y);
  return { from, ms, requests: times.length, statuses, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

const watchers = [];
let [round, told, lastAt, bytesHeard] = [0, 0, 0, 0];
/** Source addresses: the ports of one would not be enough for all. */
const SOURCES = 8;
const OPEN_AT_ONCE = 200;
const HEARTBEAT_BYTES = 3;
const LINE_FEED = 10;

function openWatcher(port, path, number) {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (number % SOURCES)}` });
  const watcher = { socket, round: -1, closed: false };
  const opened = new Promise((resolve, reject) => {
    socket.on('connect', () => socket.write(`GET ${path}?watch HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`));
    socket.on('error', reject);
    socket.on('close', () => {
      watcher.closed = true;
      reject(new Error('closed'));
    });
    socket.on('data', (bytes) => {
      bytesHeard += bytes.length;
      if (bytes.length <= HEARTBEAT_BYTES || bytes[bytes.length - 1] !== LINE_FEED || watcher.round === round) return;
      watcher.round = round;
      told++;
      lastAt = now();
      resolve();
    });
  });
  // Some are closed at the end, when nobody waits for them to open any more.
  opened.catch(() => undefined);
  watchers.push(watcher);
  return opened;
}

answerMessages({
  load,
  open: async ({ port, path, count }) => {
    const from = now();
    for (let at = 0; at < count; at += OPEN_AT_ONCE)
      await Promise.all(
        Array.from({ length: Math.min(OPEN_AT_ONCE, count - at) }, (_, i) => openWatcher(port, path, at + i)),
      );
    return { ms: now() - from };
  },
  /** From here on each watcher counts once more. */
  arm: () => {
    round++;
    [told, bytesHeard] = [0, 0];
  },
  told: async () => {
    await until(`${watchers.length} watchers to be told`, () => told === watchers.length, 60_000, 2);
    return { lastAt, bytesHeard, closed: watchers.filter(({ closed }) => closed).length };
  },
});
