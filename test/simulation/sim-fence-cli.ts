/**
 * What a shell script can do, for the simulated fence: sleep, and start the server's own client. A step is a generator that yields what it waits
 * for, so that the fence reads like its script and is still a state machine on virtual time.
 */
import type { ClientSide, Command, Reply, Surroundings } from './parts.js';

/** Starts what is waited for; `done` is called once, with what came of it. */
export type Wait = (done: (value: unknown) => void) => void;
export type Step<T> = Generator<Wait, T, unknown>;

export type Answer = Reply | 'lost';

/** ms that a client takes to start, and as much again by chance */
const CLIENT_MS = 2;
/** ms after which a client of ours that cannot even connect gives up; the real one waits as long as the kernel does */
const OWN_PATIENCE_MS = 60_000;

export function* waitFor<T>(start: (done: (value: T) => void) => void): Step<T> {
  return (yield start as Wait) as T;
}

/** Runs a step to its end, as what it waits for comes. */
export function drive(step: Step<void>): void {
  const resume = (value?: unknown): void => {
    for (let next = step.next(value); next.done !== true; ) {
      let state: 'starting' | 'waiting' | 'came' = 'starting';
      let came: unknown;
      next.value((result) => {
        if (state === 'starting') {
          state = 'came';
          came = result;
        } else if (state === 'waiting') {
          state = 'came';
          resume(result);
        }
      });
      if ((state as string) !== 'came') {
        state = 'waiting';
        return;
      }
      next = step.next(came);
    }
  };
  resume();
}

/** What one client has come to. */
export interface Asked {
  /** in order; `lost`: the connection ended, or there was none */
  readonly answers: Answer[];
  /** the answer to AUTH, when it was an error */
  denied: boolean;
  finished: boolean;
  cancel(): void;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * `redis-cli --user ... -h ... -p ... COMMAND`, or with several commands on stdin; in the background. With commands on stdin it connects anew for the
 * next one when a connection ends; the one that was under way is not sent again.
 */
export function startClient(
  around: Surroundings,
  address: string,
  login: Login,
  commands: readonly Command[],
  ended: () => void = () => undefined,
): Asked {
  let side: ClientSide | undefined;
  const asked: Asked = {
    answers: [],
    denied: false,
    finished: false,
    cancel: () => {
      asked.finished = true;
      side?.close();
    },
  };
  const take = (answer: Answer): void => {
    if (asked.finished) return;
    asked.answers.push(answer);
    if (answer === 'lost') side = undefined;
    if (asked.answers.length < commands.length) next();
    else {
      asked.cancel();
      ended();
    }
  };
  const next = (): void => {
    if (side) side.send(commands[asked.answers.length] ?? [], take);
    else
      around.connect(address, OWN_PATIENCE_MS, (end) => {
        if (typeof end === 'string') take('lost');
        else if (asked.finished) end.close();
        else {
          side = end;
          // A refused login is said, and the commands are sent all the same.
          side.send(['AUTH', login.user, login.password], (reply) => {
            if (reply instanceof Error) asked.denied = true;
          });
          next();
        }
      });
  };
  around.after(CLIENT_MS * (1 + around.random()), () => {
    if (!asked.finished) next();
  });
  return asked;
}

export class FenceShell {
  constructor(
    readonly around: Surroundings,
    /** of our own server */
    readonly address: string,
    readonly barnPassword: string,
  ) {}

  *nap(ms: number): Step<void> {
    yield* waitFor<void>((done) => this.around.after(ms, () => done()));
  }

  /** Asks our own server as barn. */
  *own(...commands: readonly Command[]): Step<readonly Answer[]> {
    return yield* waitFor<readonly Answer[]>((done) => {
      const asked = startClient(this.around, this.address, this.#barn, commands, () => done(asked.answers));
    });
  }

  *ownOk(...command: Command): Step<boolean> {
    return (yield* this.own(command))[0] === 'OK';
  }

  /** Hears a channel of our own server for so many ms. @returns the messages */
  *hear(channel: string, ms: number): Step<readonly string[]> {
    const heard: string[] = [];
    let side: ClientSide | undefined;
    this.around.connect(this.address, OWN_PATIENCE_MS, (end) => {
      if (typeof end === 'string') return;
      side = end;
      end.onPush((_, message) => heard.push(message));
      end.send(['AUTH', this.#barn.user, this.#barn.password]);
      end.send(['SUBSCRIBE', channel]);
    });
    yield* this.nap(ms);
    const killed = (yield* this.own(['CLIENT', 'KILL', 'TYPE', 'pubsub', 'USER', 'barn']))[0];
    if (killed !== 1) side?.close();
    return heard;
  }

  get #barn(): Login {
    return { user: 'barn', password: this.barnPassword };
  }
}
