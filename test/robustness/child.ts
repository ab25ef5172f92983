import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer } from './answering.js';

/** A bundled program beside this one: `traffic-process.ts` is `traffic-process.mjs` then. */
const program = (name: string): string => fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));

/** A process of the harness, asked by messages. */
export class Child {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  #id = 0;
  #running = true;

  /** @param told everything that it says without having been asked */
  constructor(
    readonly name: string,
    args: readonly string[],
    told: (message: unknown) => void = () => undefined,
  ) {
    this.#child = fork(program(name), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (message: Answer) => {
      const waiting = typeof message.id === 'number' ? this.#waiting.get(message.id) : undefined;
      if (!waiting) return told(message);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting.resolve(message.answer);
      else waiting.reject(new Error(`${name}: ${message.error}`));
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#running = false;
        for (const { reject } of this.#waiting.values()) reject(new Error(`${name} has ended`));
        this.#waiting.clear();
        resolve({ code, signal });
      });
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** @throws Error that the child gave, or that it has ended */
  ask<T = unknown>(kind: string, asked: unknown = null): Promise<T> {
    if (!this.#running) return Promise.reject(new Error(`${this.name} has ended`));
    const id = this.#id++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#child.send({ id, kind, asked }, (error) => error && reject(error));
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** kill -9, and gone */
  async end(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}
