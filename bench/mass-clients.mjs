// The applications of bench:mass: one resolver client a partition, one write at a time; again 50 ms after each while the partition is waited
// for, else after 5 s, so that the servers and not these clients are what is measured. Tells when each partition was
// written first by a write that was sent after a given moment: through the address the sentinels give, as every client of ours.
import { followPartition, SentinelResolver } from '../lib/src/client/index.js';
import { now, wait } from './recovery-report.mjs';

const AGAIN_MS = 50;
const CALM_MS = 5_000;
const lanes = new Map();

async function writeOn(lane) {
  for (let number = 0; ; number++) {
    const sent = now();
    try {
      await lane.redis.set(`${lane.partition}/${number % 100}`, 'value', 'EX', 600);
      lane.written = sent;
      if (lane.since !== undefined && sent > lane.since && lane.back === undefined) lane.back = now();
    } catch {
      // Tried again.
    }
    const calm = lane.since === undefined || lane.back !== undefined;
    if (!calm) await wait(AGAIN_MS);
    else await Promise.race([wait(CALM_MS), new Promise((resolve) => (lane.wake = resolve))]);
  }
}

const answers = {
  open({ groups }) {
    for (const { sentinels, password, partitions } of groups) {
      const resolver = new SentinelResolver({ sentinels, username: 'app', password });
      for (const partition of partitions) {
        const username = partition.slice(0, partition.lastIndexOf('::'));
        const redis = followPartition(resolver, partition, { username, password });
        redis.on('error', () => undefined);
        const lane = { partition, redis, written: 0, since: undefined, back: undefined };
        lanes.set(partition, lane);
        void writeOn(lane);
      }
    }
  },
  written: ({ since }) => [...lanes.values()].filter(({ written }) => written > since).length,
  mark({ partitions, at }) {
    for (const name of partitions) {
      const lane = lanes.get(name);
      Object.assign(lane, { since: at, back: undefined });
      lane.wake?.();
    }
  },
  back: ({ partitions }) => partitions.map((name) => lanes.get(name).back ?? null),
};
process.on('message', ({ id, kind, ...rest }) => process.send({ id, answer: answers[kind](rest) ?? null }));
process.once('disconnect', () => process.exit(0));
