// The applications: two clients a partition, plain ioredis and our resolver, each writing every 5 ms. A process of its own, so that nothing
// but writing happens on its event loop. Every write carries partition, client and number; every acknowledgement is kept with the pod it came from.
import { Redis } from 'ioredis';
import { followPartition, partitionOptions, SentinelResolver } from '../lib/src/client/index.js';
import { now } from './recovery-report.mjs';

const EVERY_MS = 5;
/** keys a client: they are overwritten, so a pod's keys can all be read after each round */
const KEYS = 500;

const lanes = [];
const resolvers = new Map();

function resolverOf({ sentinels, password }) {
  const key = JSON.stringify(sentinels);
  const known = resolvers.get(key);
  if (known) return known;
  const resolver = new SentinelResolver({ sentinels, username: 'app', password });
  resolvers.set(key, resolver);
  return resolver;
}

function lane(partition, client, redis) {
  redis.on('error', () => undefined);
  lanes.push({ partition, client, redis, number: 0, acks: [], errors: 0, addresses: [] });
}

function open(clusters) {
  for (const cluster of clusters)
    for (let index = 0; index < cluster.clusterSize; index++) {
      const name = `${cluster.clusterName}::${index}`;
      lane(name, 'plain', new Redis(partitionOptions(cluster, index)));
      const login = { username: cluster.clusterName, password: cluster.password };
      lane(name, 'resolver', followPartition(resolverOf(cluster), name, login));
    }
}

function acknowledged(one) {
  const { remoteAddress, remotePort } = one.redis.stream ?? {};
  const address = `${remoteAddress}:${remotePort}`;
  let index = one.addresses.indexOf(address);
  if (index < 0) index = one.addresses.push(address) - 1;
  one.acks.push(now(), index);
}

function write(one) {
  const key = `${one.partition}/${one.client}/${one.number % KEYS}`;
  one.redis.set(key, `${one.partition}/${one.number++}`, 'EX', 600).then(
    () => acknowledged(one),
    () => one.errors++,
  );
}

/** Acknowledgements of the last 200 ms, of each client. */
function rates() {
  const from = now() - 200;
  return lanes.map(({ partition, client, acks }) => {
    let count = 0;
    for (let i = acks.length - 2; i >= 0 && acks[i] >= from; i -= 2) count++;
    return { partition, client, count };
  });
}

function collect() {
  const round = lanes.map(({ partition, client, acks, errors, addresses }) => ({
    partition,
    client,
    acks,
    errors,
    addresses,
  }));
  for (const one of lanes) {
    // The last one stays: a gap may begin with it.
    one.acks = one.acks.slice(-2);
    one.errors = 0;
  }
  return round;
}

const answers = { open: ({ clusters }) => open(clusters), rates, collect };
process.on('message', ({ id, kind, ...rest }) => process.send({ id, answer: answers[kind](rest) ?? null }));
process.once('disconnect', () => process.exit(0));
setInterval(() => {
  for (const one of lanes) write(one);
}, EVERY_MS);
