/**
 * Machines, listeners and TCP connections between processes: ordered and lossless while they last, late when a way is slow, held back while two
 * machines cannot reach each other, and silent for ever when one of them loses power.
 */
import { Link } from './link.js';
import type { Command, Connected, Listener, Reply, ServerSide } from './parts.js';
import type { Scheduler } from './scheduler.js';
import type { SimProcess } from './sim-process.js';

interface Listening {
  readonly listener: Listener;
  readonly process: SimProcess;
}

/** ms on the way from a machine to itself, and between two machines, and as much again by chance */
const HERE_MS = 0.02;
const NEAR_MS = 0.1;
const FAR_MS = 0.4;
/** ms until what was held back is sent again once the way is free, by chance */
const RETRANSMIT_MS = 300;

export interface Execution {
  readonly listener: Listener;
  readonly server: SimProcess;
  readonly client: SimProcess;
  readonly side: ServerSide;
  readonly command: Command;
  readonly reply: Reply;
}

export class Network {
  readonly #listening = new Map<string, Listening>();
  readonly #links = new Set<Link>();
  /** those that hold something back */
  readonly #holding = new Set<Link>();
  readonly #zones = new Map<string, string>();
  readonly #down = new Set<string>();
  /** `from>to` that nothing gets through, and how many reasons there are for it */
  readonly #cut = new Map<string, number>();
  /** `from>to` -> ms that each message takes longer */
  readonly #slow = new Map<string, number>();
  /** `from>to` -> when it was last cut or slow */
  readonly #troubled = new Map<string, number>();
  #ids = 0;
  /** told of each command that a server has carried out */
  executed: ((execution: Execution) => void) | undefined;
  /** asked before a command goes out; false: it does not */
  sending: ((client: SimProcess, address: string, command: Command) => boolean) | undefined;

  /** asked after a command was carried out; true: the connection breaks before the reply is there */
  losing: ((client: SimProcess, address: string, command: Command) => boolean) | undefined;

  constructor(readonly scheduler: Scheduler) {}

  addMachine(ip: string, zone: string): void {
    this.#zones.set(ip, zone);
  }

  zoneOf(ip: string): string | undefined {
    return this.#zones.get(ip);
  }

  get machines(): readonly string[] {
    return [...this.#zones.keys()];
  }

  isUp(ip: string): boolean {
    return !this.#down.has(ip);
  }

  powerOff(ip: string): void {
    this.#down.add(ip);
  }

  powerOn(ip: string): void {
    this.#down.delete(ip);
    this.flush();
  }

  /** One way; ends as often as it was begun. */
  cut(from: string, to: string): void {
    const way = `${from}>${to}`;
    this.#cut.set(way, (this.#cut.get(way) ?? 0) + 1);
  }

  mend(from: string, to: string): void {
    const way = `${from}>${to}`;
    const left = (this.#cut.get(way) ?? 0) - 1;
    this.#troubled.set(way, this.scheduler.now);
    if (left > 0) this.#cut.set(way, left);
    else this.#cut.delete(way);
    this.flush();
  }

  slow(from: string, to: string, ms: number): void {
    if (ms > 0) this.#slow.set(`${from}>${to}`, ms);
    else {
      this.#slow.delete(`${from}>${to}`);
      this.#troubled.set(`${from}>${to}`, this.scheduler.now);
    }
  }

  /** ms: since when nothing is wrong with this way */
  calmSince(from: string, to: string): number {
    const way = `${from}>${to}`;
    if (this.isCut(from, to) || this.#slow.has(way)) return this.scheduler.now;
    return this.#troubled.get(way) ?? Number.NEGATIVE_INFINITY;
  }

  /** Nothing gets from here to there now. */
  isCut(from: string, to: string): boolean {
    if (this.#down.size === 0 && this.#cut.size === 0) return false;
    if (from === to) return this.#down.has(to);
    return this.#down.has(to) || this.#down.has(from) || (this.#cut.size > 0 && this.#cut.has(`${from}>${to}`));
  }

  /** ms for one message @param chance 0 <= chance < 1 */
  delay(from: string, to: string, chance: number): number {
    return (this.distance(from, to) + this.lateness(from, to)) * (1 + chance);
  }

  /** ms that a message takes at least when all is well; stays as it is */
  distance(from: string, to: string): number {
    return from === to ? HERE_MS : this.#zones.get(from) === this.#zones.get(to) ? NEAR_MS : FAR_MS;
  }

  /** ms that it takes longer now */
  lateness(from: string, to: string): number {
    return this.#slow.size > 0 ? (this.#slow.get(`${from}>${to}`) ?? 0) : 0;
  }

  listen(process: SimProcess, listener: Listener): void {
    this.#listening.set(listener.address, { listener, process });
  }

  listenerAt(address: string): Listening | undefined {
    return this.#listening.get(address);
  }

  get listening(): Iterable<Listening> {
    return this.#listening.values();
  }

  connect(client: SimProcess, address: string, timeoutMs: number, answer: (end: Connected) => void): void {
    const host = address.slice(0, address.lastIndexOf(':'));
    let open = true;
    let link: Link | undefined;
    const late = client.after(timeoutMs, () => {
      open = false;
      link?.close('client');
      answer('silent');
    });
    const conclude = (end: Connected): void => {
      if (!open || !client.alive) return;
      open = false;
      late();
      answer(end);
    };
    this.scheduler.after(this.delay(client.ip, host, client.random()), () => {
      if (!open || !client.alive || this.isCut(client.ip, host)) return;
      const listening = this.#listening.get(address);
      if (!listening) {
        this.scheduler.after(this.delay(host, client.ip, client.random()), () => {
          if (client.paused) client.after(0, () => conclude('refused'));
          else if (!this.isCut(host, client.ip)) conclude('refused');
        });
        return;
      }
      const made = new Link(this, ++this.#ids, client, listening.process, listening.listener);
      link = made;
      this.#links.add(made);
      made.accept(() => conclude(made.client));
    });
  }

  /** A link has come to rest at both ends. */
  forget(link: Link): void {
    this.#links.delete(link);
    this.#holding.delete(link);
  }

  /** Something on a link waits until the way is free. */
  holdsBack(link: Link): void {
    if (this.#links.has(link)) this.#holding.add(link);
  }

  /** What was held back goes on where it can. */
  flush(): void {
    this.scheduler.after(this.scheduler.random() * RETRANSMIT_MS, () => {
      for (const link of [...this.#holding].sort((one, other) => one.id - other.id))
        if (link.flush()) this.#holding.delete(link);
    });
  }

  /** @param told whether the other ends of its connections hear of it */
  ended(process: SimProcess, told: boolean): void {
    for (const [address, listening] of this.#listening)
      if (listening.process === process) this.#listening.delete(address);
    for (const link of [...this.#links]) {
      if (link.from === process) link.ended('client', told);
      if (link.to === process) link.ended('server', told);
    }
  }

  /** Resets what matches: both ends see their connection closed. */
  reset(matches: (from: SimProcess, to: SimProcess) => boolean): number {
    let count = 0;
    for (const link of [...this.#links])
      if (matches(link.from, link.to)) {
        count++;
        this.#troubled.set(`${link.from.ip}>${link.to.ip}`, this.scheduler.now);
        link.reset();
      }
    return count;
  }
}
