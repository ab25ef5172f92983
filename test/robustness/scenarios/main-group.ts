import type { Place, Stage } from '../stage.js';
import { decidedSince, isSilent, ownersOf, untilFlows, untilMoved } from './seen.js';

/** The sentinels of the group that names the un-replicated partitions. */
export const ofMain = async (stage: Stage): Promise<readonly Place[]> =>
  (await stage.sentinels()).filter(({ pod }) => pod.startsWith('sentinel-main-'));

/** One that is not on this machine. */
export async function sentinelApart(stage: Stage, machine: string): Promise<Place> {
  const found = (await ofMain(stage)).find((sentinel) => sentinel.machine !== machine);
  if (!found) throw new Error(`all sentinels are on ${machine}`);
  return found;
}

/** `sentinel_tilt:1` */
export async function isTilted(stage: Stage, sentinel: Place): Promise<boolean> {
  const info = await stage.ask(sentinel, ['INFO', 'sentinel'], 500).catch(() => '');
  return /sentinel_tilt:1/.test(String(info));
}

/** Its machine goes down, so that it is dead for everybody; until it serves elsewhere. */
export async function loseOwner(stage: Stage, partition: string): Promise<void> {
  const before = await ownersOf(stage);
  const place = await stage.owner(partition);
  await stage.kill(place);
  await stage.prove(`the pod of ${partition} is dead`, () => isSilent(stage, place));
  await untilMoved(stage, [partition], before, 60_000);
  await untilFlows(stage, undefined, 60_000);
}

/** Barn has decided nothing since then. */
export function nothingDecided(stage: Stage, since: number): void {
  const did = decidedSince(stage, since);
  stage.check(`Barn decides nothing${did.length > 0 ? `, but ${did.join(', ')}` : ''}`, did.length === 0);
}
