// The bench's two children: Barn, and the applications.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { now, until } from './recovery-report.mjs';

const program = (name) => fileURLToPath(new URL(name, import.meta.url));
/** In a session of its own, as everything of the farm is: Linux shares its time among sessions first. */
const begin = (name, ...told) =>
  fork(program(name), told, { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const gone = (child) => new Promise((resolve) => child.once('exit', resolve));

/** Barn, and what it said it did. */
export class BarnProcess {
  #child;
  #events = [];

  constructor(state) {
    this.state = state;
  }

  async start() {
    this.#events = [];
    const child = begin('recovery-barn.mjs', this.state);
    child.on('message', (event) => this.#events.push(event));
    this.#child = child;
    await until('Barn to look at the farm', () => this.passes > 0 || this.#mustLive(), 120_000, 5);
  }

  #mustLive() {
    if (this.#child.exitCode !== null) throw new Error('Barn ended by itself');
    return false;
  }

  get passes() {
    return this.#events.filter(({ kind }) => kind === 'pass').length;
  }

  get running() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  since(at) {
    return this.#events.filter((event) => event.at >= at);
  }

  /** Its last pass began after `at` and found nothing to do. */
  quietSince(at) {
    const last = this.#events.findLast(({ kind }) => kind === 'pass');
    const begun = this.#events.findLast(({ kind }) => kind === 'decided' || kind === 'ended')?.at ?? 0;
    return last !== undefined && last.at - last.ms > at && last.at > begun && last.decisions === 0;
  }

  forget() {
    this.#events = this.#events.slice(-50);
  }

  /** kill -9 */
  async kill(signal = 'SIGKILL') {
    if (!this.running) return;
    const end = gone(this.#child);
    this.#child.kill(signal);
    await end;
  }
}

/** A child that answers questions, one message each. */
export class Answering {
  #child;
  #waiting = new Map();
  #id = 0;

  constructor(file) {
    this.#child = begin(file);
    this.#child.on('message', ({ id, answer }) => {
      this.#waiting.get(id)(answer);
      this.#waiting.delete(id);
    });
  }

  ask(kind, rest = {}) {
    const id = this.#id++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, kind, ...rest });
    });
  }

  async stop() {
    const end = gone(this.#child);
    this.#child.kill('SIGKILL');
    await end;
  }
}

/** The applications of bench:recovery. */
export class Clients extends Answering {
  constructor() {
    super('recovery-clients.mjs');
  }

  open(clusters) {
    return this.ask('open', { clusters });
  }

  collect() {
    return this.ask('collect');
  }

  /** All clients of these partitions have written at their full pace for 200 ms. @returns when that was seen */
  async writing(partitions, timeoutMs = 30_000) {
    const flows = async () =>
      (await this.ask('rates')).every(({ partition, count }) => !partitions.has(partition) || count >= 25);
    await until(`writes to ${[...partitions].join(', ')}`, flows, timeoutMs, 25);
    return now();
  }
}
