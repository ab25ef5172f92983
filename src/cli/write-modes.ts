/**
 * How each sentinel is told of a move: by a hello where that was proven on the very connection that it is sent on, for a connection ends with the
 * process behind it. It is proven when a connection is new, by whoever follows as well, so that nobody waits for it who takes over; what was not
 * proven by the time it is needed is proven first, and who does not let itself be tried is written to in Sentinel's own words.
 */
import type { Redis } from 'ioredis';
import type { Connector } from '../act/executor.js';
import type { HelloSender } from '../act/hello.js';
import { proveHello } from '../act/prove-hello.js';
import type { WriteMode } from '../act/switch-name.js';
import { SELF_TEST_NAME } from '../farm/access.js';
import { TILT_NAME } from '../plan/decisions/end-tilt.js';
import type { UpSentinel } from '../world/facts.js';
import type { World } from '../world/model.js';

export const upSentinels = (world: World): readonly UpSentinel[] =>
  world.groups.flatMap(({ sentinels }) => sentinels.filter((s): s is UpSentinel => s.state === 'up'));

/** Above the throw-away names of terms and of what ends TILT (plan/decisions/end-tilt.ts), which others write and take back. */
const FIRST_NUMBER = 2_048;
const NUMBERS = 2 ** 30;

/** ms: a proof is four short questions; who has not answered them by then is not written to now, and hears of the move from the others */
const PROOF_MS = 1_000;

export const isSelfTest = (name: string): boolean => name.startsWith(`${SELF_TEST_NAME}::`);

/** A name of a proof: one that is still there a pass later was left by a Barn that ended in the middle. */
const isOfProof = (name: string): boolean => isSelfTest(name) && name !== TILT_NAME;

export class WriteModes implements Connector {
  readonly #modes = new WeakMap<Redis, WriteMode>();
  readonly #proofs = new WeakMap<Redis, Promise<void>>();
  /** sentinel -> the connection that was lent last */
  readonly #lent = new Map<string, Redis>();
  /** sentinel -> in whose name it is told */
  #peers: ReadonlyMap<string, HelloSender> = new Map();
  /** sentinel -> its run id, as it was last seen */
  readonly #ids = new Map<string, string>();
  #leftovers: ReadonlySet<string> = new Set();
  /** of this process alone: two that prove at once, on one sentinel, do not meet */
  readonly #number = FIRST_NUMBER + Math.floor(Math.random() * NUMBERS);

  constructor(readonly connections: Connector) {}

  /** What is said to the sentinel on the connection that was lent last. */
  of = (address: string): WriteMode => {
    const redis = this.#lent.get(address);
    return (redis && this.#modes.get(redis)) ?? 'monitor';
  };

  /** A connection; to a sentinel one that is proven. @throws Error when it does not answer the proof in time */
  use<T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T> {
    return this.connections.use(address, async (redis) => {
      const peer = this.#peers.get(address);
      if (peer && !this.#modes.has(redis)) await this.#inTime(address, this.#prove(redis, peer));
      if (peer) this.#lent.set(address, redis);
      return work(redis);
    });
  }

  /** Tries the hello on every connection that is new; one that cannot be tried is tried again at the next pass. Never throws. */
  async prove(world: World): Promise<void> {
    const up = upSentinels(world);
    this.#follow(world, up);
    const left = new Set(
      up.flatMap(({ address, names }) =>
        names.filter(({ partition }) => isOfProof(partition)).map(({ partition }) => `${address} ${partition}`),
      ),
    );
    const old = [...left].filter((one) => this.#leftovers.has(one));
    this.#leftovers = left;
    await Promise.allSettled([
      ...up.map(async ({ address, tilt }) => {
        // What is not needed is not written to one in TILT.
        const peer = tilt ? undefined : this.#peers.get(address);
        if (peer) await this.connections.use(address, (redis) => this.#prove(redis, peer));
      }),
      ...old.map((one) => {
        const [address = '', name = ''] = one.split(' ');
        return this.connections.use(address, (redis) => redis.call('SENTINEL', 'REMOVE', name));
      }),
    ]);
  }

  /** Who is away or tilted now may be itself again when it is told: it is tried then. */
  #follow({ groups }: World, up: readonly UpSentinel[]): void {
    const known = new Set(groups.flatMap(({ sentinels }) => sentinels.map(({ address }) => address)));
    for (const address of this.#ids.keys()) if (!known.has(address)) this.#ids.delete(address);
    for (const address of this.#lent.keys()) if (!known.has(address)) this.#lent.delete(address);
    for (const { address, id } of up) this.#ids.set(address, id);
    this.#peers = new Map(
      groups.flatMap(({ sentinels }) =>
        sentinels.flatMap(({ address }) => {
          const other = sentinels.find((one) => one.address !== address && this.#ids.has(one.address));
          const id = other && this.#ids.get(other.address);
          return id === undefined ? [] : [[address, { address: other?.address ?? '', id }] as const];
        }),
      ),
    );
  }

  /**
   * Once for a connection, whoever asks meanwhile; what fails is tried by the next who asks, and what was not understood by the next pass: a
   * sentinel that was forgotten its name in the middle says the same as one that does not know the hello.
   */
  async #prove(redis: Redis, peer: HelloSender): Promise<void> {
    if (this.#modes.get(redis) === 'hello') return;
    const underWay =
      this.#proofs.get(redis) ??
      proveHello(redis, peer, this.#number).then((mode) => {
        this.#modes.set(redis, mode);
      });
    this.#proofs.set(redis, underWay);
    try {
      await underWay;
    } catch {
      // The next who asks tries again.
    } finally {
      this.#proofs.delete(redis);
    }
  }

  async #inTime(address: string, proof: Promise<void>): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`${address} has not shown in time what a hello does to it`)), PROOF_MS);
      late.unref();
    });
    try {
      await Promise.race([proof, tooLate]);
    } finally {
      clearTimeout(late);
    }
  }
}
