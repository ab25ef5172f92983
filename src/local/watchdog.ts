import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Is born knowing the process groups in its arguments; reads `+ <pid>` and `- <pid>` lines; when the pipe closes, however its writer ended, kills every process group still listed.
 * A plain sh: 1 MB for the whole farm, and a variable a group, for a list is searched through at every change. Signals that a terminal sends to a
 * dying farm must not take it first.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT PIPE
shift
for pid do eval "group_$pid="; done
while read -r change pid; do
  case $change in
    +) eval "group_$pid=" ;;
    -) unset "group_$pid" ;;
  esac
done
set | sed -n 's/^group_\\([0-9]*\\)=.*/\\1/p' | while read -r pid; do kill -s KILL -- "-$pid" 2>/dev/null; done
`;

/** A process that outlives a killed farm just long enough to kill its children. Started again should it die. */
export class Watchdog {
  readonly #groups = new Set<number>();
  #process: ChildProcess;
  #closed = false;

  /** @param name shown beside it in a list of processes */
  constructor(readonly name: string) {
    this.#process = this.#start();
  }

  #start(): ChildProcess {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'cachefarm-watchdog', this.name, ...[...this.#groups].map(String)], {
      detached: true,
      // Its own variables are what it kills.
      env: { PATH: process.env['PATH'] },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => undefined);
    child.on('exit', () => {
      if (!this.#closed) this.#process = this.#start();
    });
    return child;
  }

  #tell(change: '+' | '-', group: number): void {
    (this.#process.stdin as Writable).write(`${change} ${group}\n`);
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#tell('+', group);
  }

  remove(group: number): void {
    if (this.#groups.delete(group)) this.#tell('-', group);
  }

  /** Ends it; groups still listed are killed. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.stdin?.end();
    if (this.#process.exitCode === null && this.#process.signalCode === null) await gone;
  }
}
