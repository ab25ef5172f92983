import type { Redis } from 'ioredis';
import { type Claim, claimText, LOCKED, USER } from '../farm/access.js';
import { partitionName } from '../farm/words.js';
import type { Action, HeldClaim } from '../plan/action.js';
import { addressWords } from './hello.js';
import { done, type Outcome, stale } from './outcome.js';
import {
  admitApplication,
  askingRule,
  type Command,
  expelApplication,
  prepareApplication,
  requireReplicas,
  sendInOneWrite,
  setReplication,
  setSentinelRules,
  swapMarker,
} from './pod-commands.js';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

export const send = async (redis: Redis, [command, ...args]: Command): Promise<unknown> => redis.call(command, ...args);

async function sendAll(redis: Redis, commands: readonly Command[]): Promise<void> {
  for (const command of commands) await send(redis, command);
}

/** The same in one round trip, for what does harm to nobody if one of them fails. @returns their replies @throws the first error */
async function sendTogether(redis: Redis, commands: readonly Command[]): Promise<readonly unknown[]> {
  return (await sendInOneWrite(redis, commands)).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

/** What another Barn has sent under an old claim, and is still on its way, never arrives: it would be done to the next owner. */
const CUT_OTHER_BARNS: Command = ['CLIENT', 'KILL', 'USER', USER.barn, 'SKIPME', 'yes'];
const CLAIM_QUESTION: Command = ['ACL', 'LIST'];

/** The claim the pod carries now, as text. */
export const readClaim = async (redis: Redis): Promise<string> => claimIn(await send(redis, CLAIM_QUESTION));

function claimIn(users: unknown): string {
  const lines = (Array.isArray(users) ? users : []).filter((line) => typeof line === 'string');
  const marker = lines.find((line) => line.startsWith('user marker '));
  return / ~(\S+)/.exec(marker ?? '')?.[1] ?? '';
}

const differsFrom = (claim: Claim, now: string): Outcome | undefined =>
  now === claimText(claim) ? undefined : stale(`the pod says ${now}, not ${claimText(claim)}`);

/** @returns undefined when the pod carries the claim, else what it says instead */
const carriesOther = async (redis: Redis, claim: Claim): Promise<Outcome | undefined> =>
  differsFrom(claim, await readClaim(redis));

/**
 * A standby that is bound refuses INFO from the very write on that binds it: a Barn that ended right after would leave a pod that sentinels may still
 * give to another partition. Where it was somebody else's by then, its owner sees it shut a little too far and opens it again (finish-opening.ts).
 * @returns undefined when swapped, else what the pod says instead
 */
export async function swap(redis: Redis, from: Claim, to: Claim): Promise<string | undefined> {
  const first = from.kind === 'standby' && to.kind === 'bound' ? [askingRule(false)] : [];
  const failure = (await sendInOneWrite(redis, [...first, swapMarker(from, to)])).at(-1)?.[0];
  if (!failure) return undefined;
  const now = await readClaim(redis);
  if (now !== claimText(from)) return now;
  throw failure;
}

/**
 * Rules before the application: a client must never write to a pod that a sentinel may still convert. The claim is read again in between and
 * is the password that lets the application in, so a release at the same time is never undone.
 */
export async function open(
  redis: Redis,
  claim: Claim,
  user: string | undefined,
  password: string,
  asked = false,
): Promise<Outcome> {
  const rules = [setSentinelRules(claim.kind, asked), setReplication(claim.kind)];
  if (user === undefined) {
    await sendTogether(redis, rules);
    return done(claimText(claim));
  }
  const replies = await sendTogether(redis, [...rules, prepareApplication(user, claim), CLAIM_QUESTION]);
  const other = differsFrom(claim, claimIn(replies.at(-1)));
  if (other) return other;
  await send(redis, admitApplication(user, claim, password));
  return done(claimText(claim));
}

/**
 * What is to be flushed first: `incoming` is never opened as it is, so whoever finds it half done gives the pod back (continue-moves.ts,
 * release-removed.ts), emptied.
 */
const beforeFlush = (claim: HeldClaim): Claim => ({
  kind: 'incoming',
  partition: claim.kind === 'standby' ? partitionName(claim.clusterName, 0) : claim.partition,
  epoch: claim.epoch,
});

export async function claimPod(redis: Redis, action: Of<'claim-pod'>, password: string): Promise<Outcome> {
  const first = action.flush ? beforeFlush(action.claim) : action.claim;
  const other = await swap(redis, action.expect, first);
  if (other !== undefined) return stale(`the pod says ${other}, not ${claimText(action.expect)}`);
  if (action.flush) {
    await redis.flushall();
    const since = await swap(redis, first, action.claim);
    if (since !== undefined) return stale(`the pod says ${since}, not ${claimText(first)}`);
  }
  // After the flush, which is a write; before the application, whose every write is to have its replicas.
  if (action.minReplicas !== undefined) await sendAll(redis, requireReplicas(action.minReplicas));
  return open(redis, action.claim, action.applicationUser, password, action.asked);
}

export async function openPod(redis: Redis, action: Of<'open-pod'>, password: string): Promise<Outcome> {
  // Whoever claimed it and is held up would flush what is written from now on.
  await send(redis, CUT_OTHER_BARNS);
  const other = await carriesOther(redis, action.claim);
  if (other) return other;
  if (action.minReplicas !== undefined) await sendAll(redis, requireReplicas(action.minReplicas));
  return open(redis, action.claim, action.applicationUser, password);
}

/** Out of service: no application, no data, no scripts; only then locked, which is what makes it idle. */
export async function releasePod(redis: Redis, action: Of<'release-pod'>): Promise<Outcome> {
  const other = await carriesOther(redis, action.expect);
  if (other) return other;
  await sendAll(redis, shut(action.applicationUser));
  await send(redis, ['REPLICAOF', 'NO', 'ONE']);
  // A pod of its own has no replicas: it would refuse the flush, and everything its next owner writes.
  await sendAll(redis, requireReplicas(0));
  // What is dropped does not come back: who was held up until the pod was another's drops nothing.
  const since = await carriesOther(redis, action.expect);
  if (since) return since;
  await redis.flushall();
  await dropFunctions(redis);
  return (await carriesOther(redis, action.expect)) ?? lock(redis, action);
}

const shut = (user: string): readonly Command[] => [
  ...expelApplication(user),
  setSentinelRules('locked'),
  setReplication('locked'),
];

/**
 * Another Barn that took the pod for half open may have let the application in again while it was emptied; once it is locked nobody can. So that it
 * is never locked and open, both come in one write.
 */
async function lock(redis: Redis, { expect, applicationUser }: Of<'release-pod'>): Promise<Outcome> {
  const answers = await sendInOneWrite(redis, [...shut(applicationUser), CUT_OTHER_BARNS, swapMarker(expect, LOCKED)]);
  const failure = answers.find(([error]) => error)?.[0];
  if (!failure) return done('locked');
  const other = await carriesOther(redis, expect);
  if (other) return other;
  throw failure;
}

/** Scripts and functions survive FLUSHALL and would be the next owner's; functions exist from Redis 7.0 on. */
async function dropFunctions(redis: Redis): Promise<void> {
  await send(redis, ['SCRIPT', 'FLUSH']);
  try {
    await send(redis, ['FUNCTION', 'FLUSH']);
  } catch (error) {
    if (!/unknown command/i.test(String(error))) throw error;
  }
}

export async function setMinReplicas(redis: Redis, action: Of<'set-min-replicas'>): Promise<Outcome> {
  const other = await carriesOther(redis, action.claim);
  if (other) return other;
  await sendAll(redis, requireReplicas(action.replicas));
  return done(`requires ${action.replicas}`);
}

export async function followMaster(redis: Redis, action: Of<'follow-master'>): Promise<Outcome> {
  const other = await carriesOther(redis, action.claim);
  if (other) return other;
  await send(redis, ['REPLICAOF', ...(action.master === undefined ? ['NO', 'ONE'] : addressWords(action.master))]);
  return done(`follows ${action.master ?? 'nobody'}`);
}

export async function allowCopy(redis: Redis, action: Of<'allow-copy'>): Promise<Outcome> {
  const other = await carriesOther(redis, action.claim);
  if (other) return other;
  // INFO tells who copies, and a sentinel would list the copy as a replica of the name.
  if (action.allowed && action.claim.kind === 'bound') await send(redis, askingRule(false));
  await send(redis, ['ACL', 'SETUSER', USER.replication, action.allowed ? 'on' : 'off']);
  return done(action.allowed ? 'may be copied from' : 'may not be copied from');
}

/**
 * The rules are another user's than the claim, so no command sets the one only if the other holds: it is read again, and who lost the pod
 * meanwhile takes back what he gave.
 */
export async function allowInfo(redis: Redis, action: Of<'allow-info'>): Promise<Outcome> {
  const before = await carriesOther(redis, action.claim);
  if (before) return before;
  await send(redis, askingRule(action.allowed));
  const after = await carriesOther(redis, action.claim);
  if (!after) return done(action.allowed ? 'may be asked' : 'may not be asked');
  if (action.allowed) await send(redis, askingRule(false));
  return after;
}
