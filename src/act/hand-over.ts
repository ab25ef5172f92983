/**
 * The end of a warm move:
 *  1. both pods must be what the plan saw
 *  2. writes are held at the old pod (for a moment: the pause ends by itself) and the new one catches up to the last byte
 *  3. the new pod becomes its own master, takes the claim of the partition and opens
 *  4. the name goes to it (switch-name.ts)
 *  5. the old pod's clients are cut: they look the name up again and find the new pod
 * A failure before 4 is undone by the next pass: the old pod has never stopped being the partition's.
 */
import type { Redis } from 'ioredis';
import { claimText } from '../farm/access.js';
import type { Action } from '../plan/action.js';
import { open, readClaim, send, swap } from './act-on-pod.js';
import { done, failed, type Outcome, stale } from './outcome.js';
import { expelApplication } from './pod-commands.js';
import { type SwitchTools, switchName } from './switch-name.js';

type HandOver = Extract<Action, { kind: 'hand-over' }>;

/** Writes are held for no longer than this, ms, whatever happens to us. */
const HOLD_MS = 1_000;
const POLL_MS = 2;

const field = (info: string, name: string): number =>
  Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? Number.NaN);

/** Until the new pod has applied all that the old one had written when writes were held. @returns whether it has */
async function catchUp(action: HandOver, tools: SwitchTools): Promise<boolean> {
  const wanted = await tools.use(action.from.address, async (redis) => {
    await send(redis, ['CLIENT', 'PAUSE', String(HOLD_MS), 'WRITE']);
    return field(await redis.info('replication'), 'master_repl_offset');
  });
  const until = performance.now() + HOLD_MS / 2;
  while (performance.now() < until) {
    const has = await tools.use(action.pod.address, async (redis) =>
      field(await redis.info('replication'), 'slave_repl_offset'),
    );
    if (has >= wanted) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

const unpause = (action: HandOver, tools: SwitchTools): Promise<unknown> =>
  tools.use(action.from.address, (redis) => send(redis, ['CLIENT', 'UNPAUSE']));

async function takeOver(redis: Redis, action: HandOver, password: string): Promise<Outcome> {
  await send(redis, ['REPLICAOF', 'NO', 'ONE']);
  const other = await swap(redis, action.expect, action.claim);
  if (other !== undefined) return stale(`the new pod says ${other}, not ${claimText(action.expect)}`);
  return open(redis, action.claim, action.applicationUser, password);
}

async function cutClients(redis: Redis, action: HandOver): Promise<void> {
  if (action.fromGoesOn) {
    await send(redis, ['ACL', 'SETUSER', 'replication', 'off']);
    await send(redis, ['CLIENT', 'UNPAUSE']);
    await send(redis, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    return;
  }
  for (const command of expelApplication(action.applicationUser)) await send(redis, command);
  await send(redis, ['CLIENT', 'UNPAUSE']);
}

export async function handOver(action: HandOver, tools: SwitchTools, password: string): Promise<Outcome> {
  for (const [pod, claim] of [
    [action.from, action.fromClaim],
    [action.pod, action.expect],
  ] as const) {
    const now = await tools.use(pod.address, readClaim);
    if (now !== claimText(claim)) return stale(`${pod.name} says ${now}, not ${claimText(claim)}`);
  }
  if (!(await catchUp(action, tools))) {
    await unpause(action, tools);
    return failed(`${action.pod.name} did not catch up within ${HOLD_MS / 2} ms`);
  }
  const taken = await tools.use(action.pod.address, (redis) => takeOver(redis, action, password));
  // Before the pause ends: what is written to the old pod after that would be nowhere.
  let cut: Promise<void> | undefined;
  const cutNow = (): void => {
    cut = tools.use(action.from.address, (redis) => cutClients(redis, action));
    cut.catch(() => undefined);
  };
  const moved =
    taken.status === 'Done'
      ? await switchName({ ...action, kind: 'switch-name', from: action.from.address }, tools, cutNow)
      : taken;
  if (moved.status !== 'Done') {
    await unpause(action, tools);
    return moved;
  }
  await cut;
  return done(moved.reason);
}
