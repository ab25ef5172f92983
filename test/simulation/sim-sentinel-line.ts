import type { Command, Connected, Reply, Surroundings } from './parts.js';
import type { SentinelLoop } from './sim-sentinel-loop.js';

/** What a first SYN waits for an answer; twice as long each time, as Linux does; ms */
const FIRST_SYN_MS = 1_000;
/** After so long a connect attempt fails, `tcp_syn_retries` 6; ms */
const LAST_SYN_MS = 64_000;

type Answer = (reply: Reply) => void;

interface LineEnds {
  /** not called when we closed it ourselves */
  readonly ended: () => void;
  readonly heard?: (channel: string, message: string) => void;
}

/** One asynchronous connection as hiredis has it: usable at once, whatever is sent waits until it is there; without any time-out of its own. */
export class SentinelLine {
  #end: Exclude<Connected, string> | undefined;
  #waiting: { readonly command: Command; readonly answer: Answer | undefined }[] = [];
  #closed = false;

  constructor(
    readonly surroundings: Surroundings,
    readonly loop: SentinelLoop,
    readonly address: string,
    readonly ends: LineEnds,
  ) {
    loop.enter(() => this.#dial(FIRST_SYN_MS));
  }

  /** @param answer not called when the connection ends first */
  send(command: Command, answer?: Answer): void {
    this.loop.enter(() => {
      if (this.#closed) return;
      if (this.#end) this.#carry(this.#end, command, answer);
      else this.#waiting.push({ command, answer });
    });
  }

  /** See ClientSide. */
  atOnce(command: Command): Reply | undefined {
    return this.#closed ? undefined : this.#end?.atOnce?.(command);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#end?.close();
  }

  #dial(waitMs: number): void {
    if (this.#closed) return;
    this.surroundings.connect(this.address, waitMs, (end) => {
      if (this.#closed) {
        if (typeof end !== 'string') end.close();
      } else if (end === 'silent' && waitMs < LAST_SYN_MS) this.#dial(waitMs * 2);
      else if (typeof end === 'string') this.#lost();
      else this.#established(end);
    });
  }

  #established(end: Exclude<Connected, string>): void {
    this.#end = end;
    end.onPush((channel, message) =>
      this.loop.enter(() => {
        if (!this.#closed) this.ends.heard?.(channel, message);
      }),
    );
    end.onClose(() => this.#lost());
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { command, answer } of waiting) if (!this.#closed) this.#carry(end, command, answer);
  }

  #carry(end: Exclude<Connected, string>, command: Command, answer: Answer | undefined): void {
    end.send(command, (reply) => {
      if (!answer || reply === 'lost') return;
      this.loop.enter(() => {
        if (!this.#closed) answer(reply);
      });
    });
  }

  #lost(): void {
    this.loop.enter(() => {
      if (this.#closed) return;
      this.#closed = true;
      this.ends.ended();
    });
  }
}
