/**
 * The move planner (research/fleets.md 5.3): voluntary moves that repair the spread, best first.
 *  1. every partition that may move, with what is relieved where it leaves; most relief first
 *  2. for it the idle pod that is burdened least; as a burden is never negative, no later partition can gain more than its relief, so the
 *     search ends early
 *  3. when no single move gains anything: another partition makes room first (it must not lose by that), then the move goes to its pod
 * Every step lowers what is over the bounds, level by level, and nothing else is planned: it comes to an end, and planning again after
 * the plan was carried out, wholly or in part, never undoes it.
 */
import type { CacheCluster, Farm } from '../../farm/model.js';
import { applicationUserOf, type Facts, isOpen, type PartitionFact } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';
import { moveReason, moveSource } from '../move-reason.js';
import { addGains, compareGains, type Gain, isImproving, LEVELS, type Level, lessGain, NO_GAIN } from './gain.js';
import { Layout, type Seat } from './layout.js';
import { rendezvousScore } from './rendezvous.js';
import { keepsReserve } from './reserve.js';

export interface PlannedMove {
  readonly partition: string;
  readonly clusterName: string;
  readonly from: RedisPod;
  /** idle now, or, with `after`, once that move is done */
  readonly to: RedisPod;
  readonly gain: Gain;
  /** share (0..1) of the cache cluster's keys, and about of its hits, that move */
  readonly cost: { readonly share: number };
  /** partition whose move, earlier in the plan, frees `to` */
  readonly after?: string;
}

export interface MoveOptions {
  readonly maxMoves: number;
  /** partitions, cache clusters and pod addresses to be left alone */
  readonly inFlight?: ReadonlySet<string>;
  /** the last level worth a move; @default total */
  readonly upTo?: Level;
}

interface Step {
  readonly seat: Seat;
  readonly to: RedisPod;
  readonly gain: Gain;
}

/** Least important first, then the cheapest: what is moved is cold for a moment if something goes wrong. */
const compareSeats = (x: Seat, y: Seat): number =>
  y.partition.cluster.importance - x.partition.cluster.importance ||
  y.partition.cluster.clusterSize - x.partition.cluster.clusterSize;

/** What makes room for another must not lose by it, else it would go back before the other has come. */
const BARELY_LESS: Gain = { ...NO_GAIN, total: -1e-6 };

const kindOf = ({ partition, pod }: Seat, relief: Gain): string =>
  [partition.cluster.clusterName, pod.datacenter, ...LEVELS.map((level) => relief[level].toFixed(9))].join();

class MovePlanner {
  readonly layout: Layout;
  readonly #movable: readonly Seat[];
  readonly #ignored: readonly Level[];
  /** by cache cluster, datacenter and whether it is another one; until the next move */
  readonly #leastBurdens = new Map<string, Gain | undefined>();

  constructor(
    readonly farm: Farm,
    world: World,
    readonly facts: Facts,
    { inFlight = new Set(), upTo = 'total' }: MoveOptions,
  ) {
    this.layout = new Layout(farm, world, facts, inFlight);
    this.#ignored = LEVELS.slice(LEVELS.indexOf(upTo) + 1);
    const sharing = new Set<string>();
    const seen = new Set<string>();
    for (const { pod } of this.layout.seats) (seen.has(pod.address) ? sharing : seen).add(pod.address);
    this.#movable = this.layout.seats
      .filter(({ partition, pod }) => !sharing.has(pod.address) && this.#mayMove(partition, inFlight))
      .sort(compareSeats);
  }

  move(seat: Seat, to: RedisPod): void {
    this.layout.move(seat, to);
    this.#leastBurdens.clear();
  }

  /** Healthy, agreed upon, and nobody else has plans for it. */
  #mayMove(partition: PartitionFact, inFlight: ReadonlySet<string>): boolean {
    const { clusterName } = partition.cluster;
    const source = moveSource(partition);
    if (!source || partition.incoming.length > 0 || moveReason(partition, source)) return false;
    if ([partition.name, clusterName, source.address].some((key) => inFlight.has(key))) return false;
    return isOpen(source, applicationUserOf(this.farm.auth, clusterName));
  }

  /** Only the levels that are worth a move count. */
  #worth(gain: Gain): Gain {
    if (this.#ignored.length === 0) return gain;
    return { ...gain, ...Object.fromEntries(this.#ignored.map((level) => [level, 0])) };
  }

  #relief({ partition, pod }: Seat, crossing: boolean): Gain {
    return this.#worth(this.layout.reliefOf(partition.cluster, pod, crossing));
  }

  #burden({ partition, pod }: Seat, to: RedisPod): Gain {
    return this.#worth(this.layout.burdenOf(partition.cluster, to, to.datacenter !== pod.datacenter));
  }

  gainOf(seat: Seat, to: RedisPod): Gain {
    return lessGain(this.#relief(seat, to.datacenter !== seat.pod.datacenter), this.#burden(seat, to));
  }

  /** Never the machine that it is on, nor that of its standby, nor out of its placement. */
  #mayTake({ partition, pod }: Seat, to: RedisPod): boolean {
    if (to.machine === pod.machine || to.tier !== partition.cluster.tier) return false;
    if (!partition.cluster.datacenters.includes(to.datacenter)) return false;
    return partition.known.every(({ view }) =>
      view.replicas.every(({ address }) => this.facts.podAt.get(address)?.machine !== to.machine),
    );
  }

