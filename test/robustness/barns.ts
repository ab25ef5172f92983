import { Child } from './child.js';
import { now, wait } from './clock.js';
import type { LiveFarm } from './live-farm.js';
import { poll } from './poll.js';
import type { BarnControl, BarnLine, CrashPoint } from './stage.js';

/** Of a pass, beside what a line says. */
export type Line = BarnLine & { readonly decisions?: number; readonly ms?: number; readonly waits?: readonly string[] };

/** `127.250.0.x`: machines of the Barns */
export const barnAddress = (name: string): string => `127.250.0.${Number(name.slice('barn-'.length))}`;

/** A Barn needs a second to load and another to lead, on two busy cores more. */
const START_MS = 30_000;
const STOP_MS = 3_000;

/** The Barns of a farm, each a process, and all that they said. */
export class Barns implements BarnControl {
  readonly #children = new Map<string, Child>();
  readonly #leads = new Set<string>();
  #lines: Line[] = [];
  #expectCrash: Promise<string> | undefined;
  /** told what is done to them, for the history */
  said: (what: string) => void = () => undefined;

  constructor(
    readonly farm: LiveFarm,
    readonly election: boolean,
  ) {}

  get running(): readonly string[] {
    return [...this.#children].filter(([, child]) => child.running).map(([name]) => name);
  }

  since(at: number): readonly Line[] {
    return this.#lines.filter((line) => line.at >= at);
  }

  forget(): void {
    this.#lines = this.#lines.slice(-50);
  }

  leader(): string | undefined {
    return this.running.find((name) => this.#leads.has(name));
  }

  #told(line: Line): void {
    this.#lines.push(line);
    if (line.kind !== 'led') return;
    if (line.leads) this.#leads.add(line.barn);
    else this.#leads.delete(line.barn);
  }

  async start(barn?: string): Promise<string> {
    const free = [1, 2, 3, 4].map((n) => `barn-${n}`).find((name) => !this.running.includes(name));
    const name = barn ?? free ?? 'barn-5';
    const { state, kubeconfig } = this.farm;
    const args = [name, barnAddress(name), state, kubeconfig, this.election ? 'election' : 'alone'];
    const child = new Child('barn-process', args, (line) => this.#told(line as Line));
    this.#children.set(name, child);
    this.#leads.delete(name);
    void child.ended.then(() => this.#children.get(name) === child && this.#leads.delete(name));
    const started = now();
    await poll(`${name} looks at the farm`, () => this.#hasPassed(name, started) || mustLive(child), START_MS);
    return name;
  }

  #hasPassed(name: string, since: number): boolean {
    return this.since(since).some(({ barn, kind }) => barn === name && kind === 'pass');
  }

  #child(barn: string | undefined): [string, Child] {
    const name = barn ?? this.leader() ?? this.running[0];
    const child = name === undefined ? undefined : this.#children.get(name);
    if (name === undefined || !child) throw new Error(`no Barn ${barn ?? ''} runs`);
    return [name, child];
  }

  async kill(barn?: string): Promise<string> {
    const [name, child] = this.#child(barn);
    this.said(`kill -9 ${name}`);
    await child.end();
    return name;
  }

  async terminate(barn?: string): Promise<string> {
    const [name, child] = this.#child(barn);
    this.said(`SIGTERM ${name}`);
    child.signal('SIGTERM');
    await child.ended;
    return name;
  }

  async pause(barn?: string): Promise<string> {
    const [name, child] = this.#child(barn);
    this.said(`SIGSTOP ${name}`);
    child.signal('SIGSTOP');
    return name;
  }

  async resume(barn: string): Promise<void> {
    this.#children.get(barn)?.signal('SIGCONT');
  }

  async crashAt(point: CrashPoint): Promise<void> {
    const children = this.running.map((name) => this.#child(name));
    this.said(`Barn is to crash ${JSON.stringify(point)}`);
    this.#expectCrash = Promise.race(children.map(([name, child]) => child.ended.then(() => name)));
    await Promise.all(children.map(([, child]) => child.ask('crashAt', point)));
  }

  async crashed(ms = 20_000): Promise<string> {
    if (!this.#expectCrash) throw new Error('no Barn was told to crash');
    let ended: string | undefined;
    void this.#expectCrash.then((name) => {
      ended = name;
    });
    await poll('a Barn has crashed where it was told to', () => ended !== undefined, ms);
    return ended ?? '';
  }

  /** The Barn that leads began a pass after `at` that found nothing to do. */
  quietSince(at: number): boolean {
    const leader = this.leader();
    const said = this.#lines.filter(({ barn }) => barn === leader);
    const last = said.findLast(({ kind }) => kind === 'pass');
    const begun = this.#lines.findLast(({ kind }) => kind === 'decided' || kind === 'ended')?.at ?? 0;
    return last !== undefined && last.at - (last.ms ?? 0) > at && last.at > begun && last.decisions === 0;
  }

  /** So many run again, from the first on; those that hang go on. */
  async startAll(count: number): Promise<void> {
    for (const name of this.running) await this.resume(name);
    for (let n = 1; this.running.length < count; n++)
      if (!this.running.includes(`barn-${n}`)) await this.start(`barn-${n}`);
  }

  /** All processes gone, whatever state they are in. */
  async stop(): Promise<void> {
    // As Kubernetes ends them, so that the next ones need not wait for Leases to run out.
    const all = [...this.#children.values()];
    for (const child of all) {
      child.signal('SIGCONT');
      child.signal('SIGTERM');
    }
    await Promise.race([Promise.all(all.map(({ ended }) => ended)), wait(STOP_MS)]);
    await Promise.all(all.map((child) => child.end()));
    this.#children.clear();
    this.#leads.clear();
  }
}

function mustLive(child: Child): boolean {
  if (!child.running) throw new Error('a Barn ended by itself');
  return false;
}
