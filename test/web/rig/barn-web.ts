import type { Address, ProcessRoom, Running } from '../../builders/processes.js';
import { until } from '../../builders/processes.js';

const PROGRAM = new URL('../../../lib/src/cli/main.js', import.meta.url).pathname;
const READY_MS = 30_000;

/** The real Barn with its API and page, as `cachefarm barn --web` of the built package. */
export class BarnWeb {
  #running: Running | undefined;

  constructor(
    readonly room: ProcessRoom,
    readonly state: string,
    readonly at: Address,
  ) {}

  get origin(): string {
    return `http://${this.at.ip}:${this.at.port}`;
  }

  /** what it has logged since it was last started */
  get log(): string {
    return this.#running?.output ?? '';
  }

  /** Resolves when it answers, leads, and sees the farm. */
  async start(): Promise<void> {
    const running = this.room.start(process.execPath, [
      PROGRAM,
      'barn',
      '--state',
      this.state,
      '--web',
      `${this.at.ip}:${this.at.port}`,
    ]);
    this.#running = running;
    await until(
      'Barn answers on the address of --web, leads, and has seen the farm',
      async () => {
        if (!running.running) throw new Error(`Barn ended:\n${running.output}`);
        return (await this.#health()) !== undefined;
      },
      READY_MS,
    );
  }

  async #health(): Promise<true | undefined> {
    try {
      const response = await fetch(`${this.origin}/v1/health`, { signal: AbortSignal.timeout(2_000) });
      if (!response.ok) return undefined;
      const health = (await response.json()) as { leads: boolean; ready: boolean; partitions: unknown };
      return health.leads && health.ready && health.partitions ? true : undefined;
    } catch {
      return undefined;
    }
  }

  /** @param signal SIGTERM: it ends as in a rollout; SIGKILL: it is gone */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#running?.stop(signal);
  }
}
