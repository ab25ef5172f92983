/** Where a Barn runs: a machine of its own, one life after the other. */

import type { BarnEvent } from '../../src/barn/barn-event.js';
import type { FarmFrame } from '../../src/farm/model.js';
import type { Credentials } from '../../src/observe/connections.js';
import type { Network } from './network.js';
import type { Command } from './parts.js';
import { SimBarn } from './sim-barn.js';
import type { SimKube } from './sim-kube.js';
import { SimProcess } from './sim-process.js';

export interface BarnPlaceParts {
  readonly frame: FarmFrame;
  readonly credentials: Credentials;
  readonly network: Network;
  readonly kubes: readonly SimKube[];
  readonly name: string;
  readonly ip: string;
  told(barn: SimBarn, event: BarnEvent): void;
}

const READS = new Set(['PING', 'INFO', 'AUTH', 'ROLE', 'CONFIG GET', 'ACL LIST', 'CLIENT SETNAME', 'SUBSCRIBE']);
const READS_OF_SENTINEL = new Set(['MYID', 'MASTERS', 'MASTER', 'REPLICAS', 'GET-MASTER-ADDR-BY-NAME', 'SENTINELS']);

/** Whether a command of Barn changes anything. */
export function isWrite([first = '', second = '']: Command): boolean {
  const word = first.toUpperCase();
  if (word === 'SENTINEL') return !READS_OF_SENTINEL.has(second.toUpperCase());
  return !READS.has(word) && !READS.has(`${word} ${second.toUpperCase()}`);
}

interface Crash {
  effects: number;
  readonly before: boolean;
  readonly restartMs: number;
}

export class BarnPlace {
  #barn: SimBarn | undefined;
  #skewMs = 0;
  #crash: Crash | undefined;
  #loses = 0;

  constructor(readonly parts: BarnPlaceParts) {}

  get name(): string {
    return this.parts.name;
  }

  get ip(): string {
    return this.parts.ip;
  }

  /** undefined: none runs now */
  get barn(): SimBarn | undefined {
    return this.#barn?.process.alive === true ? this.#barn : undefined;
  }

  get process(): SimProcess | undefined {
    return this.barn?.process;
  }

  start(): void {
    const { network, name, ip, frame, credentials, kubes, told } = this.parts;
    if (this.barn || !network.isUp(ip)) return;
    const process = new SimProcess(network, name, ip);
    process.skewMs = this.#skewMs;
    // In a pod a container that is started again is the same holder of a Lease (cli/barn.ts).
    const barn: SimBarn = new SimBarn({
      frame,
      credentials,
      kubes,
      process,
      identity: name,
      told: (event) => told(barn, event),
    });
    this.#barn = barn;
  }

  /** Its process ends in the middle of whatever it does. @returns whether one ran */
  crash(restartMs: number): boolean {
    const { barn } = this;
    this.#crash = undefined;
    if (!barn) return false;
    barn.process.kill();
    this.#barn = undefined;
    this.parts.network.scheduler.after(restartMs, () => this.start());
    return true;
  }

  vanish(): void {
    this.barn?.process.vanish();
    this.#barn = undefined;
  }

  crashAt(effects: number, before: boolean, restartMs: number): void {
    this.#crash = { effects, before, restartMs };
  }

  loseReplies(count: number): void {
    this.#loses = count;
  }

  /** What is still to come does not. */
  calm(): void {
    this.#crash = undefined;
    this.#loses = 0;
    this.skew(0);
  }

  skew(ms: number): void {
    this.#skewMs = ms;
    if (this.process) this.process.skewMs = ms;
  }

  /** @returns false: the command does not go out */
  sending(command: Command): boolean {
    const crash = this.#crash;
    if (!crash || !isWrite(command) || --crash.effects > 0) return true;
    if (crash.before) {
      this.#crashSoon(crash);
      return false;
    }
    return true;
  }

  /** The server has carried it out. @returns true: the reply is lost */
  losing(command: Command): boolean {
    if (!isWrite(command)) return false;
    const crash = this.#crash;
    if (crash && crash.effects <= 0) this.#crashSoon(crash);
    if (this.#loses === 0) return false;
    this.#loses--;
    return true;
  }

  /** Not in the middle of its own code, which would go on. */
  #crashSoon({ restartMs }: Crash): void {
    this.#crash = undefined;
    const { barn } = this;
    if (barn) barn.process.paused = true;
    this.parts.network.scheduler.after(0, () => {
      if (this.#barn === barn) this.crash(restartMs);
    });
  }
}
