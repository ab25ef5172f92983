/** A server that answers as a sentinel does, with what a test tells it: for moments that a real one passes through too quickly. */
import { createServer, type Server } from 'node:net';
import { type Address, freeAddress } from '../builders/processes.js';

/** A name as a sentinel lists it. */
export interface Told {
  readonly name: string;
  readonly master: Address;
  readonly epoch?: number;
  readonly flags?: string;
  readonly replicas?: readonly Address[];
  /** what SENTINEL MASTER and SENTINEL REPLICAS say instead of the above: INFO was asked a moment before */
  readonly later?: Partial<Told>;
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const array = (items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;
const fields = (of: Readonly<Record<string, string | number>>): string =>
  array(Object.entries(of).flatMap(([key, value]) => [bulk(key), bulk(String(value))]));

export class ToldSentinel {
  readonly at = freeAddress(26379);
  /** Commands so far, the login and what redis-cli wants for itself left out. */
  readonly asked: string[] = [];
  names: readonly Told[] = [];
  private server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      // redis-cli sends the next command when it has the answer: a chunk is a command.
      socket.on('data', (data) => {
        const words = data
          .toString()
          .split('\r\n')
          .filter((_, i) => i > 0 && i % 2 === 0);
        socket.write(this.answer(words));
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.at.port, this.at.ip, resolve));
    return this;
  }

  stop(): void {
    this.server?.close();
  }

  private answer(words: readonly string[]): string {
    const command = words.join(' ');
    if (words[0] === 'AUTH') return '+OK\r\n';
    // What redis-cli asks on its own before it reads stdin.
    if (words[0] === 'COMMAND') return '-NOPERM no permissions\r\n';
    this.asked.push(command);
    if (command === 'PING') return '+PONG\r\n';
    if (command === 'INFO sentinel') return bulk(this.info());
    const told = this.names.find(({ name }) => name === words[2]);
    if (words[0] !== 'SENTINEL' || !told) return '-ERR No such master with that name\r\n';
    const now = { ...told, ...told.later };
    return words[1] === 'MASTER' ? this.master(now) : this.replicas(now);
  }

  private info(): string {
    const lines = this.names.map(
      ({ name, master, replicas = [] }, i) =>
        `master${i}:name=${name},status=ok,address=${master.ip}:${master.port},slaves=${replicas.length},sentinels=3`,
    );
    return ['# Sentinel', `sentinel_masters:${lines.length}`, ...lines, ''].join('\r\n');
  }

  private master({ name, master, flags = 'master', epoch = 0, replicas = [] }: Told): string {
    const { ip, port } = master;
    return fields({ name, ip, port, runid: '', flags, 'config-epoch': epoch, 'num-slaves': replicas.length });
  }

  private replicas({ master, replicas = [] }: Told): string {
    return array(
      replicas.map(({ ip, port }) =>
        fields({
          name: `${ip}:${port}`,
          ip,
          port,
          runid: '',
          flags: 'slave',
          'master-host': master.ip,
          'master-port': master.port,
        }),
      ),
    );
  }
}
