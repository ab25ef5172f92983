/** Applications: look a partition up on a sentinel, write to the pod it gives, look it up again when something is wrong. */
import type { CacheCluster } from '../../src/farm/model.js';
import { partitionName } from '../../src/farm/words.js';
import type { ClientSide, Reply } from './parts.js';
import type { SimProcess } from './sim-process.js';

export interface Application {
  readonly process: SimProcess;
  /** undefined: the farm has no passwords for applications */
  readonly password: string | undefined;
  /** `ip:port` of the sentinels of a group */
  sentinelsOf(group: string): readonly string[];
}

const WRITE_EVERY_MS = 250;
const TIMEOUT_MS = 1_000;
const AGAIN_MS = 200;

/** One connection pool of an application to one partition. */
export class PartitionClient {
  readonly name: string;
  /** ms, virtual */
  lastAckAt = 0;
  acknowledged = 0;
  refused = 0;
  #turn = 0;
  #count = 0;
  #stopped = false;

  constructor(
    readonly application: Application,
    readonly cluster: CacheCluster,
    index: number,
    /** ms after which it asks again though nothing is wrong; 0: never, as plain clients do */
    readonly lookEveryMs: number,
  ) {
    this.name = partitionName(cluster.clusterName, index);
    application.process.after(index * 7, () => this.#resolve());
  }

  stop(): void {
    this.#stopped = true;
  }

  #again(): void {
    if (!this.#stopped) this.application.process.after(AGAIN_MS, () => this.#resolve());
  }

  #resolve(): void {
    const { process, password } = this.application;
    const sentinels = this.application.sentinelsOf(this.cluster.sentinelGroup);
    const sentinel = sentinels[this.#turn++ % sentinels.length];
    if (sentinel === undefined || this.#stopped) return;
    process.connect(sentinel, TIMEOUT_MS, (end) => {
      if (typeof end === 'string') return this.#again();
      let over = false;
      const conclude = (reply: Reply | 'lost'): void => {
        if (over) return;
        over = true;
        late();
        end.close();
        if (Array.isArray(reply)) this.#connect(`${reply[0]}:${reply[1]}`);
        else this.#again();
      };
      const late = process.after(TIMEOUT_MS, () => conclude('lost'));
      if (password !== undefined) end.send(['AUTH', 'app', password]);
      end.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name], conclude);
    });
  }

  #connect(address: string): void {
    const { process, password } = this.application;
    process.connect(address, TIMEOUT_MS, (end) => {
      if (typeof end === 'string') return this.#again();
      let over = false;
      const leave = (): void => {
        if (over) return;
        over = true;
        stopLooking();
        end.close();
        this.#again();
      };
      const stopLooking = this.lookEveryMs > 0 ? process.after(this.lookEveryMs, leave) : () => undefined;
      end.onClose(leave);
      const logIn = password === undefined ? ['PING'] : ['AUTH', this.cluster.clusterName, password];
      end.send(logIn, (reply) => {
        if (reply === 'OK' || reply === 'PONG') this.#write(end, leave, () => over || this.#stopped);
        else leave();
      });
    });
  }

  #write(end: ClientSide, leave: () => void, over: () => boolean): void {
    const { process } = this.application;
    if (over()) return;
    const late = process.after(TIMEOUT_MS, leave);
    end.send(['SET', `${this.name}:${this.#count++ % 16}`, `${this.name}/${this.#count}`], (reply) => {
      late();
      if (reply === 'lost') return;
      if (reply !== 'OK') {
        this.refused++;
        return leave();
      }
      this.acknowledged++;
      this.lastAckAt = process.now();
      process.after(WRITE_EVERY_MS * (0.5 + process.random()), () => this.#write(end, leave, over));
    });
  }
}
