/**
 * Moves a name to another pod on every sentinel of its group at once:
 *  1. the pod must answer and still carry the claim the plan saw; else nothing is sent
 *  2. each sentinel gets one hello with a higher epoch in the name of a peer (hello.ts); where that was proven not to work it gets
 *     REMOVE, MONITOR and SET in one write instead, so that the name is never unknown
 *  3. what each sentinel says after its write is what counts: a majority of the group's declared size must give the new address, the rest
 *     follows by gossip
 */
import type { Redis } from 'ioredis';
import { claimText } from '../farm/access.js';
import { parsePartitionName } from '../farm/words.js';
import type { Action, SentinelRef } from '../plan/action.js';
import { readClaim } from './act-on-pod.js';
import { readAddress, sendAll, setOptions } from './act-on-sentinel.js';
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

/** @returns the address the sentinel gives after the write, or why there is none */
async function tell(action: SwitchName, index: number, tools: SwitchTools): Promise<string> {
  const sentinel = action.sentinels[index] as SentinelRef;
  const peer = action.sentinels[(index + 1) % action.sentinels.length] as SentinelRef;
  try {
    return await tools.write(sentinel.address, async (redis) => {
      const error = await sendAll(redis, commandsFor(action, sentinel, peer, tools));
      return (await readAddress(redis, action.partition)) ?? error ?? 'no address';
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function switchName(action: SwitchName, tools: SwitchTools): Promise<Outcome> {
  if (!parsePartitionName(action.partition))
    return failed(`${JSON.stringify(action.partition)} is no name for Sentinel`);
  const claim = await tools.use(action.pod.address, readClaim);
  if (claim !== claimText(action.claim)) return stale(`the pod says ${claim}, not ${claimText(action.claim)}`);
  const answers = await Promise.all(action.sentinels.map((_, index) => tell(action, index, tools)));
  const moved = answers.filter((answer) => answer === action.pod.address).length;
  const said = `${moved} of ${action.sentinels.length} sentinels give ${action.pod.address}`;
  const others = answers.filter((answer) => answer !== action.pod.address);
  return moved >= action.needed
    ? done(said)
    : failed(`${said}, ${action.needed} needed; others say ${others.join(' / ')}`);
}
