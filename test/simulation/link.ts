import type { Network } from './network.js';
import type { ClientSide, Command, Listener, Reply, ServerSide } from './parts.js';
import type { SimProcess } from './sim-process.js';

type End = 'client' | 'server';

/** What is on its way in one direction, in order. */
interface Pipe {
  readonly from: SimProcess;
  readonly to: SimProcess;
  /** ms that a message takes at least */
  readonly distance: number;
  /** ms at which the last message arrives */
  lastAt: number;
  /** arrived at a machine that cannot be reached, or at a process that is stopped */
  held: (() => void)[];
}

/** ms until a way back that is broken is a connection that is broken */
const BREAKS_MS = 5;

/** One TCP connection and the commands on it. */
export class Link {
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;
  readonly #answers: (((reply: Reply | 'lost') => void) | undefined)[] = [];
  readonly #waiting: (readonly Command[])[] = [];
  /** the last one, as long as it may grow */
  #write: Command[] | undefined;
  /** answers to what is carried out of a write so far */
  #unsent: Reply[] = [];
  readonly #side: ServerSide;
  #clientOpen = true;
  #serverOpen = true;
  readonly #chance: () => number;
  #accepted = false;
  #busy = false;
  #broken = false;
  #heard: (channel: string, message: string) => void = () => undefined;
  #closed: (() => void) | undefined;
  readonly client: ClientSide;

  constructor(
    readonly network: Network,
    readonly id: number,
    readonly from: SimProcess,
    readonly to: SimProcess,
    readonly listener: Listener,
  ) {
    this.#chance = network.scheduler.stream(`${from.name} ${from.ip} ${listener.address}`);
    this.#toServer = { from, to, distance: network.distance(from.ip, to.ip), lastAt: 0, held: [] };
    this.#toClient = { from: to, to: from, distance: network.distance(to.ip, from.ip), lastAt: 0, held: [] };
    this.#side = {
      id,
      from: from.ip,
      user: undefined,
      name: '',
      push: (channel, message) => {
        this.#reply();
        this.#toTheClient(() => this.#heard(channel, message));
      },
      close: () => this.close('server'),
    };
    this.client = {
      send: (command, answer) => this.#send(command, answer),
      atOnce: (command) => (this.#isSound(command) ? listener.execute(this.#side, command) : undefined),
      onPush: (heard) => {
        this.#heard = heard;
      },
      onClose: (ended) => {
        if (this.#clientOpen) this.#closed = ended;
        else ended();
      },
      close: () => this.close('client'),
    };
  }

  /** The kernel takes the connection; the process hears of it as soon as it runs. */
  accept(connected: () => void): void {
    this.#arrive(this.#toServer, () => {
      if (!this.#serverOpen) return;
      this.#accepted = true;
      this.listener.accepted(this.#side);
    });
    this.#toTheClient(connected);
  }

  #send(command: Command, answer?: (reply: Reply | 'lost') => void): void {
    if (!this.#clientOpen) {
      if (answer) this.from.after(0, () => answer('lost'));
      return;
    }
    if (this.network.sending && !this.network.sending(this.from, this.listener.address, command)) return;
    this.#answers.push(answer);
    if (this.from.writing && this.#write) {
      this.#write.push(command);
      return;
    }
    const write: Command[] = [command];
    this.#write = write;
    this.#transmit(this.#toServer, () => this.#execute(write));
  }

