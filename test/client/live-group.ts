/** A sentinel group and its pods as stock processes, open to everybody, and what Barn or a failure does to them. */
import { createConnection } from 'node:net';
import type { Redis } from 'ioredis';
import { type Address, ask, freeAddress, ProcessRoom, type Running, until } from '../builders/processes.js';

export interface Pod {
  readonly at: Address;
  process: Running;
}

export interface Seat {
  readonly at: Address;
  process: Running;
}

export class LiveGroup {
  readonly room = new ProcessRoom();
  readonly sentinels: Seat[] = [];

  static async start(size = 3): Promise<LiveGroup> {
    const group = new LiveGroup();
    for (let i = 0; i < size; i += 1) group.sentinels.push(await group.newSentinel(freeAddress(26379)));
    return group;
  }

  /** as the resolver wants them */
  get addresses(): { readonly host: string; readonly port: number }[] {
    return this.sentinels.map(({ at }) => ({ host: at.ip, port: at.port }));
  }

  private async newSentinel(at: Address): Promise<Seat> {
    return { at, process: await this.room.sentinel(at) };
  }

  /** Comes back with an empty configuration. */
  async restartBlank(seat: Seat): Promise<void> {
    await seat.process.stop();
    seat.process = await this.room.sentinel(seat.at);
  }

  seat(index: number): Seat {
    const seat = this.sentinels[index];
    if (!seat) throw new Error(`no sentinel ${index}`);
    return seat;
  }

  async pod(...lines: readonly string[]): Promise<Pod> {
    const at = freeAddress();
    return { at, process: await this.room.redis(at, ...lines) };
  }

  async replicaOf(master: Pod): Promise<Pod> {
    return this.pod(`replicaof ${master.at.ip} ${master.at.port}`, 'repl-diskless-sync-delay 0');
  }

  /** The same address, nothing in it. */
  async restartEmpty(pod: Pod): Promise<void> {
    await pod.process.stop();
    pod.process = await this.room.redis(pod.at);
  }

  /** Tells sentinels a name; none is asked to fail over on its own unless `quorum` says so. */
  async monitor(name: string, { at }: Pod, seats = this.sentinels, quorum = '9'): Promise<void> {
    const commands = [
      ['SENTINEL', 'MONITOR', name, at.ip, String(at.port), quorum],
      ['SENTINEL', 'SET', name, 'down-after-milliseconds', '1000', 'failover-timeout', '5000'],
    ];
    await Promise.all(seats.map((seat) => oneWrite(seat.at, commands)));
  }

  /** What Barn falls back to: REMOVE and MONITOR in one write. */
  async removeAndMonitor(name: string, { at }: Pod, seats = this.sentinels): Promise<void> {
    const commands = [
      ['SENTINEL', 'REMOVE', name],
      ['SENTINEL', 'MONITOR', name, at.ip, String(at.port), '9'],
    ];
    await Promise.all(seats.map((seat) => oneWrite(seat.at, commands)));
  }

  /** What Barn does: the epoch-fenced hello, to each sentinel in another's name. */
  async hello(name: string, { at }: Pod, epoch: number, seats = this.sentinels): Promise<void> {
    const ids = await Promise.all(
      this.sentinels.map(async (seat) => String(await ask(seat.at, undefined, 'SENTINEL', 'MYID'))),
    );
    const index = (seat: Seat): number => (this.sentinels.indexOf(seat) + 1) % this.sentinels.length;
    const text = (seat: Seat): string => {
      const from = this.seat(index(seat)).at;
      return `${from.ip},${from.port},${ids[index(seat)]},${epoch},${name},${at.ip},${at.port},${epoch}`;
    };
    await Promise.all(seats.map((seat) => oneWrite(seat.at, [['PUBLISH', '__sentinel__:hello', text(seat)]])));
  }

  async addressAt(seat: Seat, name: string): Promise<string> {
    return String(await ask(seat.at, undefined, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name));
  }

  async untilAllSay(name: string, { at }: Pod): Promise<void> {
    for (const seat of this.sentinels)
      await until(
        `${seat.at.ip} says ${at.ip}`,
        async () => (await this.addressAt(seat, name)) === `${at.ip},${at.port}`,
      );
  }

  async remove(at: Address, name: string): Promise<void> {
    await oneWrite(at, [['SENTINEL', 'REMOVE', name]]);
  }

  /** Subscriptions end and are refused from now on. */
  async forbidSubscriptions(at: Address): Promise<void> {
    await oneWrite(at, [
      ['ACL', 'SETUSER', 'default', '-subscribe'],
      ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
    ]);
  }

  /** Connections to a sentinel from this process, by what they are subscribed to. */
  async clientsOf(seat: Seat): Promise<{ readonly all: number; readonly subscribed: number }> {
    const list = String(await ask(seat.at, undefined, 'CLIENT', 'LIST'));
    const lines = list.split('\n').filter((line) => / name= /.test(line) && !/ cmd=client/.test(line));
    return { all: lines.length, subscribed: lines.filter((line) => / sub=3 /.test(line)).length };
  }

  stop(): Promise<void> {
    return this.room.stopAll();
  }
}

/** Commands on a connection of their own, in one write; throws the first error reply. */
function oneWrite(at: Address, commands: readonly (readonly string[])[]): Promise<void> {
  const text = commands.map(
    (words) => `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`,
  );
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: at.ip, port: at.port });
    let replies = '';
    socket.on('error', reject);
    socket.on('data', (data) => {
      replies += data.toString();
      if (replies.split('\r\n').length <= commands.length) return;
      socket.destroy();
      if (/^-/m.test(replies)) reject(new Error(`${at.ip}: ${replies}`));
      else resolve();
    });
    socket.write(text.join(''));
  });
}

export interface Landing {
  /** ms, performance.now() of the reply */
  readonly at: number;
  /** ip of the pod that took it */
  readonly pod: string;
}

/** Writes every 10 ms, whatever becomes of the writes before, and remembers which pod took each. */
export class Writer {
  readonly landings: Landing[] = [];
  readonly errors: string[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(readonly redis: Redis) {
    redis.on('error', () => undefined);
    this.timer = setInterval(() => this.write(), 10);
  }

  private write(): void {
    this.redis
      .multi()
      .set('stamp', Date.now())
      .config('GET', 'bind')
      .exec()
      .then(
        (replies) => {
          const bind = replies?.[1]?.[1];
          if (Array.isArray(bind)) this.landings.push({ at: performance.now(), pod: String(bind[1]) });
          else this.errors.push(String(replies?.[0]?.[0]));
        },
        (error: Error) => this.errors.push(error.message),
      );
  }

  get last(): string | undefined {
    return this.landings.at(-1)?.pod;
  }

  /** Of writes that landed from now on. */
  async untilOn({ at }: Pod, withinMs = 10_000): Promise<void> {
    const from = performance.now();
    await until(
      `writes land on ${at.ip}`,
      () => this.landings.some((it) => it.pod === at.ip && it.at >= from),
      withinMs,
    );
  }

  /** Time from a moment to the first write that landed on a pod after it, ms. */
  async msUntilOn({ at }: Pod, from: number, withinMs = 10_000): Promise<number> {
    const landing = () => this.landings.find((it) => it.pod === at.ip && it.at >= from);
    const first = await until(`writes land on ${at.ip}; last on ${this.last}`, landing, withinMs);
    return first.at - from;
  }

  stop(): void {
    clearInterval(this.timer);
    this.redis.disconnect();
  }
}
