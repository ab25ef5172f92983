import { Executor } from '../act/executor.js';
import { proveHello } from '../act/prove-hello.js';
import type { WriteMode } from '../act/switch-name.js';
import { Barn, type BarnEvent } from '../barn/barn.js';
import type { ReplacementWindow } from '../barn/replacement-window.js';
import { lookAt } from '../observe/look.js';
import { SentinelEvents } from '../observe/sentinel-events.js';
import { Sentry } from '../observe/sentry.js';
import type { SentinelView, World } from '../world/model.js';
import type { FarmAccess } from './farm-access.js';

export interface BarnOptions {
  /** 0..1023 */
  readonly controller: number;
  readonly told?: (event: BarnEvent) => void;
  readonly window?: ReplacementWindow;
  /** ms between two passes; @default 1000 */
  readonly intervalMs?: number;
}

export interface RunningBarn {
  readonly barn: Barn;
  /** lets what is under way end, then closes every connection that is Barn's own */
  stop(): Promise<void>;
}

type UpSentinel = Extract<SentinelView, { state: 'up' }>;

const upSentinels = (world: World): readonly UpSentinel[] =>
  world.groups.flatMap(({ sentinels }) => sentinels.filter((s): s is UpSentinel => s.state === 'up'));

/** How each sentinel is told of a move, proven once for each process of it that is met. */
class WriteModes {
  readonly #modes = new Map<string, WriteMode>();
  readonly #proven = new Set<string>();

  constructor(
    readonly access: FarmAccess,
    readonly controller: number,
  ) {}

  of = (address: string): WriteMode => this.#modes.get(address) ?? 'hello';

  /** Tries the hello on sentinels not met before; one that cannot be tried is tried again at the next pass. */
  async prove(world: World): Promise<void> {
    for (const { group, address, tilt } of upSentinels(world)) {
      const peer = upSentinels(world).find((other) => other.group === group && other.address !== address);
      if (!peer || tilt || this.#proven.has(address)) continue;
      this.#proven.add(address);
      try {
        const from = { address: peer.address, id: peer.id };
        this.#modes.set(
          address,
          await this.access.connections.use(address, (redis) => proveHello(redis, from, this.controller)),
        );
      } catch {
        this.#proven.delete(address);
      }
    }
  }
}

/** Puts the loop together with its eyes and hands, and starts it. */
export function runBarn(access: FarmAccess, options: BarnOptions): RunningBarn {
  const modes = new WriteModes(access, options.controller);
  const executor = new Executor(access.connections, access.credentials, { modeOf: modes.of });
  const told = (event: BarnEvent): void => {
    if (event.kind === 'pass') follow(event);
    options.told?.(event);
  };
  const barn = new Barn({
    frame: access.frame,
    observe: () => access.observe(),
    look: (world, partitions) => lookAt(world, partitions, access.connections),
    act: (decision) => executor.run([decision]),
    now: () => performance.now(),
    wallClock: () => Date.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    controller: options.controller,
    told,
    ...(options.window ? { window: options.window } : {}),
    ...(options.intervalMs === undefined ? {} : { intervalMs: options.intervalMs }),
  });
  const { route } = access.connections;
  const sentry = new Sentry({ lost: (address) => void barn.hintAddress(address), route });
  const events = new SentinelEvents(access.credentials, (partition) => void barn.hint([partition]), route);

  /** Eyes on exactly what serves now. */
  function follow({ world, facts }: Extract<BarnEvent, { kind: 'pass' }>): void {
    sentry.watch(new Set(facts.partitions.flatMap(({ agreed }) => agreed ?? [])));
    events.listen(new Set(upSentinels(world).map(({ address }) => address)));
    modes.prove(world).catch(() => undefined);
  }

  const running = barn.run();
  return {
    barn,
    stop: async () => {
      barn.stop();
      // The last pass may still tell of what it saw: eyes are closed after it, for good.
      await running;
      sentry.close();
      events.close();
    },
  };
}