  /** Whatever is sent now arrives, and is answered without delay. */
  #isSound(command: Command): boolean {
    const { network, from, to, listener } = this;
    if (!this.#accepted || !this.#clientOpen || !this.#serverOpen || this.#broken) return false;
    if (!from.alive || !to.alive || from.paused || to.paused) return false;
    if (this.#answers.length + this.#waiting.length > 0 || (listener.busyUntil ?? 0) > network.scheduler.now)
      return false;
    if (this.#isTroubled(this.#toServer) || this.#isTroubled(this.#toClient)) return false;
    return listener.holds?.(this.#side, command, () => undefined) !== true;
  }

  #isTroubled({ from, to, held }: Pipe): boolean {
    return held.length > 0 || this.network.isCut(from.ip, to.ip) || this.network.lateness(from.ip, to.ip) > 0;
  }

  /** Writes are carried out in order: one that is held (CLIENT PAUSE) holds those behind it. */
  #execute(write: readonly Command[]): void {
    if (this.#waiting.push(write) === 1) this.#goOn();
  }

  /** A server reads all commands of one write before it looks at anything else, whatever becomes of the connection meanwhile. */
  #goOn(): void {
    for (let write = this.#waiting[0]; write?.[0] && this.#serverOpen; write = this.#waiting[0]) {
      const busyMs = (this.listener.busyUntil ?? 0) - this.network.scheduler.now;
      if (busyMs > 0) {
        this.#goOnAfter(busyMs);
        return;
      }
      if (this.listener.holds?.(this.#side, write[0], () => this.#goOn()) === true) return;
      this.#waiting.shift();
      for (const command of write) this.#carryOut(command);
      this.#reply();
    }
  }

  /** Replies are lost from now on; what is on its way there arrives, as what the kernel has taken does. */
  #breakBack(): void {
    this.#broken = true;
    this.network.scheduler.after(BREAKS_MS, () => this.reset());
  }

  #goOnAfter(ms: number): void {
    if (this.#busy) return;
    this.#busy = true;
    this.network.scheduler.after(ms, () => {
      this.#busy = false;
      if (this.to.alive) this.#goOn();
    });
  }

  #carryOut(command: Command): void {
    const reply = this.listener.execute(this.#side, command);
    const { network, listener, from, to } = this;
    network.executed?.({ listener, server: to, client: from, side: this.#side, command, reply });
    if (network.losing?.(from, listener.address, command) === true) {
      this.#reply();
      this.#breakBack();
    }
    if (!this.#broken) this.#unsent.push(reply);
  }

  /** What is answered to one write goes back in one. */
  #reply(): void {
    const replies = this.#unsent;
    if (replies.length === 0) return;
    this.#unsent = [];
    this.#toTheClient(() => {
      for (const reply of replies) this.#answers.shift()?.(reply);
    }, this.listener.busyUntil);
  }

  #toTheClient(deliver: () => void, notBefore = 0): void {
    this.#transmit(
      this.#toClient,
      () => {
        if (this.#clientOpen) deliver();
      },
      notBefore,
    );
  }

  #transmit(pipe: Pipe, deliver: () => void, notBefore = 0): void {
    const { scheduler } = this.network;
    const ms = (pipe.distance + this.network.lateness(pipe.from.ip, pipe.to.ip)) * (1 + this.#chance());
    pipe.lastAt = Math.max(pipe.lastAt, Math.max(notBefore, scheduler.now) + ms);
    scheduler.at(pipe.lastAt, () => this.#arrive(pipe, deliver));
  }

  #arrive(pipe: Pipe, deliver: () => void): void {
    if (pipe.held.length > 0 || this.#isHeld(pipe)) {
      pipe.held.push(deliver);
      this.network.holdsBack(this);
    } else if (pipe.to.alive) deliver();
    // Whoever was there is gone: its machine answers with a reset.
    else this.#resetFrom(pipe.to);
  }

  #isHeld({ from, to }: Pipe): boolean {
    return to.paused || this.network.isCut(from.ip, to.ip);
  }

  /** @returns whether nothing is held back any more */
  flush(): boolean {
    for (const pipe of [this.#toServer, this.#toClient]) {
      if (pipe.held.length === 0 || this.#isHeld(pipe)) continue;
      for (const deliver of pipe.held.splice(0)) this.#arrive(pipe, deliver);
    }
    return this.#toServer.held.length + this.#toClient.held.length === 0;
  }

  #resetFrom(gone: SimProcess): void {
    if (!this.from.alive && !this.to.alive) return;
    if (gone === this.to) this.#toTheClient(() => this.#endClient());
    else this.#transmit(this.#toServer, () => this.#endServer());
  }

  close(by: End): void {
    if (by === 'client') {
      if (!this.#clientOpen) return;
      this.#endClient();
      this.#transmit(this.#toServer, () => this.#endServer());
    } else {
      if (!this.#serverOpen) return;
      this.#reply();
      this.#endServer();
      this.#toTheClient(() => this.#endClient());
    }
  }

  reset(): void {
    this.#endServer();
    this.#endClient();
  }

  ended(end: End, told: boolean): void {
    if (told) {
      this.close(end);
      return;
    }
    if (end === 'client') this.#clientOpen = false;
    else this.#serverOpen = false;
    this.#rest();
  }

  #endClient(): void {
    if (!this.#clientOpen) return;
    this.#clientOpen = false;
    const lost = this.#answers.splice(0);
    if (this.from.alive) {
      for (const answer of lost) answer?.('lost');
      this.#closed?.();
    }
    this.#rest();
  }

  #endServer(): void {
    if (!this.#serverOpen) return;
    this.#serverOpen = false;
    if (this.#accepted && this.to.alive) this.listener.closed(this.#side);
    this.#rest();
  }

  #rest(): void {
    if (!this.#clientOpen && !this.#serverOpen) this.network.forget(this);
  }
}
