import { connect } from 'node:net';
import { splitAddress } from '../../src/farm/words.js';
import { now } from './clock.js';
import type { LiveFarm } from './live-farm.js';
import { fullLoopback, hasNamespaces, NamespaceNetwork, type Prefix, slowLoopback } from './namespace-network.js';
import { addressOf, everybody, prefixOf } from './sides.js';
import type { CutHow, Network, Side } from './stage.js';

const PINGS = 15;

/** Cuts in the network of a running farm. */
export class LiveNetwork implements Network {
  readonly #lines = new NamespaceNetwork();
  #slow = false;

  /** @param said what was done, for the history */
  constructor(
    readonly farm: LiveFarm,
    readonly said: (what: string) => void,
    readonly ping: () => Promise<unknown>,
  ) {}

  async #add(rules: readonly { readonly from: Prefix; readonly to: Prefix; readonly what: CutHow | 'pass' }[]) {
    if (!hasNamespaces()) throw new Error('a cut needs `network`: say so in `needs`');
    await this.#lines.add(rules);
    this.#tellFences();
  }

  /** redis-cli has no source address: what its machine cannot reach is written down for it. */
  #tellFences(): void {
    const ips = this.farm.embedded.machines().map(({ address }) => address);
    const isLost = (x: string, y: string): boolean => !this.#lines.passes(x, y) || !this.#lines.passes(y, x);
    this.farm.programs.cuts(new Map(ips.map((ip) => [ip, ips.filter((other) => isLost(ip, other))])), ips);
  }

  async cut(from: Side, to: Side, options: { how?: CutHow; oneWay?: boolean } = {}): Promise<void> {
    const { how: what = 'drop', oneWay = false } = options;
    const [x, y] = [prefixOf(this.farm, from), prefixOf(this.farm, to)];
    await this.#add([{ from: x, to: y, what }, ...(oneWay ? [] : [{ from: y, to: x, what }])]);
    this.said(`cut ${from} ${oneWay ? '->' : '<->'} ${to} (${what})`);
  }

  async isolate(side: Side, options: { how?: CutHow; but?: readonly Side[] } = {}): Promise<void> {
    const { how: what = 'drop', but = [] } = options;
    const own = prefixOf(this.farm, side);
    const bothWays = (other: Prefix, kind: CutHow | 'pass') => [
      { from: own, to: other, what: kind },
      { from: other, to: own, what: kind },
    ];
    const passes = [own, ...but.map((one) => prefixOf(this.farm, one))].flatMap((one) => bothWays(one, 'pass'));
    const others = everybody(this.farm).filter((one) => one !== own);
    await this.#add([...passes, ...others.flatMap((one) => bothWays(one, what))]);
    this.said(`cut off ${side}${but.length > 0 ? ` but from ${but.join(', ')}` : ''} (${what})`);
  }

  async mend(): Promise<void> {
    if (!hasNamespaces()) return;
    await this.#lines.mend();
    this.#tellFences();
    if (this.#slow) await fullLoopback();
    this.#slow = false;
  }

  async #pingMs(): Promise<number> {
    const samples: number[] = [];
    for (let i = 0; i < PINGS; i++) {
      const asked = now();
      await this.ping();
      samples.push(now() - asked);
    }
    return samples.sort((x, y) => x - y)[PINGS >> 1] ?? Number.NaN;
  }

  async slow(rateKbit: number): Promise<{ readonly before: number; readonly after: number }> {
    if (!hasNamespaces()) throw new Error('slow lines need `tc`: say so in `needs`');
    const before = await this.#pingMs();
    await slowLoopback(rateKbit);
    this.#slow = true;
    this.said(`all lines carry ${rateKbit} kbit/s`);
    return { before, after: await this.#pingMs() };
  }

  reaches(from: Side, address: string, timeoutMs = 700): Promise<boolean> {
    const { host, port } = splitAddress(address);
    const localAddress = addressOf(this.farm, from);
    return new Promise((resolve) => {
      const socket = connect({ host, port, localAddress });
      const end = (reached: boolean): void => {
        clearTimeout(late);
        socket.destroy();
        resolve(reached);
      };
      const late = setTimeout(() => end(false), timeoutMs);
      socket.once('connect', () => end(true)).once('error', () => end(false));
    });
  }
}
