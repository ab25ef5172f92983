/**
 * What the parts of the simulation hold of each other. There is one virtual clock and one seeded source of chance; nothing here knows the wall
 * clock, the network or the file system, so that a seed replays exactly.
 */

/** A reply as ioredis gives it; an Error is an error reply (`message` is the line without the dash), not a thrown one. */
export type Reply = string | number | null | Error | readonly Reply[];

/** One argument each, as sent: `['ACL', 'LIST']`. */
export type Command = readonly string[];

/** The end of a connection at the server. */
export interface ServerSide {
  /** unique in a run */
  readonly id: number;
  /** ip of who connected; the fence, sentinels, Barn and applications are told apart by it and by the user */
  readonly from: string;
  /** user that logged in; undefined until then. The server sets it */
  user: string | undefined;
  /** of CLIENT SETNAME */
  name: string;
  /** a message to a subscriber */
  push(channel: string, message: string): void;
  /** the server ends the connection (CLIENT KILL, ACL DELUSER, its own end) */
  close(): void;
}

/** The end of a connection at the client. Commands are answered in order; a lost connection answers what is outstanding with `lost`. */
export interface ClientSide {
  /** @param answer `lost`: the connection ended first; whether the server has carried the command out is not known */
  send(command: Command, answer?: (reply: Reply | 'lost') => void): void;
  /**
   * The answer to a command that changes nothing, at once and unseen by anybody, where nothing is in its way; undefined: it has to be sent. For those
   * that ask the same all the time: most of what goes over the network of a farm at rest would be PINGs.
   */
  atOnce?(command: Command): Reply | undefined;
  onPush(heard: (channel: string, message: string) => void): void;
  /** once, also when it was never open */
  onClose(ended: () => void): void;
  close(): void;
}

/** What a connect attempt comes to: refused at once by a machine whose process is down; silent (a time-out of the caller's) otherwise. */
export type Connected = ClientSide | 'refused' | 'silent';

/** Whoever listens on an address. */
export interface Listener {
  /** `ip:port` */
  readonly address: string;
  accepted(client: ServerSide): void;
  execute(client: ServerSide, command: Command): Reply;
  /**
   * CLIENT PAUSE (part 1, for the network of part 3): asked before `execute` where a listener has it. True: this command and all that follow it on
   * this connection wait until `resume` is called; then `holds` is asked again, since Redis looks at the command anew. Not called once it has closed.
   */
  holds?(client: ServerSide, command: Command, resume: () => void): boolean;
  /** ms by `now()` until when its only thread is busy (part 2, for the network of part 3): commands wait so long, and so do replies */
  readonly busyUntil?: number;
  closed(client: ServerSide): void;
}

/** The world around a simulated process; of one life of it: after its end nothing of it is called any more. */
export interface Surroundings {
  /** ms of the virtual clock; the same for all, before skew */
  now(): number;
  /** ms since the epoch by the clock of this machine: may be skewed and may jump */
  wallClock(): number;
  /** 0 <= x < 1, seeded */
  random(): number;
  /** calls back after so many virtual ms unless the process has ended; returns what cancels it */
  after(ms: number, run: () => void): () => void;
  /** the answer comes after a delay of the network; 'silent' after `timeoutMs` */
  connect(address: string, timeoutMs: number, answer: (end: Connected) => void): void;
}
