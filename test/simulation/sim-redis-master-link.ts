/** One attempt of a simulated replica to follow its master: connects, logs in as masteruser, asks to go on (PSYNC) and hears the stream. */
import type { ClientSide, Command, Surroundings } from './parts.js';

/** The stream goes over the connection as pushes on this channel, a JSON array each: `["copy", [key, value], ...]` or `[command, ...words]`. */
export const STREAM = '\0replication';

export interface LinkParts {
  readonly around: Surroundings;
  /** our own, as the master is to list us */
  readonly ip: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface LinkEvents {
  /** CONTINUE or FULLRESYNC, and its words */
  accepted(words: readonly string[]): void;
  heard(command: Command): void;
  /** once, unless it was ended */
  lost(): void;
}

export class MasterLink {
  /** ms of the virtual clock */
  heardAt: number;
  #side: ClientSide | undefined;
  #ended = false;

  /**
   * @param place replication id and offset of the next byte, as PSYNC has them
   * @param timeoutMs until an attempt to connect is given up
   */
  constructor(
    readonly parts: LinkParts,
    readonly place: readonly [id: string, next: string],
    readonly events: LinkEvents,
    master: string,
    timeoutMs: number,
  ) {
    this.heardAt = parts.around.now();
    parts.around.connect(master, timeoutMs, (end) => {
      if (typeof end === 'string') this.#lose();
      else if (this.#ended) end.close();
      else this.#open(end);
    });
  }

  end(): void {
    this.#ended = true;
    this.#side?.close();
  }

  acknowledge(offset: number): void {
    this.#side?.send(['REPLCONF', 'ACK', String(offset)]);
  }

  #open(side: ClientSide): void {
    this.#side = side;
    this.heardAt = this.parts.around.now();
    side.onClose(() => this.#lose());
    side.onPush((channel, message) => {
      if (channel !== STREAM || this.#ended) return;
      this.heardAt = this.parts.around.now();
      this.events.heard(JSON.parse(message) as Command);
    });
    const { user, password, ip, port } = this.parts;
    this.#step(side, [
      ['AUTH', user, password],
      ['REPLCONF', 'listening-port', String(port)],
      ['REPLCONF', 'ip-address', ip],
      ['REPLCONF', 'capa', 'eof', 'capa', 'psync2'],
      ['PSYNC', ...this.place],
    ]);
  }

  #step(side: ClientSide, [command, ...rest]: readonly Command[]): void {
    if (!command) return;
    side.send(command, (reply) => {
      if (this.#ended) return;
      this.heardAt = this.parts.around.now();
      if (reply === 'lost' || reply instanceof Error) this.#lose();
      else if (rest.length > 0) this.#step(side, rest);
      else this.events.accepted(String(reply).split(' '));
    });
  }

  #lose(): void {
    if (this.#ended) return;
    this.end();
    this.events.lost();
  }
}
