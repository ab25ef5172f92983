import type { ServerResponse } from 'node:http';
import type { Subscriber } from './channel.js';

export interface WatcherParts {
  readonly response: ServerResponse;
  /** what it is told now; undefined: what it watches is gone */
  frame(): Buffer | undefined;
  /** who reads so slowly that more than this waits for him is dropped; he comes back, and has the newest */
  readonly mostBufferedBytes: number;
  /** ms on the hub's clock */
  readonly endsAt: number;
  /** it is over, whoever has ended it; once */
  left(watcher: Watcher, dropped: boolean): void;
}

const HEARTBEAT = Buffer.from(':\n\n');
const LAST_WORDS_MS = 1_000;
const GONE = Buffer.from('event: gone\ndata: {}\n\n');

/** One connection that is told of every change (Server-Sent Events). The frames are made once for all; nothing is copied here. */
export class Watcher implements Subscriber {
  version = 0;
  #over = false;

  constructor(readonly parts: WatcherParts) {
    const { response } = parts;
    response.on('close', () => this.#leave(false));
    // A connection that breaks while it is written to is closed; that is all that is to be done about it.
    response.on('error', () => undefined);
  }

  tell(): void {
    const frame = this.parts.frame();
    this.write(frame ?? GONE);
    if (!frame) this.end();
  }

  beat(now: number): void {
    if (now >= this.parts.endsAt) this.end();
    else this.write(HEARTBEAT);
  }

  write(bytes: Buffer): void {
    const { response, mostBufferedBytes } = this.parts;
    if (this.#over) return;
    // He may have gone before there was a watcher to be told of it.
    if (response.destroyed) this.#leave(false);
    else if (response.writableLength <= mostBufferedBytes) response.write(bytes);
    else {
      this.#leave(true);
      response.destroy();
    }
  }

  /** What was written still arrives, unless it does not read. */
  end(): void {
    const { response } = this.parts;
    this.#leave(false);
    response.end();
    if (!response.writableFinished) setTimeout(() => response.destroy(), LAST_WORDS_MS).unref();
  }

  #leave(dropped: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.parts.left(this, dropped);
  }
}
