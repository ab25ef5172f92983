/** What the scenes of the contract begin with, and what they tell. */
import { fieldOf, SENTINELS, type SentinelStage } from './sentinel-stage.js';

export type Scene = (stage: SentinelStage) => Promise<unknown>;

const BOUND = 'bound';
export const MEMBER = 'member';
export const NO_ELECTION = { quorum: '99' };
/** Of all sentinels together, each once. */
export const DOWN = /^[+-][so]down$/;
export const MOVES =
  /^(\+switch-master|\+slave|-failover-abort-no-good-slave|\+selected-slave|\+promoted-slave|\+convert-to-slave)$/;

export async function boundPod(stage: SentinelStage, pod: string, name: string): Promise<void> {
  await stage.pod(pod);
  await stage.claim(pod, { kind: BOUND, partition: name, epoch: 1 });
}

export async function standbyPod(stage: SentinelStage, pod: string): Promise<void> {
  await stage.pod(pod);
  await stage.claim(pod, { kind: 'standby', clusterName: 'C', epoch: 1 });
}

/** A bound pod with a standby, as Barn names it. */
export async function withStandby(stage: SentinelStage, options: Readonly<Record<string, string>> = {}): Promise<void> {
  await boundPod(stage, 'p', 'C::0');
  await standbyPod(stage, 'q');
  await stage.name('C::0', 'q', { 'down-after-milliseconds': '60000', ...options });
  await Promise.all(SENTINELS.map((s, i) => stage.ask(s, stage.hello(SENTINELS[(i + 1) % 3] ?? 's0', 'C::0', 'p', 1))));
  await stage.untilMet('C::0');
  await stage.untilSeen('C::0', 1);
  await stage.each('SENTINEL SET C::0 down-after-milliseconds 1000');
}

/** A master with a replica. */
export async function withReplica(stage: SentinelStage): Promise<void> {
  await stage.pod('p', 'q');
  for (const pod of ['p', 'q']) await stage.claim(pod, { kind: MEMBER, partition: 'C::0', epoch: 1 });
  await stage.ask('q', 'REPLICAOF <p>');
  await stage.until('q copies p', async () =>
    String(await stage.ask('q', 'INFO replication')).includes('master_link_status:up'),
  );
  await stage.name('C::0', 'p', { 'down-after-milliseconds': '60000' });
  await stage.untilMet('C::0');
  await stage.untilSeen('C::0', 1);
  await stage.each('SENTINEL SET C::0 down-after-milliseconds 1000');
}

/** A connection that is refused is made again and again. */
export const connected = (flags: readonly unknown[]): readonly unknown[] =>
  flags.map((text) => String(text).replace(',disconnected', ''));

/** How many agree at the moment varies. */
export const downs = (stage: SentinelStage): readonly string[] => [
  ...new Set(stage.kinds(DOWN).map((text) => text.replace(/ #quorum.*/, ''))),
];

export const roleOf = async (stage: SentinelStage, pod: string): Promise<unknown> => {
  const reply = await stage.ask(pod, 'ROLE');
  return Array.isArray(reply) ? reply[0] : stage.masked(reply);
};

export const replicasOf = async (stage: SentinelStage, at: readonly string[] = SENTINELS): Promise<unknown> =>
  stage.masked(
    (await Promise.all(at.map((s) => stage.ask(s, 'SENTINEL REPLICAS C::0')))).map((reply) =>
      Array.isArray(reply) ? reply.map((replica) => fieldOf(replica, 'name')).sort() : reply,
    ),
  );
