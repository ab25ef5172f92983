/** A server that takes Redis commands and answers what it likes. */
import { createServer, type Server, type Socket } from 'node:net';
import { respElements } from '../kubernetes/rig/resp.js';

/** How an answer travels. */
export interface Manner {
  /** bytes at a time; left out: all at once */
  readonly pieces?: number;
  /** after the answer; @default stay */
  readonly after?: 'stay' | 'close' | 'reset';
}

/** What is answered to the n-th command that is no greeting; undefined: nothing, for ever. */
export type Answers = (words: readonly string[], n: number) => Uint8Array | string | undefined;

const GREETING = new Set(['auth', 'hello', 'client', 'select']);
const wordsOf = (element: string): readonly string[] => {
  const words: string[] = [];
  for (let at = element.indexOf('$'); at >= 0; ) {
    const line = element.indexOf('\r\n', at);
    const length = Number(element.slice(at + 1, line));
    words.push(element.slice(line + 2, line + 2 + length));
    at = element.indexOf('$', line + 2 + length);
  }
  return words;
};

export class HostileServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** every command, but for greetings */
  readonly received: (readonly string[])[] = [];
  #asked = 0;

  constructor(
    readonly answers: Answers,
    readonly manner: Manner = {},
  ) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    let begun = '';
    socket.on('data', (data) => {
      begun += data.toString('latin1');
      for (const element of respElements(begun)) {
        begun = begun.slice(element.length);
        const words = wordsOf(element);
        if (GREETING.has((words[0] ?? '').toLowerCase()) && !/^(pause|unpause|kill)$/i.test(words[1] ?? ''))
          socket.write('+OK\r\n');
        else this.#answer(socket, words);
      }
    });
  }

  #answer(socket: Socket, words: readonly string[]): void {
    this.received.push(words);
    const answer = this.answers(words, this.#asked++);
    if (answer === undefined) return;
    const data = typeof answer === 'string' ? Buffer.from(answer, 'latin1') : Buffer.from(answer);
    const { pieces = data.length || 1, after = 'stay' } = this.manner;
    for (let at = 0; at < data.length && socket.writable; at += pieces) socket.write(data.subarray(at, at + pieces));
    if (after === 'close') socket.end();
    if (after === 'reset') setTimeout(() => socket.resetAndDestroy(), 5);
  }

  /** @returns where it listens */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address ? `127.0.0.1:${address.port}` : '';
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A value as RESP2; what has no place there becomes nil. */
export function resp(value: unknown): string {
  if (Array.isArray(value)) return `*${value.length}\r\n${value.map(resp).join('')}`;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return `:${value}\r\n`;
  if (value instanceof Error) return `-${value.message}\r\n`;
  if (typeof value !== 'string') return '*-1\r\n';
  return `$${Buffer.byteLength(value, 'latin1')}\r\n${value}\r\n`;
}
