import { claimedCluster } from '../../../src/farm/access.js';
import { claimOf } from '../../../src/world/facts.js';
import type { Place, Stage } from '../stage.js';

/** A command that a hanging process does not answer is given up after this, ms. */
const SILENCE_MS = 400;

/** partition -> the address that a majority of its sentinels gives; those without one are missing. */
export async function ownersOf(stage: Stage): Promise<ReadonlyMap<string, string>> {
  const { facts } = await stage.look();
  return new Map(
    facts.partitions.flatMap(({ name, agreed }) => (agreed === undefined ? [] : [[name, agreed] as const])),
  );
}

/** `User.id::0: 127.64.1.1:6378 -> 127.64.2.1:6378`, a line for each that is elsewhere, or nowhere, now. */
export async function movedSince(stage: Stage, before: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const now = await ownersOf(stage);
  return [...before].flatMap(([partition, address]) =>
    now.get(partition) === address ? [] : [`${partition}: ${address} -> ${now.get(partition) ?? 'nowhere'}`],
  );
}

/** Fails the scenario with what moved, but for a better spread: that is looked for every 10 s, whatever else happens. */
export async function nothingMoved(stage: Stage, before: ReadonlyMap<string, string>, when: string): Promise<void> {
  const planned = new Set(
    stage.barns.since(0).flatMap(({ reason, subject }) => (reason === 'SpreadBetter' ? [subject] : [])),
  );
  const meant = new Map([...before].filter(([name]) => !planned.has(name)));
  const moved = await movedSince(stage, meant);
  stage.check(`nothing moves ${when}${moved.length > 0 ? `, but ${moved.join('; ')}` : ''}`, moved.length === 0);
}

/** Which process answers at this place; undefined: none. */
export async function processAt(stage: Stage, at: Place | string): Promise<string | undefined> {
  const answer = await stage.ask(at, ['INFO', 'server'], SILENCE_MS).catch(() => '');
  return /run_id:([0-9a-f]{40})/.exec(String(answer))?.[1];
}

/** What is at this place hangs, or there is nothing. */
export const isSilent = async (stage: Stage, at: Place | string): Promise<boolean> =>
  (await processAt(stage, at)) === undefined;

/** Until the name of each of these leads elsewhere than it did. */
export async function untilMoved(
  stage: Stage,
  partitions: readonly string[],
  before: ReadonlyMap<string, string>,
  timeoutMs = 20_000,
): Promise<void> {
  await stage.until(
    `${partitions.join(', ')} to be elsewhere`,
    async () => {
      const now = await ownersOf(stage);
      return partitions.every((name) => now.has(name) && now.get(name) !== before.get(name));
    },
    timeoutMs,
  );
}

/** Nothing serves on a machine that is being drained. */
export const untilEmpty = (stage: Stage, machine: string): Promise<void> =>
  stage.until('the machine to be empty', async () => (await stage.partitionsAt(machine)).length === 0, 40_000);

/** Every client writes to every partition; to these only, when given. */
export async function untilFlows(stage: Stage, partitions?: readonly string[], timeoutMs = 30_000): Promise<void> {
  await stage.until(
    `every client to write to ${partitions?.join(', ') ?? 'every partition'}`,
    () => stage.flows(partitions),
    timeoutMs,
  );
}

/** Partitions of a cache cluster, in order. */
export const partitionsOf = (stage: Stage, clusterName: string): readonly string[] =>
  stage.partitions.filter((name) => name.startsWith(`${clusterName}::`));

/** Reasons that a Barn has decided or noted since, with their subjects: `User.id::0 PodCrashed`. */
export const decidedSince = (stage: Stage, at: number): readonly string[] =>
  stage.barns
    .since(at)
    .flatMap(({ kind, reason, subject }) => (kind === 'decided' ? [`${subject ?? ''} ${reason ?? ''}`] : []));

/** Pods that are a cache cluster's, its standbys too. */
export async function podsOf(stage: Stage, clusterName: string): Promise<readonly Place[]> {
  const { world } = await stage.look();
  const own = new Set(
    world.pods.flatMap((pod) => {
      const claim = claimOf(pod);
      return claim && claimedCluster(claim) === clusterName ? [pod.address] : [];
    }),
  );
  return (await stage.pods()).filter(({ address }) => own.has(address));
}
