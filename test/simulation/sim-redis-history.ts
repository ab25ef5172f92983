/** The stream of a simulated Redis: its id, how far it is, and the last of it (repl-backlog-size), for who wants to go on where it was. */
import type { Command } from './parts.js';

const NO_ID = '0'.repeat(40);
const BACKLOG_BYTES = 1_048_576;

const HEX = '0123456789abcdef';
/** 40 hex digits of chance. */
export function hexId(random: () => number): string {
  let id = '';
  for (let i = 0; i < 40; i++) id += HEX[Math.floor(random() * 16)];
  return id;
}

export interface Entry {
  /** offset of its last byte */
  readonly end: number;
  readonly message: string;
}

/** bytes of a command in RESP */
const sizeOf = (command: Command): number =>
  command.reduce((sum, word) => {
    const bytes = Buffer.byteLength(word);
    return sum + bytes + String(bytes).length + 5;
  }, String(command.length).length + 3);

export class History {
  id: string;
  id2 = NO_ID;
  offset = 0;
  secondOffset = -1;
  #entries: Entry[] | undefined;
  #bytes = 0;
  #from = 1;

  constructor(readonly random: () => number) {
    this.id = hexId(random);
  }

  /** Whether offsets are counted: from the first replica on. */
  get isKept(): boolean {
    return this.#entries !== undefined;
  }

  get backlog(): { readonly active: boolean; readonly from: number; readonly bytes: number } {
    return { active: this.isKept, from: this.isKept ? this.#from : 0, bytes: this.#bytes };
  }

  /** @returns the message for replicas */
  add(command: Command): string {
    const size = sizeOf(command);
    const message = JSON.stringify(command);
    this.offset += size;
    this.#entries?.push({ end: this.offset, message });
    this.#bytes += size;
    while (this.#bytes > BACKLOG_BYTES) {
      const gone = this.#entries?.shift();
      if (!gone) break;
      this.#bytes -= gone.end - this.#from + 1;
      this.#from = gone.end + 1;
    }
    return message;
  }

  /** A backlog that begins here; what there was is dropped. */
  keep(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#from = this.offset + 1;
  }

  /** A history of its own from here on: nobody can go on in one that was not kept. */
  startAnew(): void {
    this.id = hexId(this.random);
    this.id2 = NO_ID;
    this.secondOffset = -1;
    this.keep();
  }

  /** A master's, whose copy we have got. */
  take(id: string, offset: number): void {
    this.id = id;
    this.offset = offset;
    this.id2 = NO_ID;
    this.secondOffset = -1;
    this.keep();
  }

  /** Goes on under another id; whoever followed the former up to here may go on too. */
  branch(id = hexId(this.random)): void {
    this.id2 = this.id;
    this.secondOffset = this.offset + 1;
    this.id = id;
  }

  /** What has come since. @returns undefined: it cannot go on here */
  entriesFrom(id: string, next: number): readonly Entry[] | undefined {
    if (!this.#entries || !Number.isInteger(next)) return undefined;
    const known = id === this.id || (id === this.id2 && next <= this.secondOffset);
    if (!known || next < this.#from || next > this.offset + 1) return undefined;
    return this.#entries.filter(({ end }) => end >= next);
  }
}
