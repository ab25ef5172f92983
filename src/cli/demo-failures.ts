import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { declaredIn } from '../barn/seed.js';
import { connectCacheCluster } from '../client/index.js';
import { claimedCluster } from '../farm/access.js';
import { CONTAINER, LABEL, splitAddress } from '../farm/words.js';
import type { EmbeddedFarm } from '../local/embedded-farm.js';
import { claimOf, deriveFacts, type PartitionFact } from '../world/facts.js';
import type { RedisPod } from '../world/model.js';
import { measureProgress } from '../world/progress.js';
import type { FarmAccess } from './farm-access.js';

export interface Recovery {
  readonly cause: 'pod' | 'machine' | 'podWithoutBarn';
  /** longest time between two writes that were acknowledged, over the failure */
  readonly ms: number;
}

export interface FailureReport {
  readonly recoveries: readonly Recovery[];
  /** addresses that the sentinels gave to two partitions at the end */
  readonly doubleBound: number;
  /** keys that lie on a pod of another cache cluster at the end */
  readonly wrongPodWrites: number;
}

/** From so many seconds on a demo has time for failures. */
export const SECONDS_FOR_FAILURES = 45;

const WRITE_EVERY_MS = 5;
const GIVE_UP_MS = 15_000;

interface Stage {
  readonly embedded: EmbeddedFarm;
  readonly access: FarmAccess;
  readonly say: (text: string) => void;
}

async function look({ embedded, access }: Stage) {
  const world = await access.observe();
  const farm = declaredIn(embedded.frame, world);
  return { world, farm, facts: deriveFacts(farm, world) };
}

/** Until everything serves and is armed, so that one failure does not meet the next. */
async function settled(stage: Stage): Promise<void> {
  const until = performance.now() + GIVE_UP_MS;
  while (performance.now() < until) {
    const { farm, facts } = await look(stage);
    const { declared, serving, armed, toArm } = measureProgress(farm, facts);
    if (serving === declared && armed === toArm) return;
    await delay(100);
  }
}

/** Writes to one partition every few ms, each write given up after one second. @returns the longest gap between acknowledged writes, ms */
async function longestGap(redis: Redis, key: string, fail: () => Promise<void> | void): Promise<number> {
  let last = performance.now();
  let longest = 0;
  let failedAt: number | undefined;
  let recoveredAt: number | undefined;
  const start = performance.now();
  for (let i = 0; performance.now() - start < GIVE_UP_MS; i++) {
    const sent = performance.now();
    const done = await Promise.race([redis.set(key, String(i)).then(() => true), delay(1_000, false)]).catch(
      () => false,
    );
    const now = performance.now();
    if (done) {
      longest = Math.max(longest, now - last);
      if (failedAt !== undefined && now - last > 2 * WRITE_EVERY_MS + (now - sent) && recoveredAt === undefined)
        recoveredAt = now;
      last = now;
    }
    if (failedAt === undefined && now - start > 300) {
      failedAt = now;
      longest = 0;
      await fail();
    }
    if (failedAt !== undefined && done && now - failedAt > 4_000) return Math.round(longest);
    await delay(WRITE_EVERY_MS);
  }
  return GIVE_UP_MS;
}

async function victim(
  stage: Stage,
  used: Set<string>,
): Promise<{ partition: PartitionFact; pod: RedisPod; redis: Redis; close: () => Promise<unknown> }> {
  const { world, facts } = await look(stage);
  const partition = facts.partitions.find(
    ({ name, cluster, agreed }) => cluster.partitionSize === 1 && agreed !== undefined && !used.has(name),
  );
  const pod = facts.podAt.get(partition?.agreed ?? '');
  if (!partition || !pod) throw new Error('no partition is left to fail');
  used.add(partition.name);
  const sentinels = (world.groups.find(({ name }) => name === partition.group.name)?.sentinels ?? []).map(
    ({ address }) => splitAddress(address),
  );
  const { clusterName, clusterSize, hash } = partition.cluster;
  const password = stage.embedded.frame.auth === 'none' ? {} : { password: stage.access.credentials.application };
  const client = connectCacheCluster({ clusterName, clusterSize, hash, sentinels, ...password });
  const redis = client.partition(partition.index);
  redis.on('error', () => undefined);
  return { partition, pod, redis, close: async () => client.quit() };
}

/** The pods in which Barns run: the one that leads, and those that would follow it. */
async function barnPods(
  embedded: EmbeddedFarm,
): Promise<readonly { readonly datacenter: string; readonly name: string }[]> {
  return (await embedded.kube()).flatMap(({ datacenter, pods }) =>
    pods
      .filter(({ metadata }) => metadata.labels[LABEL.role] === 'barn')
      .map(({ metadata }) => ({ datacenter, name: metadata.name })),
  );
}

async function countWrongPodWrites(stage: Stage): Promise<number> {
  const { world } = await look(stage);
  let wrong = 0;
  for (const pod of world.pods) {
    const claim = claimOf(pod);
    const owner = claim && claimedCluster(claim);
    const keys = await stage.access.connections.use(pod.address, (redis) => redis.keys('*')).catch(() => []);
    wrong += keys.filter((key) => !key.startsWith(`${owner}:`) && !key.startsWith(`touch:${owner}::`)).length;
  }
  return wrong;
}

function countDoubleBound(partitions: readonly PartitionFact[]): number {
  const addresses = partitions.flatMap(({ agreed }) => agreed ?? []);
  return addresses.length - new Set(addresses).size;
}

/** Kills a pod, a machine, and every Barn together with a pod; between them the farm is given time to be whole again. */
export async function showFailures(stage: Stage): Promise<FailureReport> {
  const { embedded, say } = stage;
  const used = new Set<string>();
  const recoveries: Recovery[] = [];
  const play = async (cause: Recovery['cause'], fail: (pod: RedisPod) => Promise<void> | void): Promise<RedisPod> => {
    await settled(stage);
    const { partition, pod, redis, close } = await victim(stage, used);
    const ms = await longestGap(redis, `${partition.cluster.clusterName}:failure:${cause}`, () => fail(pod));
    await close();
    recoveries.push({ cause, ms });
    say(`${cause}: ${partition.name} could not be written for ${ms} ms\n`);
    return pod;
  };
  await play('pod', (pod) => embedded.killContainer(pod.datacenter, pod.name, CONTAINER.redis));
  const { machine } = await play('machine', (pod) => embedded.stopMachine(pod.machine));
  await embedded.startMachine(machine);
  await play('podWithoutBarn', async (pod) => {
    for (const { datacenter, name } of await barnPods(embedded))
      embedded.killContainer(datacenter, name, CONTAINER.barn);
    // A dead pod, not one that comes back at once: its machine is gone with it.
    await embedded.stopMachine(pod.machine);
    setTimeout(() => embedded.startMachine(pod.machine).catch(() => undefined), 5_000);
  });
  await delay(3_000);
  await settled(stage);
  const { facts } = await look(stage);
  return {
    recoveries,
    doubleBound: countDoubleBound(facts.partitions),
    wrongPodWrites: await countWrongPodWrites(stage),
  };
}
