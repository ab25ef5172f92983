/** Real processes for tests: Redis pods and sentinels on loopback addresses of their own, all ended by `stopAll`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

export interface Address {
  readonly ip: string;
  readonly port: number;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

let given = 0;
/** A loopback address that no other test process uses: the process id chooses the net, a counter the host. */
export function freeAddress(port = 6379): Address {
  given += 1;
  const host = (given % 254) + 1;
  return { ip: `127.${128 + (process.pid % 120)}.${(process.pid >> 7) & 255}.${host}`, port };
}

/** Asks until `check` gives something other than undefined or false; throws with `what` after `withinMs`. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found as T;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export class Running {
  private text = '';
  private code: number | null | undefined;
  readonly startedAt = Date.now();
  readonly exited: Promise<number | null>;

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (data: Buffer) => this.add(data));
    child.stderr?.on('data', (data: Buffer) => this.add(data));
    this.exited = new Promise((resolve) => {
      const end = (code: number | null) => {
        this.code = code;
        resolve(code);
      };
      child.on('exit', end);
      child.on('error', (error) => {
        this.text += error.message;
        end(127);
      });
    });
  }

  private add(data: Buffer): void {
    this.text += data.toString();
  }

  /** stdout and stderr so far */
  get output(): string {
    return this.text;
  }

  get running(): boolean {
    return this.code === undefined;
  }

  /** Undefined when the command could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** To the whole process group: a script's background jobs as well. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    // kill(0) would end the tests themselves
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // already gone
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.signal('SIGCONT');
    this.signal(signal);
    await this.exited;
    this.signal('SIGKILL');
  }
}

/** One command on a connection of its own; an error reply is returned as Error, a failed connection too. */
export async function ask(to: Address, login: Login | undefined, ...command: readonly string[]): Promise<unknown> {
  const redis = connect(to, login);
  try {
    await redis.connect();
    const [name = '', ...rest] = command;
    // ioredis keeps books on subscriptions, so these two have to go through its own methods.
    if (name === 'SUBSCRIBE') return await redis.subscribe(...rest);
    if (name === 'PSUBSCRIBE') return await redis.psubscribe(...rest);
    return await redis.call(name, ...rest);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    redis.disconnect();
  }
}

/** A connection that neither retries nor hides errors. */
export function connect(to: Address, login?: Login): Redis {
  const redis = new Redis({
    host: to.ip,
    port: to.port,
    ...(login ? { username: login.user, password: login.password } : {}),
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: 3_000,
    disconnectTimeout: 100,
    disableClientInfo: true,
  });
  redis.on('error', () => undefined);
  return redis;
}

/** A temporary folder and the processes that live in it. */
export class ProcessRoom {
  readonly folder = mkdtempSync(join(tmpdir(), 'cachefarm-test-'));
  private readonly all: Running[] = [];
  private path = process.env.PATH ?? '';

  /** From now on `redis-server` is this program here, an absolute path: the images of Valkey give it that name too. */
  serveWith(program: string): void {
    const programs = this.makeFolder('programs');
    symlinkSync(program, join(programs, 'redis-server'));
    this.path = `${programs}:${this.path}`;
  }

  file(path: string, text: string): string {
    const full = join(this.folder, path);
    mkdirSync(join(full, '..'), { recursive: true });
    writeFileSync(full, text);
    return full;
  }

  makeFolder(path: string): string {
    const full = join(this.folder, path);
    mkdirSync(full, { recursive: true });
    return full;
  }

  start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const child = spawn(command, args, {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: this.path, ...env },
    });
    const running = new Running(child);
    this.all.push(running);
    return running;
  }

  /** A stock redis-server, open to everybody, with more lines of configuration. */
  async redis(at: Address, ...lines: readonly string[]): Promise<Running> {
    const dir = this.makeFolder(`redis-${at.ip}-${at.port}`);
    const base = [
      `bind ${at.ip}`,
      `bind-source-addr ${at.ip}`,
      `port ${at.port}`,
      `dir ${dir}`,
      'save ""',
      'protected-mode no',
    ];
    const conf = this.file(`redis-${at.ip}-${at.port}/redis.conf`, `${[...base, ...lines].join('\n')}\n`);
    return this.untilListening(this.start('redis-server', [conf]), at);
  }

  /** A stock sentinel. */
  async sentinel(at: Address, ...lines: readonly string[]): Promise<Running> {
    const dir = this.makeFolder(`sentinel-${at.ip}-${at.port}`);
    const base = [
      `bind ${at.ip}`,
      `bind-source-addr ${at.ip}`,
      `port ${at.port}`,
      `dir ${dir}`,
      `sentinel announce-ip ${at.ip}`,
    ];
    const conf = this.file(`sentinel-${at.ip}-${at.port}/sentinel.conf`, `${[...base, ...lines].join('\n')}\n`);
    return this.untilListening(this.start('redis-server', [conf, '--sentinel']), at);
  }

  async untilListening(running: Running, at: Address): Promise<Running> {
    await until(`${at.ip}:${at.port} answers`, async () => {
      if (!running.running) throw new Error(`ended before it listened: ${running.output}`);
      const reply = await ask(at, undefined, 'PING');
      return reply === 'PONG' || (reply instanceof Error && /NOAUTH/.test(reply.message));
    });
    return running;
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.all.map((running) => running.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
