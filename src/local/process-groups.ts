import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { processStart } from './process-start.js';
import { Watchdog } from './watchdog.js';

export interface Launch {
  /** absolute path, or a name on PATH */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface Exit {
  /** as a container runtime gives it: 128 + n after signal n */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

/** A child that leads a process group of its own. */
export interface Group {
  readonly pid: number;
  /** to the leader only */
  signal(signal: NodeJS.Signals): void;
  /** to every process of the group */
  signalAll(signal: NodeJS.Signals): void;
  /** after the leader ended, the rest of its group was killed, and its output was read */
  readonly ended: Promise<Exit>;
}

/** Waits for a line before it becomes the program: a farm killed in between leaves no process that the watchdog does not know. */
const GATE = 'read -r go <&3 && exec 3<&- && exec "$0" "$@"';
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};
/** lines after which the journal is written anew with the live processes only: probes come and go */
const JOURNAL_LINES = 5_000;
/** how long output may still come after the leader's end, ms */
const DRAIN_MS = 500;

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it is gone already, which is what was wanted.
  }
}

function endOf(child: ChildProcess, pid: number): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      send(-pid, 'SIGKILL');
      const exit: Exit = { code: code ?? 128 + (SIGNALS[signal ?? ''] ?? 0), signal };
      const late = setTimeout(() => resolve(exit), DRAIN_MS);
      child.once('close', () => {
        clearTimeout(late);
        resolve(exit);
      });
    });
  });
}

/** Starts every process of the farm; none of them outlives it. */
export class ProcessGroups {
  readonly #watchdog: Watchdog;
  readonly #journal: string;
  readonly #groups = new Map<Group, string>();
  #lines = 0;
  #closed = false;

  /** @param journal file with a line a started process, for the clean-up after a crash that took the watchdog too */
  constructor(journal: string) {
    this.#journal = journal;
    this.#watchdog = new Watchdog(journal);
    writeFileSync(journal, '', { mode: 0o600 });
  }

  /** @throws Error when no process can be started, or after close */
  start(launch: Launch, output: (chunk: Buffer) => void): Group {
    if (this.#closed) throw new Error('the farm is stopped');
    const child = spawn('/bin/sh', ['-c', GATE, launch.file, ...launch.args], {
      cwd: launch.cwd,
      env: { ...launch.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    child.on('error', () => undefined);
    const pid = child.pid;
    if (pid === undefined) throw new Error(`cannot start a process (${launch.file}): out of processes or memory`);
    this.#watchdog.add(pid);
    const line = `${pid} ${processStart(pid) ?? '-'}\n`;
    this.#record(line);
    for (const stream of [child.stdout, child.stderr] as readonly Readable[]) stream.on('data', output);
    const gate = child.stdio[3] as Writable;
    gate.on('error', () => undefined);
    gate.end('go\n');
    return this.#follow(child, pid, line);
  }

  #record(line: string): void {
    if (++this.#lines < JOURNAL_LINES) appendFileSync(this.#journal, line);
    else {
      writeFileSync(this.#journal, [...this.#groups.values(), line].join(''));
      this.#lines = this.#groups.size;
    }
  }

  #follow(child: ChildProcess, pid: number, line: string): Group {
    const group: Group = {
      pid,
      signal: (signal) => send(pid, signal),
      signalAll: (signal) => send(-pid, signal),
      ended: endOf(child, pid).then((exit) => {
        this.#watchdog.remove(pid);
        this.#groups.delete(group);
        return exit;
      }),
    };
    this.#groups.set(group, line);
    return group;
  }

  /** Kills what is left and ends the watchdog. */
  async close(): Promise<void> {
    this.#closed = true;
    const left = [...this.#groups.keys()];
    for (const group of left) group.signalAll('SIGKILL');
    await Promise.all(left.map((group) => group.ended));
    await this.#watchdog.close();
    rmSync(this.#journal, { force: true });
  }
}

/**
 * Kills the processes that an earlier farm wrote into its journal and that still run; a pid that was reused is left alone.
 * @returns how many
 */
export function killLeftovers(journal: string): number {
  let text = '';
  try {
    text = readFileSync(journal, 'utf8');
  } catch {
    return 0;
  }
  const left = text
    .split('\n')
    .map((line) => line.split(/ (.*)/))
    .filter(([pid, start]) => start !== undefined && start !== '-' && processStart(Number(pid)) === start);
  for (const [pid] of left) send(-Number(pid), 'SIGKILL');
  return left.length;
}
