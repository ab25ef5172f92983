// The peer: Sentinel's own failover. One master with one real replica, three sentinels with the settings of our groups, plain ioredis, kill -9.
// A killed process is started again only after the failover, and every round has a new name: Sentinel will not fail over a name twice
// within 2 x failover-timeout. Both favour the peer.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { partitionOptions } from '../lib/src/client/index.js';
import { now, until, wait } from './recovery-report.mjs';

const HOST = '127.90.0.1';
const REDIS_PORTS = [26_801, 26_802];
const SENTINEL_PORTS = [26_811, 26_812, 26_813];
const WRITE_EVERY_MS = 5;

class Peer {
  #folder = mkdtempSync(join(tmpdir(), 'cachefarm-peer-'));
  #children = new Map();
  #clients = new Map();

  #spawn(key, program, args) {
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#children.set(key, child);
  }

  startRedis(port) {
    const folder = join(this.#folder, String(port));
    mkdirSync(folder, { recursive: true });
    // On loopback a connection comes from 127.0.0.1 unless told otherwise, and the sentinels would look for the replica there.
    const own = { bind: HOST, 'bind-source-addr': HOST, 'replica-announce-ip': HOST, port, dir: folder };
    const options = { ...own, save: '', 'repl-diskless-sync-delay': 0, 'protected-mode': 'no' };
    this.#spawn(
      port,
      'redis-server',
      Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]),
    );
  }

  startSentinel(port) {
    const file = join(this.#folder, `sentinel-${port}.conf`);
    const lines = [
      `bind ${HOST}`,
      `port ${port}`,
      `sentinel announce-ip ${HOST}`,
      'protected-mode no',
      `dir ${this.#folder}`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    this.#spawn(port, 'redis-server', [file, '--sentinel']);
  }

  at(port) {
    const known = this.#clients.get(port);
    if (known) return known;
    const redis = new Redis({ host: HOST, port, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    redis.on('error', () => undefined);
    this.#clients.set(port, redis);
    return redis;
  }

  /** kill -9 */
  kill(port) {
    this.#children.get(port).kill('SIGKILL');
  }

  async stop() {
    for (const redis of this.#clients.values()) redis.disconnect();
    for (const child of this.#children.values()) child.kill('SIGKILL');
    await wait(100);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const pairs = (flat) => Object.fromEntries(flat.flatMap((key, i) => (i % 2 ? [] : [[key, flat[i + 1]]])));

async function watched(peer, name) {
  const ready = async (port) => {
    const view = pairs(await peer.at(port).call('SENTINEL', 'MASTER', name));
    return Number(view['num-slaves']) === 1 && Number(view['num-other-sentinels']) === 2;
  };
  await until('the sentinels to know replica and each other', async () =>
    (await Promise.all(SENTINEL_PORTS.map(ready))).every(Boolean),
  );
  // A replica of which no INFO has been read yet is no candidate.
  await wait(1_500);
}

async function round(peer, name, [master, replica], { downAfterMs, failoverTimeoutMs }) {
  await peer.at(master).call('REPLICAOF', 'NO', 'ONE');
  await peer.at(replica).call('REPLICAOF', HOST, String(master));
  await until('the replica to be in step', async () =>
    (await peer.at(replica).info('replication')).includes('master_link_status:up'),
  );
  for (const port of SENTINEL_PORTS) {
    const sentinel = peer.at(port);
    await sentinel.call('SENTINEL', 'MONITOR', name, HOST, String(master), '2');
    const settings = [
      'down-after-milliseconds',
      downAfterMs,
      'failover-timeout',
      failoverTimeoutMs,
      'parallel-syncs',
      1,
    ];
    await sentinel.call('SENTINEL', 'SET', name, ...settings.map(String));
  }
  await watched(peer, name);
  const [clusterName, index] = name.split('::');
  const sentinels = SENTINEL_PORTS.map((port) => ({ host: HOST, port }));
  const client = new Redis(partitionOptions({ clusterName, sentinels }, Number(index)));
  client.on('error', () => undefined);
  const acks = [];
  const write = setInterval(() => {
    client.set('key', 'value').then(
      () => acks.push(now()),
      () => undefined,
    );
  }, WRITE_EVERY_MS);
  try {
    await until('the client to write', () => acks.length > 60);
    const killed = now();
    peer.kill(master);
    await until(
      'the client to write again',
      () => now() - killed > 500 && acks.filter((at) => at > now() - 200).length >= 25,
    );
    const after = acks.findIndex((at, i) => at > killed && at - acks[i - 1] > 100);
    return acks[after] - acks[after - 1];
  } finally {
    clearInterval(write);
    client.disconnect();
    for (const port of SENTINEL_PORTS) await peer.at(port).call('SENTINEL', 'REMOVE', name);
    peer.startRedis(master);
    await until('the killed one to be back', async () => (await peer.at(master).ping()) === 'PONG');
  }
}

/** @returns ms a client could not write, one a round */
export async function measurePeer(rounds, settings, say) {
  const peer = new Peer();
  try {
    for (const port of REDIS_PORTS) peer.startRedis(port);
    for (const port of SENTINEL_PORTS) peer.startSentinel(port);
    const samples = [];
    for (let i = 0; i < rounds; i++) {
      const roles = i % 2 ? [...REDIS_PORTS].reverse() : REDIS_PORTS;
      samples.push(await round(peer, `Peer::${i}`, roles, settings));
      say(`peer ${i + 1}/${rounds}: ${samples.at(-1).toFixed(1)} ms`);
    }
    return samples;
  } finally {
    await peer.stop();
  }
}
