import type { Redis } from 'ioredis';
import { USER } from '../farm/access.js';
import { parsePartitionName } from '../farm/words.js';
import type { Action, NameOptions } from '../plan/action.js';
import { addressWords, helloFrom } from './hello.js';
import { done, failed, type Outcome, stale } from './outcome.js';
import { type Command, sendInOneWrite } from './pod-commands.js';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** All options in one SET: each SET rewrites and fsyncs the whole sentinel.conf (design.md 4.1). */
export const setOptions = (partition: string, options: NameOptions, password: string): Command => [
  'SENTINEL',
  'SET',
  partition,
  'quorum',
  String(options.quorum),
  'down-after-milliseconds',
  String(options.downAfterMs),
  'failover-timeout',
  String(options.failoverTimeoutMs),
  'parallel-syncs',
  '1',
  'auth-user',
  USER.sentinel,
  'auth-pass',
  password,
];

/**
 * The commands that make one sentinel know a partition: MONITOR the standby first so that the hello, which carries the real address and the
 * epoch, turns it into the replica (design.md 4.10); then the options; then one hello for each peer, so that it knows them at once.
 */
export function nameCommands(action: Of<'name-partition'>, password: string): readonly Command[] {
  const { partition, options } = action;
  const [ip, port] = addressWords(action.standby ?? action.address);
  return [
    ...(action.replace ? [['SENTINEL', 'REMOVE', partition] as const] : []),
    ['SENTINEL', 'MONITOR', partition, ip, port, String(options.quorum)],
    setOptions(partition, options, password),
    ...action.peers.map((peer) => helloFrom(peer, partition, action.address, action.epoch)),
  ];
}

/** One write, one round trip; the first error is returned, the rest is applied all the same by Sentinel. */
export async function sendAll(redis: Redis, commands: readonly Command[]): Promise<string | undefined> {
  return (await sendInOneWrite(redis, commands)).find(([error]) => error)?.[0]?.message;
}

const addressQuestion = (partition: string): Command => ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', partition];

function addressIn(reply: unknown): string | undefined {
  if (reply === null) return undefined;
  if (!Array.isArray(reply)) throw new Error('no Sentinel answers there: an address is none of its replies');
  return `${reply[0]}:${reply[1]}`;
}

export async function readAddress(redis: Redis, partition: string): Promise<string | undefined> {
  const [question, ...words] = addressQuestion(partition);
  return addressIn(await redis.call(question, ...words));
}

/**
 * Writes, and asks in the same round trip what came of it: `-ERR Failed to save` is applied in memory all the same, so only the address counts.
 * @throws Error when the question is not answered
 */
export async function sendAndRead(
  redis: Redis,
  partition: string,
  commands: readonly Command[],
): Promise<{ readonly error: string | undefined; readonly address: string | undefined }> {
  const answers = await sendInOneWrite(redis, [...commands, addressQuestion(partition)]);
  const [failure, reply] = answers.pop() ?? [new Error('no answer'), undefined];
  if (failure) throw failure;
  return { error: answers.find(([error]) => error)?.[0]?.message, address: addressIn(reply) };
}

/**
 * Whether the name is another pod's there for good, as far as a write of this epoch goes: a sentinel takes higher ones only, from us and from its
 * peers. One that is failing the name over may still come to give the very pod.
 */
export async function isOutbid(redis: Redis, partition: string, address: string, epoch: number): Promise<boolean> {
  const reply = await redis.call('SENTINEL', 'MASTER', partition);
  const words = Array.isArray(reply) ? reply.map(String) : [];
  const field = (name: string): string => words[words.findIndex((word, i) => i % 2 === 0 && word === name) + 1] ?? '';
  const elsewhere = `${field('ip')}:${field('port')}` !== address;
  return elsewhere && Number(field('config-epoch')) >= epoch && !field('flags').includes('failover_in_progress');
}

export async function namePartition(redis: Redis, action: Of<'name-partition'>, password: string): Promise<Outcome> {
  if (!parsePartitionName(action.partition))
    return failed(`${JSON.stringify(action.partition)} is no name for Sentinel`);
  const before = await readAddress(redis, action.partition);
  if (!action.replace && before !== undefined) return stale(`already known at ${before}`);
  if (action.replace && before !== action.address)
    return stale(`known at ${before ?? 'no address'}, not ${action.address}`);
  if (action.peers.length === 0 && action.standby !== undefined)
    return failed('a standby needs at least one peer whose hello carries the real address');
  const { error, address: after } = await sendAndRead(redis, action.partition, nameCommands(action, password));
  if (after === action.address) return done(`${after}, epoch ${action.epoch}${error ? ` (${error})` : ''}`);
  return failed(`${error ?? 'no error'}; it says ${after ?? 'no address'}`);
}

export async function setNameOptions(redis: Redis, action: Of<'set-options'>, password: string): Promise<Outcome> {
  if (!parsePartitionName(action.partition))
    return failed(`${JSON.stringify(action.partition)} is no name for Sentinel`);
  const error = await sendAll(redis, [setOptions(action.partition, action.options, password)]);
  return error === undefined ? done('set') : failed(error);
}

export async function forgetName(redis: Redis, action: Of<'forget-name'>): Promise<Outcome> {
  const before = await readAddress(redis, action.partition);
  if (before === undefined) return done('not known');
  if (before !== action.address) return stale(`known at ${before}, not ${action.address}`);
  const { error, address: after } = await sendAndRead(redis, action.partition, [
    ['SENTINEL', 'REMOVE', action.partition],
  ]);
  return after === undefined ? done('forgotten') : failed(`${error ?? 'no error'}; it says ${after}`);
}

/** Asks for Sentinel's own failover; it is accepted at once and takes seconds. */
export async function failOver(redis: Redis, action: Of<'fail-over'>): Promise<Outcome> {
  const before = await readAddress(redis, action.partition);
  if (before !== action.from) return stale(`known at ${before ?? 'no address'}, not ${action.from}`);
  const error = await sendAll(redis, [['SENTINEL', 'FAILOVER', action.partition]]);
  return error === undefined ? done('under way') : failed(error);
}
