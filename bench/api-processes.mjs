// Children of bench:api: each on a core of its own where that can be had, with as many file descriptors as it may have, and asked by messages.
import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const MORE_FILES = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null';
const inShell = (script, ...rest) => execFileSync('sh', ['-c', script, ...rest], { encoding: 'utf8' }).trim();

/** Connections that one process may have, with some left for itself. */
export const mostConnections = () => Number(inShell(`${MORE_FILES}; ulimit -n`)) - 60;

function canPin() {
  try {
    inShell('taskset -c 0,1 true');
    return availableParallelism() > 1;
  } catch {
    return false;
  }
}
export const isPinned = canPin();

/** A program of this folder that answers messages (`answerMessages`). */
export class Child {
  #process;
  #waiting = new Map();
  #next = 0;
  #ended = false;

  /** @param core of the machine; ignored where processes cannot be pinned */
  constructor(program, core, ...args) {
    const path = fileURLToPath(new URL(program, import.meta.url));
    const pin = isPinned ? `taskset -c ${core} ` : '';
    this.#process = spawn(
      'sh',
      ['-c', `${MORE_FILES}; exec ${pin}"$0" "$@"`, process.execPath, '--expose-gc', path, ...args],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    this.#process.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(value);
      else reject(new Error(`${program}: ${error}`));
    });
    this.#process.on('exit', (code) => {
      this.#ended = true;
      for (const { reject } of this.#waiting.values()) reject(new Error(`${program} ended with ${code}`));
    });
  }

  ask(what, parameters = {}) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, what, parameters });
    });
  }

  async stop() {
    if (this.#ended) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }
}

/** Of a child: one function for each question. Ends with its parent. */
export function answerMessages(answers) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ id, what, parameters }) => {
    Promise.resolve()
      .then(() => answers[what](parameters))
      .then(
        (value) => process.send({ id, value: value ?? null }),
        (error) => process.send({ id, error: String(error) }),
      );
  });
}
