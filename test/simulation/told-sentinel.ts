/** A listener that answers as a sentinel does, with what a test tells it: for the fence's contract, over TCP and over the simulated network. */
import type { Command, Listener, Reply, ServerSide } from './parts.js';

/** A name as a sentinel lists it; addresses are `ip:port`. */
export interface ToldName {
  readonly name: string;
  readonly master: string;
  /** @default 0 */
  readonly epoch?: string;
  readonly flags?: string;
  readonly replicas?: readonly string[];
  /** what SENTINEL MASTER and REPLICAS say instead: INFO was asked a moment before */
  readonly later?: Partial<ToldName>;
}

/** `breaks off` ends the connection when it is asked for replicas, `loses` when it is asked for a master for the first time; `dies` as `breaks off`, and each one after it */
export type Mood = 'well' | 'hangs' | 'refuses' | 'breaks off' | 'loses' | 'dies';

const endOf = (address: string): readonly [string, string] => {
  const at = address.lastIndexOf(':');
  return [address.slice(0, at), address.slice(at + 1)];
};

export class ToldSentinel implements Listener {
  names: readonly ToldName[] = [];
  mood: Mood = 'well';
  /** commands so far, the login left out */
  readonly asked: string[] = [];

  constructor(readonly address: string) {}

  #dead = false;

  accepted(): void {}
  closed(): void {}

  holds(): boolean {
    return this.mood === 'hangs';
  }

  execute(client: ServerSide, command: Command): Reply {
    const line = command.join(' ');
    const name = command[0]?.toUpperCase();
    if (this.#dead) client.close();
    if (name === 'AUTH')
      return this.mood === 'refuses'
        ? new Error('WRONGPASS invalid username-password pair or user is disabled.')
        : 'OK';
    if (this.mood === 'refuses') return new Error('NOAUTH Authentication required.');
    // What redis-cli asks on its own before it reads stdin.
    if (name === 'COMMAND') return new Error('NOPERM no permissions');
    this.asked.push(line);
    if (name === 'PING') return 'PONG';
    if (line === 'INFO sentinel') return this.#info();
    if (command[1] === 'REPLICAS' && (this.mood === 'breaks off' || this.mood === 'dies')) {
      this.#dead = this.mood === 'dies';
      client.close();
    }
    if (command[1] === 'MASTER' && this.mood === 'loses') {
      this.mood = 'well';
      client.close();
    }
    const told = this.names.find((one) => one.name === command[2]);
    if (name !== 'SENTINEL' || !told) return new Error('ERR No such master with that name');
    const now = { ...told, ...told.later };
    return command[1] === 'MASTER' ? master(now) : replicas(now);
  }

  #info(): string {
    const lines = this.names.map(
      (told, i) =>
        `master${i}:name=${told.name},status=ok,address=${told.master},slaves=${told.replicas?.length ?? 0},sentinels=3`,
    );
    return ['# Sentinel', `sentinel_masters:${lines.length}`, ...lines, ''].join('\r\n');
  }
}

function master({ name, master: address, flags = 'master', epoch = '0', replicas: copies = [] }: ToldName): Reply {
  const [ip, port] = endOf(address);
  return Object.entries({
    name,
    ip,
    port,
    runid: '',
    flags,
    'config-epoch': epoch,
    'num-slaves': String(copies.length),
  }).flat();
}

function replicas({ master: address, replicas: copies = [] }: ToldName): Reply {
  const [host, hostPort] = endOf(address);
  return copies.map((copy) => {
    const [ip, port] = endOf(copy);
    const fields = { name: copy, ip, port, runid: '', flags: 'slave', 'master-host': host, 'master-port': hostPort };
    return Object.entries(fields).flat();
  });
}
