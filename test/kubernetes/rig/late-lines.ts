import { connect, createServer, type Server, type Socket } from 'node:net';
import { direct, type Endpoint } from '../../../src/observe/route.js';
import { freeAddress } from '../../builders/processes.js';
import { until } from '../../local/until.js';
import { respElements, respWords } from './resp.js';

/** A command that came late, and what it was answered. */
export interface LateCommand {
  /** `ip:port` it was for */
  readonly address: string;
  readonly command: string;
  readonly answer: string;
}

/** One connection; everything behind a held write is held too, as on any stream. */
interface Line {
  readonly address: string;
  readonly near: Socket;
  readonly far: Socket;
  kept: Buffer[];
  /** what came back since the kept bytes were passed on */
  answered: string;
  delivered: boolean;
}

/** What binds a pod, before any name moves: a sentinel that is kept waiting would be taken for a dead one, and nothing be decided. */
const WRITES = /\r\nSETUSER\r\n/i;

const CLAIM = /\r\nSETUSER\r\n\$6\r\nmarker\r\n/i;

/** A network between one Barn and pods and sentinels that can be late with what Barn writes: bytes wait in it, none is lost. */
export class LateLines {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #lines = new Set<Line>();
  readonly #routes = new Map<string, Endpoint>();
  #holds = false;

  get routes(): Readonly<Record<string, Endpoint>> {
    return Object.fromEntries(this.#routes);
  }

  /** From now on these `ip:port` are reached through it. */
  async span(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      if (this.#routes.has(address)) continue;
      const { ip, port } = freeAddress(direct(address).port);
      const server = createServer((near) => this.#join(near, address));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, ip, resolve);
      });
      this.#servers.push(server);
      this.#routes.set(address, { host: ip, port });
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #join(near: Socket, address: string): void {
    const far = connect(direct(address));
    const line: Line = { address, near, far, kept: [], answered: '', delivered: false };
    this.#keep(near);
    this.#keep(far);
    this.#lines.add(line);
    near.on('data', (bytes) => {
      if (line.kept.length > 0 && !line.delivered) line.kept.push(bytes);
      else if (this.#holds && WRITES.test(bytes.toString('latin1'))) Object.assign(line, { kept: [bytes] });
      else far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (line.delivered) line.answered += bytes.toString('latin1');
      near.write(bytes);
    });
    // Who gives up waiting does not call back what is under way.
    near.once('close', () => line.kept.length === 0 && far.destroy());
    far.once('close', () => {
      this.#lines.delete(line);
      near.destroy();
    });
  }

  get #late(): readonly Line[] {
    return [...this.#lines].filter(({ kept, delivered }) => kept.length > 0 && !delivered);
  }

  /** Connections on which a write waits. */
  get waiting(): number {
    return this.#late.length;
  }

  /** A claim is among what waits: a pod is to be bound, or let go. */
  get claims(): boolean {
    return this.#late.some(({ kept }) => CLAIM.test(Buffer.concat(kept).toString('latin1')));
  }

  /** From now on writes wait. */
  hold(): void {
    this.#holds = true;
  }

  /** What waits arrives now; nothing waits any more. @returns every command that arrived late, with its answer */
  async deliver(): Promise<readonly LateCommand[]> {
    this.#holds = false;
    const late = this.#late;
    const asked = late.map(({ kept }) => respElements(Buffer.concat(kept).toString('latin1')));
    for (const line of late) {
      line.delivered = true;
      for (const bytes of line.kept) line.far.write(bytes);
    }
    const all = (line: Line, index: number): boolean =>
      line.far.destroyed || respElements(line.answered).length >= (asked[index]?.length ?? 0);
    await until('late commands are answered', () => late.every(all), 10_000);
    const commands = late.flatMap(({ address, answered }, index) => {
      const answers = respElements(answered);
      return (asked[index] ?? []).map((command, at) => ({
        ...{ address, command: respWords(command), answer: respWords(answers[at] ?? 'no answer') },
      }));
    });
    for (const line of late) {
      Object.assign(line, { kept: [], answered: '', delivered: false });
      if (line.near.destroyed) line.far.destroy();
    }
    return commands;
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }
}
