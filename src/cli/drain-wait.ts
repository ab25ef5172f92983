/** Until what is being emptied is empty, or the time is over: then what is left, and why. */
import { declaredIn, planOnce } from '../barn/seed.js';
import type { Farm } from '../farm/model.js';
import { claimOf, deriveFacts, type Facts } from '../world/facts.js';
import type { RedisPod, World } from '../world/model.js';
import { CliError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { type DrainTarget, isFree, podsOn, useOf } from './drain-impact.js';
import type { FarmAccess } from './farm-access.js';

/** ms between two looks */
const PAUSE_MS = 500;

export interface Left {
  /** `<datacenter>/<pod>` */
  readonly pod: string;
  /** what it is for, in words */
  readonly use: string;
  readonly why: string;
}

/** Partitions and cache clusters that the pod works for. */
function subjectsOf(facts: Facts, pod: RedisPod): ReadonlySet<string> {
  const claim = claimOf(pod);
  const subjects = new Set(facts.listed.get(pod.address) ?? []);
  if (claim && claim.kind !== 'locked') subjects.add(claim.kind === 'standby' ? claim.clusterName : claim.partition);
  return subjects;
}

/** What is still in use there. Why: what a plan made now says of it; what it would do is Barn's to do. */
export function whatIsLeft(farm: Farm, world: World, targets: readonly DrainTarget[]): readonly Left[] {
  const facts = deriveFacts(farm, world);
  const unread = world.datacenters
    .filter(({ name, complete }) => !complete && targets.some(({ datacenter }) => datacenter === name))
    .map(({ name, problem }) => ({ pod: `${name}/*`, use: 'unknown', why: `not read: ${problem ?? 'no answer'}` }));
  const used = podsOn(world, targets).filter((pod) => !isFree(facts, pod));
  if (used.length === 0) return unread;
  const { decisions, notes } = planOnce(farm, world, 0, 0);
  const left = used.map((pod) => {
    const subjects = subjectsOf(facts, pod);
    const held = notes.filter(({ subject }) => subjects.has(subject));
    const due = decisions.filter(({ subject }) => subjects.has(subject));
    const [note, decision] = [held[0], due[0]];
    const why = note
      ? `${note.reason}: ${note.detail}`
      : decision
        ? `${decision.reason}: Barn is about to, if it runs`
        : 'nothing is decided about it';
    return { pod: `${pod.datacenter}/${pod.name}`, use: useOf(facts, pod), why };
  });
  return [...unread, ...left];
}

const rows = (left: readonly Left[]): readonly string[] =>
  left.map(({ pod, use, why }) => `  ${pod.padEnd(24)} ${use} (${why})`);

export interface DrainWait {
  readonly what: string;
  readonly targets: readonly DrainTarget[];
  readonly timeoutMs: number;
}

/** Tells on stderr how many are left whenever that changes. @throws CliError (1) when the time is over */
export async function waitUntilEmpty(
  access: FarmAccess,
  { what, targets, timeoutMs }: DrainWait,
  io: CliIo,
): Promise<void> {
  const start = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - start) / 1_000)} s`;
  let told = -1;
  for (;;) {
    const world = await access.observe();
    const left = whatIsLeft(declaredIn(access.frame, world), world, targets);
    if (left.length === 0) {
      io.out(`${what} is empty after ${elapsed()}\n`);
      return;
    }
    if (left.length !== told) io.err(`${elapsed()}: ${left.length} left, ${left[0]?.pod} ${left[0]?.use}\n`);
    told = left.length;
    if (performance.now() - start >= timeoutMs)
      throw new CliError([`${what} is not empty after ${elapsed()}, ${left.length} left:`, ...rows(left)].join('\n'));
    await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS, timeoutMs)));
  }
}
