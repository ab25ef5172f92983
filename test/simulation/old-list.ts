/**
 * A sentinel keeps an old list, and is able to act on it: what no draw of single faults comes to within thousands of seeds.
 *  1. it cannot be told (cut off from all Barns, or in TILT after it hung), while a partition dies and goes to its standby
 *  2. it still lists that pod as the standby of another partition of the cache cluster; the others have learnt of a new one
 *  3. no Barn runs, and that other partition hangs: a sentinel leads its failover, and it may be this one
 */
import { cutBetween } from './cut-between.js';
import type { RedisServer } from './servers.js';
import type { SimFarm } from './sim-farm.js';
import type { SimPod } from './sim-pod.js';
import type { SimSentinelPod } from './sim-sentinel-pod.js';

interface Scene {
  readonly sentinel: SimSentinelPod;
  /** of two partitions */
  readonly standby: SimPod<RedisServer>;
  readonly dies: SimPod<RedisServer>;
  readonly hangs: SimPod<RedisServer>;
  /** of the one that hangs */
  readonly partition: string;
}

/** ms: how long it hangs; until all else has settled, and nobody has begun to spread better; until one in TILT acts again */
const HUNG_MS = 2_800;
const SETTLED_MS = 6_000;
const ACTS_AGAIN_MS = 34_500;
/** ms that a failover takes at most */
const FAILOVER_MS = 7_000;

/** What could come to pass with this sentinel. @param apart its machine is cut off from the Barns, which have to see what dies, and the standby */
function scenesOf(farm: SimFarm, sentinel: SimSentinelPod, apart: boolean): readonly Scene[] {
  const { server } = sentinel;
  if (!server || sentinel.process?.paused === true) return [];
  const names = server.names().map(({ name, address }) => ({ name, address, replica: server.replicasOf(name)[0] }));
  const pairs = names.flatMap((one) =>
    names.flatMap((other) => (one !== other && one.replica === other.replica ? [[one, other] as const] : [])),
  );
  return pairs.flatMap(([one, other]) => {
    const [standby, dies, hangs] = [one.replica ?? '', one.address, other.address].map((at) => farm.podAt(at));
    if (!standby || !dies?.isRunning || !hangs?.isRunning || dies === hangs) return [];
    if (standby.server?.claim.startsWith('standby/') !== true) return [];
    if (apart && [standby, dies].some(({ ip }) => ip === sentinel.ip)) return [];
    return [{ sentinel, standby, dies, hangs, partition: other.name }];
  });
}

/** @param how it is kept from hearing @returns undefined: no sentinel lists one standby for two partitions */
export function keepOldList(
  farm: SimFarm,
  { x, ms }: { readonly x: number; readonly ms: number },
  how: 'cut' | 'hung',
): { readonly told: string; readonly undo: () => void } | undefined {
  const scenes = farm.sentinels.flatMap((sentinel) => scenesOf(farm, sentinel, how === 'cut'));
  const scene = scenes[Math.floor(x * scenes.length)];
  if (!scene) return undefined;
  const { sentinel, standby, dies, hangs, partition } = scene;
  const barns = farm.barnPlaces.map(({ ip }) => ip);
  const undo: (() => void)[] = [];
  let over = false;
  const then = (afterMs: number, run: () => void): unknown =>
    farm.scheduler.after(afterMs, () => {
      if (!over) run();
    });
  if (how === 'cut') undo.push(cutBetween(farm, [sentinel.ip], barns));
  const hung = how === 'hung' ? sentinel.hang() : undefined;
  if (hung) undo.push(() => hung.resume());
  then(HUNG_MS, () => hung?.resume());
  // Not back before its partition is at the standby.
  dies.kill();
  dies.start(SETTLED_MS);
  const isTaken = (): boolean => standby.server?.claim.startsWith('bound/') === true;
  then(SETTLED_MS, () => {
    if (isTaken()) for (const barn of farm.barnPlaces) barn.crash(ms - SETTLED_MS);
  });
  then(how === 'cut' ? SETTLED_MS : ACTS_AGAIN_MS, () => {
    const life = isTaken() ? hangs.hang() : undefined;
    if (life) undo.push(() => life.resume());
  });
  return {
    told: `${sentinel.label} is ${how === 'cut' ? 'cut off from all Barns' : 'hung'}, ${dies.label} is killed, and later no Barn runs and ${hangs.label}, ${partition}, hangs`,
    undo: () => {
      over = true;
      for (const end of undo) end();
    },
  };
}

/** ms until it is over */
export const OLD_LIST_MS = { unheard: SETTLED_MS + FAILOVER_MS, tilted: ACTS_AGAIN_MS + FAILOVER_MS } as const;
