import { type BackOff, type BackOffLimits, nextRestart } from './back-off.js';
import type { Exit, Group, Launch, ProcessGroups } from './process-groups.js';
import type { RotatingLog } from './rotating-log.js';

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: number }
  | {
      readonly kind: 'terminated';
      readonly exitCode: number;
      readonly reason: string;
      readonly startedAt: number;
      readonly finishedAt: number;
    };

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export interface ContainerOptions {
  readonly name: string;
  readonly policy: RestartPolicy;
  /** made anew for every start, as the kubelet does */
  readonly launch: () => Launch;
  readonly processes: ProcessGroups;
  readonly log: RotatingLog;
  readonly backOff: BackOffLimits;
  readonly changed: () => void;
}

/** One container of a pod: its process now, its restarts, its last end. */
export class ContainerRun {
  readonly name: string;
  state: ContainerState = { kind: 'waiting', reason: 'ContainerCreating' };
  lastState: ContainerState | undefined;
  restartCount = 0;
  readonly #options: ContainerOptions;
  #group: Group | undefined;
  #timer: NodeJS.Timeout | undefined;
  #backOff: BackOff | undefined;
  #stopping = false;
  #started = 0;
  #finish: (exitCode: number) => void = () => undefined;
  /** its exit code, when it will not be started again */
  finished: Promise<number> = Promise.resolve(0);

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.name = options.name;
  }

  get running(): boolean {
    return this.state.kind === 'running';
  }

  /** of its first process, while it runs */
  get pid(): number | undefined {
    return this.#group?.pid;
  }

  start(): void {
    if (this.#group || this.#timer) return;
    this.#stopping = false;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#launch();
  }

  #launch(): void {
    this.#timer = undefined;
    try {
      this.#group = this.#options.processes.start(this.#options.launch(), (chunk) => this.#options.log.write(chunk));
    } catch (error) {
      this.#cannotStart(error as Error);
      return;
    }
    this.restartCount = this.#started++;
    this.#enter({ kind: 'running', startedAt: Date.now() });
    const group = this.#group;
    group.ended.then(
      (exit) => this.#ended(group, exit),
      () => undefined,
    );
  }

  #enter(state: ContainerState): void {
    if (this.state.kind === 'terminated') this.lastState = this.state;
    this.state = state;
    this.#options.changed();
  }

  /** As the kubelet: a container that cannot be created is tried again, with the back-off. */
  #cannotStart(error: Error): void {
    this.#options.log.write(`cachefarm: cannot start: ${error.message}\n`);
    this.#enter({ kind: 'waiting', reason: 'CreateContainerConfigError', message: error.message });
    this.#again();
  }

  #ended(group: Group, exit: Exit): void {
    if (this.#group !== group) return;
    this.#group = undefined;
    const reason = exit.code === 0 ? 'Completed' : 'Error';
    const finishedAt = Date.now();
    const startedAt = this.state.kind === 'running' ? this.state.startedAt : finishedAt;
    this.#enter({ kind: 'terminated', exitCode: exit.code, reason, startedAt, finishedAt });
    const { policy } = this.#options;
    const restart = policy === 'Always' || (policy === 'OnFailure' && exit.code !== 0);
    if (restart && !this.#stopping) this.#again();
    else this.#finish(exit.code);
  }

  #again(): void {
    const { waitMs, backOff } = nextRestart(this.#backOff, Date.now(), this.#options.backOff);
    this.#backOff = backOff;
    if (waitMs === 0) {
      setImmediate(() => !this.#stopping && this.#launch());
      return;
    }
    this.#enter({
      kind: 'waiting',
      reason: 'CrashLoopBackOff',
      message: `back-off ${waitMs / 1000}s restarting failed container`,
    });
    this.#timer = setTimeout(() => this.#launch(), waitMs);
  }

  /** To the container's first process, as `kill` inside it would. */
  signal(signal: NodeJS.Signals): void {
    this.#group?.signal(signal);
  }

  /** SIGSTOP and SIGCONT to all its processes. */
  pause(): void {
    this.#group?.signalAll('SIGSTOP');
  }

  resume(): void {
    this.#group?.signalAll('SIGCONT');
  }

  /**
   * Ends it for good: SIGTERM, and SIGKILL when it is still there after the grace.
   * @param graceMs 0: SIGKILL at once
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#group;
    if (group) await endGroup(group, graceMs);
    this.#finish(this.state.kind === 'terminated' ? this.state.exitCode : 137);
  }
}

/** A stopped process hears SIGTERM only once it goes on. */
async function endGroup(group: Group, graceMs: number): Promise<void> {
  if (graceMs > 0) {
    group.signalAll('SIGTERM');
    group.signalAll('SIGCONT');
  } else group.signalAll('SIGKILL');
  const kill = setTimeout(() => group.signalAll('SIGKILL'), graceMs);
  await group.ended;
  clearTimeout(kill);
}