  #keepsReserve({ partition, pod }: Seat, to: string): boolean {
    return keepsReserve(this.layout, { cluster: partition.cluster, from: pod.datacenter, to });
  }

  /** The least that an idle pod of the datacenter is burdened; undefined: none is idle there. */
  #leastBurden(cluster: CacheCluster, datacenter: string, crossing: boolean): Gain | undefined {
    const key = `${cluster.clusterName} ${datacenter} ${crossing}`;
    if (this.#leastBurdens.has(key)) return this.#leastBurdens.get(key);
    let least: Gain | undefined;
    for (const pod of this.layout.idle(cluster.tier, datacenter)) {
      const burden = this.#worth(this.layout.burdenOf(cluster, pod, crossing));
      if (!least || compareGains(burden, least) < 0) least = burden;
    }
    this.#leastBurdens.set(key, least);
    return least;
  }

  /** The idle pod with which the partition gains most, if that is more than `least`. */
  #bestTarget(seat: Seat, least: Gain): Step | undefined {
    const { cluster, name } = seat.partition;
    let best: { to: RedisPod; gain: Gain; score: number } | undefined;
    const falls = (gain: Gain): boolean => {
      const order = compareGains(gain, best?.gain ?? least);
      return order < 0 || (order === 0 && !best);
    };
    for (const datacenter of cluster.datacenters) {
      const crossing = datacenter !== seat.pod.datacenter;
      const relief = this.#relief(seat, crossing);
      const burden = this.#leastBurden(cluster, datacenter, crossing);
      if (!burden || falls(lessGain(relief, burden)) || !this.#keepsReserve(seat, datacenter)) continue;
      for (const to of this.layout.idle(cluster.tier, datacenter)) {
        if (!this.#mayTake(seat, to)) continue;
        const gain = lessGain(relief, this.#burden(seat, to));
        if (falls(gain)) continue;
        const score = rendezvousScore(name, `${to.datacenter}/${to.name}`);
        if (!best || compareGains(gain, best.gain) > 0 || score < best.score) best = { to, gain, score };
      }
    }
    return best && { seat, to: best.to, gain: best.gain };
  }

  /** Partitions whose leaving would relieve something, most first. */
  #pressed(): readonly { seat: Seat; relief: Gain }[] {
    return this.#movable
      .map((seat) => ({ seat, relief: this.#relief(seat, true) }))
      .filter(({ relief }) => isImproving(relief))
      .sort((x, y) => compareGains(y.relief, x.relief));
  }

  bestMove(): Step | undefined {
    let best: Step | undefined;
    for (const { seat, relief } of this.#pressed()) {
      if (compareGains(relief, best?.gain ?? NO_GAIN) <= 0) break;
      best = this.#bestTarget(seat, best?.gain ?? NO_GAIN) ?? best;
    }
    return best;
  }

  /** Two steps for the sake of the second; only for datacenter and machine, the others are not worth two moves. */
  bestChain(): readonly [Step, Step] | undefined {
    const rooms = new Map<string, Step | undefined>();
    const tried = new Set<string>();
    for (const { seat, relief } of this.#pressed()) {
      if (relief.datacenter <= 0 && relief.machine <= 0) break;
      const kind = kindOf(seat, relief);
      if (tried.has(kind)) continue;
      tried.add(kind);
      for (const other of this.#movable) {
        if (!this.#wouldGain(seat, other)) continue;
        const first = this.#makeRoom(other, rooms);
        const chain = first && this.#chain(seat, first);
        if (chain) return chain;
      }
    }
    return undefined;
  }

  /** If the other one were not there. */
  #wouldGain(seat: Seat, other: Seat): boolean {
    const room = other.pod;
    if (other.partition.cluster === seat.partition.cluster || !this.#mayTake(seat, room)) return false;
    const { datacenter, machine } = this.gainOf(seat, room);
    return datacenter > 0 || (datacenter === 0 && machine > 0);
  }

  /** Where it could go without losing. Partitions of one kind are interchangeable, but for the machines they must not take. */
  #makeRoom(seat: Seat, rooms: Map<string, Step | undefined>): Step | undefined {
    const kind = kindOf(seat, this.#relief(seat, true));
    if (!rooms.has(kind)) rooms.set(kind, this.#bestTarget(seat, BARELY_LESS));
    const known = rooms.get(kind);
    if (!known) return undefined;
    return this.#mayTake(seat, known.to) ? { ...known, seat } : this.#bestTarget(seat, BARELY_LESS);
  }

  #chain(seat: Seat, first: Step): readonly [Step, Step] | undefined {
    const other = first.seat;
    const room = other.pod;
    this.layout.move(other, first.to);
    const gain = this.gainOf(seat, room);
    const fine = isImproving(addGains(first.gain, gain)) && this.#keepsReserve(seat, room.datacenter);
    this.layout.move(other, room);
    return fine ? [first, { seat, to: room, gain }] : undefined;
  }
}

/** A plan for nothing but the spread: partitions with another reason to move are left to the decisions that know it. */
export function planMoves(farm: Farm, world: World, facts: Facts, options: MoveOptions): readonly PlannedMove[] {
  // Half a world would show bounds that are not there: what cannot be seen looks like room that is missing.
  if (world.datacenters.some((datacenter) => !datacenter.complete)) return [];
  const planner = new MovePlanner(farm, world, facts, options);
  const moves: PlannedMove[] = [];
  const take = ({ seat, to, gain }: Step, after?: string): void => {
    const { name, cluster } = seat.partition;
    moves.push({
      partition: name,
      clusterName: cluster.clusterName,
      from: seat.pod,
      to,
      gain,
      cost: { share: 1 / cluster.clusterSize },
      ...(after === undefined ? {} : { after }),
    });
    planner.move(seat, to);
  };
  while (moves.length < options.maxMoves) {
    const move = planner.bestMove();
    if (move) {
      take(move);
      continue;
    }
    const chain = moves.length + 2 <= options.maxMoves ? planner.bestChain() : undefined;
    if (!chain) break;
    take(chain[0]);
    take(chain[1], chain[0].seat.partition.name);
  }
  return moves;
}
