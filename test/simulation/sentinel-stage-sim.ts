import { passwordOf } from './contract-stage.js';
import { Network } from './network.js';
import type { ClientSide, Command, Reply } from './parts.js';
import { Scheduler } from './scheduler.js';
import { type ConfFate, type Heard, type HostAddress, type StageServers, stageId } from './sentinel-stage.js';
import { SimProcess } from './sim-process.js';
import { SimRedis } from './sim-redis.js';
import { type SentinelConf, SimSentinel, type SimSentinelOptions } from './sim-sentinel.js';
import { sentinelUsers } from './sim-sentinel-access.js';

const ANSWER_MS = 3_000;

/** Servers of the simulation on a network that delays and loses nothing. */
export class SimServers implements StageServers {
  readonly heard: Heard[] = [];
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly processes = new Map<string, SimProcess>();
  readonly sentinels = new Map<string, SimSentinel>();
  readonly #addresses = new Map<string, HostAddress>();
  readonly #old = new Map<string, SentinelConf>();
  readonly #client: SimProcess;

  constructor(
    seed = 1,
    readonly options: Partial<SimSentinelOptions> = {},
  ) {
    this.scheduler = new Scheduler(seed);
    this.network = new Network(this.scheduler);
    this.network.addMachine('10.9.0.1', 'a');
    this.#client = new SimProcess(this.network, 'client', '10.9.0.1');
  }

  now(): number {
    return this.scheduler.now;
  }

  async pass(ms: number): Promise<void> {
    await this.scheduler.run(this.scheduler.now + ms);
  }

  addressOf(name: string): HostAddress {
    const known = this.#addresses.get(name);
    if (known) return known;
    const given = { ip: `10.9.1.${this.#addresses.size + 1}`, port: /^s\d$/.test(name) ? 26_379 : 6_379 };
    this.#addresses.set(name, given);
    this.network.addMachine(given.ip, 'a');
    return given;
  }

  idOf(sentinel: string): string {
    return stageId(sentinel);
  }

  async ask(name: string, user: string | undefined, command: Command): Promise<unknown> {
    const side = await this.#connect(name);
    if (!side) return new Error('Connection is closed.');
    if (user !== undefined) await this.#send(side, ['AUTH', user, passwordOf(user)]);
    const words = command.map((word) => (word === '$sentinel' ? passwordOf('sentinel') : word));
    const reply = await this.#send(side, words);
    side.close();
    return reply === undefined ? new Error('Command timed out') : reply;
  }

  async #connect(name: string): Promise<ClientSide | undefined> {
    const { ip, port } = this.addressOf(name);
    let side: ClientSide | undefined;
    let concluded = false;
    this.#client.connect(`${ip}:${port}`, 1_000, (end) => {
      concluded = true;
      if (typeof end !== 'string') side = end;
    });
    while (!concluded) await this.pass(1);
    return side;
  }

  async #send(side: ClientSide, command: Command): Promise<Reply | undefined> {
    let reply: Reply | 'lost' | undefined;
    side.send(command, (answer) => {
      reply = answer;
    });
    const deadline = this.now() + ANSWER_MS;
    while (reply === undefined && this.now() < deadline) await this.pass(1);
    return reply === 'lost' ? new Error('Connection is closed.') : reply;
  }

  async startPod(name: string): Promise<void> {
    const { ip, port } = this.addressOf(name);
    const process = new SimProcess(this.network, name, ip);
    const [barn, sentinel, exporter, replication] = (['barn', 'sentinel', 'exporter', 'replication'] as const).map(
      passwordOf,
    );
    const passwords = { barn, sentinel, exporter, replication } as ConstructorParameters<
      typeof SimRedis
    >[0]['passwords'];
    this.network.listen(process, new SimRedis({ address: `${ip}:${port}`, around: process, passwords }));
    this.processes.set(name, process);
  }

  async startSentinel(name: string, fate: ConfFate): Promise<void> {
    const { ip, port } = this.addressOf(name);
    const process = new SimProcess(this.network, name, ip);
    const conf = fate === 'kept' ? this.sentinels.get(name)?.conf : fate === 'aged' ? this.#old.get(name) : undefined;
    const passwords = { barn: passwordOf('barn'), peer: passwordOf('peer'), pod: passwordOf('pod') };
    const sentinel = new SimSentinel({
      address: `${ip}:${port}`,
      id: this.idOf(name),
      surroundings: process,
      users: sentinelUsers(passwords, passwordOf('application')),
      peerLogin: ['peer', passwords.peer],
      pingPeriodMs: 250,
      ...(conf ? { conf } : {}),
      ...this.options,
    });
    this.network.listen(process, sentinel);
    this.processes.set(name, process);
    this.sentinels.set(name, sentinel);
    const side = await this.#connect(name);
    side?.onPush((channel, message) => this.heard.push({ at: name, channel, message }));
    if (side) await this.#send(side, ['AUTH', 'barn', passwords.barn]);
    if (side) await this.#send(side, ['PSUBSCRIBE', '*']);
    await this.pass(500);
  }

  rewritesOf(sentinel: string): number {
    return this.sentinels.get(sentinel)?.rewrites ?? 0;
  }

  async keepConf(sentinel: string): Promise<void> {
    const conf = this.sentinels.get(sentinel)?.conf;
    if (conf) this.#old.set(sentinel, conf);
  }

  async kill(name: string): Promise<void> {
    this.processes.get(name)?.kill();
  }

  pause(name: string): void {
    this.processes.get(name)?.pause();
  }

  resume(name: string): void {
    this.processes.get(name)?.resume();
  }

  async stop(): Promise<void> {}
}
