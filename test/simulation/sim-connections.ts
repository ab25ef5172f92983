/**
 * Connections (src/observe/connections.ts) over the simulated network: one connection an address, made anew at the next use once it has ended,
 * with ioredis' errors. What is asked through it belongs to the process it was made for.
 */
import type { Redis } from 'ioredis';
import type { ConnectionOptions, Connections, Credentials } from '../../src/observe/connections.js';
import { Questions } from '../../src/observe/questions.js';
import { direct, type Route } from '../../src/observe/route.js';
import type { ClientSide, Command, Reply } from './parts.js';
import type { SimProcess } from './sim-process.js';

/** What of ioredis the code under test uses. */
class FakeRedis {
  constructor(
    readonly process: SimProcess,
    readonly side: ClientSide,
    readonly sent: (side: ClientSide, command: Command) => Promise<unknown>,
  ) {}

  call(...command: readonly string[]): Promise<unknown> {
    return this.sent(this.side, command.map(String));
  }

  /** @param goesOn it is in the same write as the command before it: nothing comes between them */
  callInOneWrite(goesOn: boolean, command: Command): Promise<unknown> {
    this.process.writing = goesOn;
    const answer = this.call(...command);
    this.process.writing = false;
    return answer;
  }

  info(...sections: readonly string[]): Promise<unknown> {
    return this.call('INFO', ...sections);
  }

  flushall(): Promise<unknown> {
    return this.call('FLUSHALL');
  }

  pipeline(): FakePipeline {
    return new FakePipeline(this);
  }
}

/** One write; each command has an answer, or an error, of its own. */
class FakePipeline {
  readonly #commands: Command[] = [];
  constructor(readonly redis: FakeRedis) {}

  call(...command: readonly string[]): this {
    this.#commands.push(command);
    return this;
  }

  info(...sections: readonly string[]): this {
    return this.call('INFO', ...sections);
  }

  exec(): Promise<readonly [Error | null, unknown][]> {
    return Promise.all(
      this.#commands.map((command, i) =>
        this.redis.callInOneWrite(i > 0, command).then(
          (reply): [Error | null, unknown] => [null, reply],
          (error: Error): [Error | null, unknown] => [error, undefined],
        ),
      ),
    );
  }
}

interface Held {
  readonly connected: Promise<FakeRedis>;
  cause: Error | undefined;
  ended: boolean;
  close(): void;
}

const withCode = (message: string, code: string): Error => Object.assign(new Error(message), { code });

export class SimConnections {
  readonly questions = new Questions();
  readonly #held = new Map<string, Held>();
  #closed = false;

  constructor(
    readonly process: SimProcess,
    readonly credentials: Credentials,
    readonly options: ConnectionOptions = {},
  ) {}

  /** The code under test takes the class itself. */
  asConnections(): Connections {
    return this as unknown as Connections;
  }

  get route(): Route {
    return direct;
  }

  async use<T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('connections are closed');
    const held = this.#hold(address);
    try {
      return await work((await held.connected) as unknown as Redis);
    } catch (error) {
      throw held.cause ?? error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const held of this.#held.values()) held.close();
    this.#held.clear();
  }

  #hold(address: string): Held {
    const known = this.#held.get(address);
    if (known && !known.ended) return known;
    let resolve: (redis: FakeRedis) => void = () => undefined;
    let reject: (error: Error) => void = () => undefined;
    const connected = new Promise<FakeRedis>((done, failed) => {
      resolve = done;
      reject = failed;
    });
    connected.catch(() => undefined);
    const held: Held = { connected, cause: undefined, ended: false, close: () => undefined };
    const fail = (error: Error): void => {
      held.ended = true;
      held.cause = error;
      this.#wake(() => reject(error));
    };
    this.#held.set(address, held);
    this.process.connect(address, this.options.connectTimeoutMs ?? 1_000, (end) => {
      if (end === 'refused') return fail(withCode(`connect ECONNREFUSED ${address}`, 'ECONNREFUSED'));
      if (end === 'silent') return fail(withCode('connect ETIMEDOUT', 'ETIMEDOUT'));
      this.#greet(held, end, resolve, fail);
    });
    return held;
  }

  #greet(held: Held, side: ClientSide, resolve: (redis: FakeRedis) => void, fail: (error: Error) => void): void {
    held.close = () => side.close();
    side.onClose(() => {
      held.ended = true;
      this.#wake(() => fail(held.cause ?? new Error('Connection is closed.')));
    });
    side.send(['AUTH', 'barn', this.credentials.barn], (reply) => {
      if (reply instanceof Error) {
        fail(reply);
        side.close();
      }
      if (reply === 'lost' || reply instanceof Error) return;
      side.send(['CLIENT', 'SETNAME', 'barn']);
      this.#wake(() => resolve(new FakeRedis(this.process, side, (at, command) => this.#send(at, command))));
    });
  }

  #wake(run: () => void): void {
    this.process.network.scheduler.enter(this.process, run);
  }

  #send(side: ClientSide, command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = this.process.after(this.options.commandTimeoutMs ?? 3_000, () =>
        this.#wake(() => reject(new Error('Command timed out'))),
      );
      side.send(command, (reply: Reply | 'lost') => {
        late();
        this.#wake(() => {
          if (reply === 'lost') reject(new Error('Connection is closed.'));
          else if (reply instanceof Error) reject(reply);
          else resolve(reply);
        });
      });
    });
  }
}
