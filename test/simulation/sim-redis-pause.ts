import type { Command, Reply, Surroundings } from './parts.js';
import { type CommandFacts, lookUp, lower } from './sim-redis-commands.js';

const mayReplicate = (facts: CommandFacts | string): boolean =>
  typeof facts !== 'string' && (facts.write || facts.name === 'publish');

/** CLIENT PAUSE: what waits until it ends, by itself or by CLIENT UNPAUSE. */
export class Pause {
  #under: { readonly until: number; readonly all: boolean } | undefined;
  #waiting: (() => void)[] = [];

  constructor(readonly around: Surroundings) {}

  get isOn(): boolean {
    return this.#under !== undefined && this.around.now() < this.#under.until;
  }

  /** Whether a command would have to wait. @param queued since MULTI, when it is EXEC */
  concerns(facts: CommandFacts, queued: readonly Command[]): boolean {
    if (!this.#under) return false;
    return this.#under.all || mayReplicate(facts) || queued.some((command) => mayReplicate(lookUp(command)));
  }

  keep(resume: () => void): void {
    this.#waiting.push(resume);
  }

  /** @param words ms, and WRITE or ALL */
  begin([text = '', mode = 'all']: Command): Reply {
    if (!/^(all|write)$/i.test(mode)) return new Error('ERR CLIENT PAUSE mode must be WRITE or ALL');
    if (!/^\d{1,15}$/.test(text)) return new Error('ERR timeout is not an integer or out of range');
    const until = this.around.now() + Number(text);
    // A longer or stricter pause under way stays.
    this.#under = {
      until: Math.max(until, this.#under?.until ?? 0),
      all: lower(mode) === 'all' || (this.#under?.all ?? false),
    };
    this.around.after(Number(text), () => {
      if (this.#under && !this.isOn) this.end();
    });
    return 'OK';
  }

  end(): void {
    this.#under = undefined;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
