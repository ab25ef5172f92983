/**
 * Moves a name to another pod on every sentinel of its group at once:
 *  1. the pod must answer and still carry the claim the plan saw; else nothing is sent
 *  2. each sentinel gets one hello with a higher epoch in the name of a peer (hello.ts); where that was proven not to work it gets
 *     REMOVE, MONITOR and SET in one write instead, so that the name is never unknown
 *  3. what each sentinel says after its write is what counts: a majority of the group's declared size must give the new address, the rest
 *     follows by gossip
 *  4. a majority that holds another address at no lower an epoch will never give this one: another Barn was first, and a pod that was claimed and
 *     opened for it is given up at once. Where that is not sure (no answer, too few) the pod stays, for the name may have been told
 */
import type { Redis } from 'ioredis';
import { claimText } from '../farm/access.js';
import { parsePartitionName } from '../farm/words.js';
import type { Action, SentinelRef } from '../plan/action.js';
import { readClaim, releasePod } from './act-on-pod.js';
import { isOutbid, sendAndRead, setOptions } from './act-on-sentinel.js';
import { addressWords, helloFrom } from './hello.js';
import { done, failed, type Outcome, stale } from './outcome.js';
import type { Command } from './pod-commands.js';

type SwitchName = Extract<Action, { kind: 'switch-name' }>;

/** `hello`, or `monitor` where a sentinel was proven not to understand it. */
export type WriteMode = 'hello' | 'monitor';

export interface SwitchTools {
  use<T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T>;
  /** the same for a sentinel, after what is already under way there */
  write<T>(sentinel: string, work: (redis: Redis) => Promise<T>): Promise<T>;
  modeOf(sentinel: string): WriteMode;
  readonly sentinelPassword: string;
}

function commandsFor(
  action: SwitchName,
  sentinel: SentinelRef,
  peer: SentinelRef,
  tools: SwitchTools,
): readonly Command[] {
  if (tools.modeOf(sentinel.address) === 'hello' && peer !== sentinel)
    return [helloFrom(peer, action.partition, action.pod.address, action.epoch)];
  const [ip, port] = addressWords(action.pod.address);
  return [
    ['SENTINEL', 'REMOVE', action.partition],
    ['SENTINEL', 'MONITOR', action.partition, ip, port, String(action.options.quorum)],
    setOptions(action.partition, action.options, tools.sentinelPassword),
  ];
}

interface Told {
  /** the address that the sentinel gives after the write, or why there is none */
  readonly says: string;
  readonly outbid: boolean;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function tell(action: SwitchName, index: number, tools: SwitchTools): Promise<Told> {
  const { partition, pod, epoch } = action;
  const sentinel = action.sentinels[index] as SentinelRef;
  const peer = action.sentinels[(index + 1) % action.sentinels.length] as SentinelRef;
  try {
    return await tools.write(sentinel.address, async (redis) => {
      const { error, address } = await sendAndRead(redis, partition, commandsFor(action, sentinel, peer, tools));
      const elsewhere = address !== undefined && address !== pod.address;
      return {
        says: address ?? error ?? 'no address',
        outbid: elsewhere && (await isOutbid(redis, partition, pod.address, epoch)),
      };
    });
  } catch (error) {
    return { says: reasonOf(error), outbid: false };
  }
}

/** By its claim, which nobody else has: a pod that is another's by now is left alone. @returns what came of it, for a person */
async function giveUp({ pod, claim, applicationUser }: SwitchName, tools: SwitchTools): Promise<string> {
  if (applicationUser === undefined) return '';
  try {
    const release = { kind: 'release-pod', pod, expect: claim, applicationUser } as const;
    const released = await tools.use(pod.address, (redis) => releasePod(redis, release));
    return released.status === 'Done' ? `; ${pod.name} is given up` : `; ${pod.name} is left alone: ${released.reason}`;
  } catch (error) {
    return `; ${pod.name} is not given up yet: ${reasonOf(error)}`;
  }
}

/** @param whenMoved called as soon as so many sentinels as are needed give the new address: one that does not answer is not waited for */
export async function switchName(
  action: SwitchName,
  tools: SwitchTools,
  whenMoved: () => void = () => undefined,
): Promise<Outcome> {
  if (!parsePartitionName(action.partition))
    return failed(`${JSON.stringify(action.partition)} is no name for Sentinel`);
  const claim = await tools.use(action.pod.address, readClaim);
  if (claim !== claimText(action.claim)) return stale(`the pod says ${claim}, not ${claimText(action.claim)}`);
  let given = 0;
  const answers = await Promise.all(
    action.sentinels.map(async (_, index) => {
      const told = await tell(action, index, tools);
      if (told.says === action.pod.address && ++given === action.needed) whenMoved();
      return told;
    }),
  );
  const others = answers.filter(({ says }) => says !== action.pod.address);
  const moved = answers.length - others.length;
  const said = `${moved} of ${answers.length} sentinels give ${action.pod.address}`;
  if (moved >= action.needed) return done(said);
  const instead = `${said}, ${action.needed} needed; others say ${others.map(({ says }) => says).join(' / ')}`;
  if (answers.filter(({ outbid }) => outbid).length < action.needed) return failed(instead);
  return stale(`${instead} at no lower an epoch${await giveUp(action, tools)}`);
}
