/** The same script of commands against real servers and simulated ones: what a contract test compares is what each has answered. */
import type { Redis } from 'ioredis';
import { SECRET_KEYS } from '../../src/farm/words.js';
import { type Address, connect, until } from '../builders/processes.js';
import { type Pod, type PodOptions, ScriptFarm, secretOf } from '../scripts/script-farm.js';
import { Network } from './network.js';
import type { ClientSide, Reply } from './parts.js';
import { Scheduler } from './scheduler.js';
import { SimProcess } from './sim-process.js';
import { SimRedis } from './sim-redis.js';

/** One connection of a script. */
export interface Talk {
  /** an error reply is returned, not thrown; so is a connection that ends */
  call(...command: readonly string[]): Promise<unknown>;
  /** `channel message` each */
  readonly heard: readonly string[];
  readonly closed: boolean;
}

export interface PodHere {
  readonly ip: string;
  readonly port: number;
}

export interface Stage {
  pod(): Promise<PodHere>;
  /** @param user undefined: does not log in */
  talk(pod: PodHere, user: string | undefined): Promise<Talk>;
  until(what: string, check: () => Promise<boolean>): Promise<void>;
  /** so long nothing is done: ms */
  pass(ms: number): Promise<void>;
  end(pod: PodHere): Promise<void>;
  /** SIGSTOP and SIGCONT */
  hang(pod: PodHere): Promise<void>;
  wake(pod: PodHere): Promise<void>;
  stop(): Promise<void>;
}

const LOST = new Error('lost');
export const passwordOf = (user: string): string => secretOf(SECRET_KEYS.find((key) => key === user) ?? 'application');

class RealTalk implements Talk {
  readonly heard: string[] = [];
  closed = false;

  constructor(readonly redis: Redis) {
    redis.on('message', (channel: string, message: string) => this.heard.push(`${channel} ${message}`));
    redis.once('end', () => {
      this.closed = true;
    });
  }

  async call(name = '', ...rest: readonly string[]): Promise<unknown> {
    try {
      // ioredis keeps books on subscriptions, so it has to go through its own methods.
      if (name.toUpperCase() === 'SUBSCRIBE') return await this.redis.subscribe(...rest);
      return await this.redis.call(name, ...rest);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return message === 'Connection is closed.' ? LOST : error;
    }
  }
}

export class RealStage implements Stage {
  readonly farm = new ScriptFarm();
  readonly #pods = new Map<string, Pod>();
  readonly #talks: Redis[] = [];

  async pod(options: PodOptions = {}): Promise<Address> {
    this.farm.groups();
    const pod = await this.farm.pod(options);
    this.#pods.set(pod.at.ip, pod);
    // From here on its fence rests for 20 s: its own connections would be counted as well.
    await pod.says(/no sentinel group is declared/);
    return pod.at;
  }

  async talk(pod: PodHere, user: string | undefined): Promise<Talk> {
    const redis = connect(pod, user === undefined ? undefined : { user, password: passwordOf(user) });
    this.#talks.push(redis);
    await redis.connect();
    return new RealTalk(redis);
  }

  async until(what: string, check: () => Promise<boolean>): Promise<void> {
    await until(what, check, 20_000);
  }

  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async end({ ip }: PodHere): Promise<void> {
    await this.#pods.get(ip)?.process.stop();
  }

  async hang({ ip }: PodHere): Promise<void> {
    this.#pods.get(ip)?.process.signal('SIGSTOP');
  }

  async wake({ ip }: PodHere): Promise<void> {
    this.#pods.get(ip)?.process.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    for (const redis of this.#talks) redis.disconnect();
    await this.farm.room.stopAll();
  }
}

class SimTalk implements Talk {
  readonly heard: string[] = [];
  closed = false;

  constructor(
    readonly scheduler: Scheduler,
    readonly side: ClientSide,
  ) {
    side.onPush((channel, message) => this.heard.push(`${channel} ${message}`));
    side.onClose(() => {
      this.closed = true;
    });
  }

  async call(...command: readonly string[]): Promise<unknown> {
    let reply: Reply | 'lost' | undefined;
    this.side.send(command, (answer) => {
      reply = answer;
    });
    const deadline = this.scheduler.now + 5_000;
    while (reply === undefined && this.scheduler.now < deadline) await this.scheduler.run(this.scheduler.now + 1);
    return reply === 'lost' ? LOST : reply;
  }
}

/** Servers on machines of a network that delays and loses nothing. */
export class SimStage implements Stage {
  readonly scheduler = new Scheduler(1);
  readonly network = new Network(this.scheduler);
  readonly redises = new Map<string, SimRedis>();
  readonly #processes = new Map<string, SimProcess>();
  readonly #client: SimProcess;
  #given = 0;

  constructor() {
    this.network.addMachine('10.0.0.1', 'a');
    this.#client = new SimProcess(this.network, 'client', '10.0.0.1');
  }

  async pod(): Promise<PodHere> {
    const ip = `10.0.1.${++this.#given}`;
    this.network.addMachine(ip, 'a');
    this.startRedis(ip);
    return { ip, port: 6379 };
  }

  startRedis(ip: string): SimRedis {
    const process = new SimProcess(this.network, 'redis', ip);
    const passwords = {
      barn: passwordOf('barn'),
      sentinel: passwordOf('sentinel'),
      exporter: passwordOf('exporter'),
      replication: passwordOf('replication'),
    };
    const redis = new SimRedis({ address: `${ip}:6379`, around: process, passwords });
    this.network.listen(process, redis);
    this.redises.set(ip, redis);
    this.#processes.set(ip, process);
    return redis;
  }

  async talk({ ip, port }: PodHere, user: string | undefined): Promise<Talk> {
    let side: ClientSide | undefined;
    this.#client.connect(`${ip}:${port}`, 1_000, (end) => {
      if (typeof end !== 'string') side = end;
    });
    await this.scheduler.run(this.scheduler.now + 5);
    if (!side) throw new Error(`no connection to ${ip}`);
    const talk = new SimTalk(this.scheduler, side);
    if (user !== undefined) await talk.call('AUTH', user, passwordOf(user));
    return talk;
  }

  async until(what: string, check: () => Promise<boolean>): Promise<void> {
    const deadline = this.scheduler.now + 20_000;
    while (!(await check())) {
      if (this.scheduler.now > deadline) throw new Error(`not within 20 s: ${what}`);
      await this.scheduler.run(this.scheduler.now + 10);
    }
  }

  async pass(ms: number): Promise<void> {
    await this.scheduler.run(this.scheduler.now + ms);
  }

  async end({ ip }: PodHere): Promise<void> {
    this.#processes.get(ip)?.kill();
  }

  async hang({ ip }: PodHere): Promise<void> {
    this.#processes.get(ip)?.pause();
  }

  async wake({ ip }: PodHere): Promise<void> {
    this.#processes.get(ip)?.resume();
  }

  async stop(): Promise<void> {}
}
