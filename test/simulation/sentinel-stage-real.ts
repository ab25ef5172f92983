import { copyFileSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Redis } from 'ioredis';
import { ENV } from '../../src/farm/words.js';
import { type Address, ask, connect, freeAddress, type Running } from '../builders/processes.js';
import { idOf, ScriptFarm } from '../scripts/script-farm.js';
import { passwordOf } from './contract-stage.js';
import type { Command } from './parts.js';
import { type ConfFate, confFiles, type Heard, type StageServers, setConf } from './sentinel-stage.js';

/** Servers started by our own scripts on loopback addresses. */
export class RealServers implements StageServers {
  readonly heard: Heard[] = [];
  readonly #farm = new ScriptFarm();
  readonly #addresses = new Map<string, Address>();
  readonly #processes = new Map<string, Running>();
  readonly #ears: Redis[] = [];
  readonly #rewrites = new Map<string, number>();
  readonly #watchers: FSWatcher[] = [];

  now(): number {
    return Date.now();
  }

  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  addressOf(name: string): Address {
    const known = this.#addresses.get(name) ?? freeAddress(/^s\d$/.test(name) ? 26_379 : 6_379);
    this.#addresses.set(name, known);
    return known;
  }

  idOf(sentinel: string): string {
    return idOf(`sentinel-${sentinel}`);
  }

  async ask(name: string, user: string | undefined, command: Command): Promise<unknown> {
    const login = user === undefined ? undefined : { user, password: passwordOf(user) };
    return ask(
      this.addressOf(name),
      login,
      ...command.map((word) => (word === '$sentinel' ? passwordOf('sentinel') : word)),
    );
  }

  async startPod(name: string): Promise<void> {
    this.#farm.groups();
    const { process } = await this.#farm.pod({ at: this.addressOf(name), env: { [ENV.podName]: name } });
    this.#processes.set(name, process);
  }

  async startSentinel(name: string, conf: ConfFate): Promise<void> {
    const folder = this.#farm.room.folder;
    setConf(confFiles(folder, `sentinel-${name}`), conf);
    const at = this.addressOf(name);
    this.#processes.set(name, await this.#farm.sentinel(at, `sentinel-${name}`));
    this.#countRewrites(name);
    const ear = connect(at, { user: 'barn', password: passwordOf('barn') });
    this.#ears.push(ear);
    ear.on('pmessage', (_: string, channel: string, message: string) =>
      this.heard.push({ at: name, channel, message }),
    );
    await ear.connect();
    await ear.psubscribe('*');
    // Its own start script has told it by then how often to ping.
    await this.pass(500);
  }

  rewritesOf(sentinel: string): number {
    return this.#rewrites.get(sentinel) ?? 0;
  }

  /** Each rewrite puts a new file in the place of the old one. */
  #countRewrites(name: string): void {
    const { conf } = confFiles(this.#farm.room.folder, `sentinel-${name}`);
    const watcher = watch(dirname(conf), (kind, file) => {
      if (kind === 'rename' && file === basename(conf)) this.#rewrites.set(name, this.rewritesOf(name) + 1);
    });
    this.#watchers.push(watcher);
  }

  async keepConf(sentinel: string): Promise<void> {
    const { conf, old } = confFiles(this.#farm.room.folder, `sentinel-${sentinel}`);
    copyFileSync(conf, old);
  }

  async kill(name: string): Promise<void> {
    await this.#processes.get(name)?.stop();
  }

  pause(name: string): void {
    this.#processes.get(name)?.signal('SIGSTOP');
  }

  resume(name: string): void {
    this.#processes.get(name)?.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    for (const watcher of this.#watchers) watcher.close();
    for (const ear of this.#ears) ear.disconnect();
    await this.#farm.room.stopAll();
  }
}
