import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { USER } from '../../src/farm/access.js';
import { splitAddress } from '../../src/farm/words.js';
import type { RedisPod } from '../../src/world/model.js';
import { connect } from '../builders/processes.js';
import type { Barns } from './barns.js';
import type { Clients } from './clients.js';
import { now, wait } from './clock.js';
import { draw, hash32 } from './draw.js';
import { Faults } from './faults.js';
import type { Mark } from './history.js';
import { type LiveFarm, PROGRAM } from './live-farm.js';
import { LiveNetwork } from './live-network.js';
import { poll } from './poll.js';
import { clusterOf } from './spans.js';
import type { Look, Place, Stage } from './stage.js';

const runProgram = promisify(execFile);
const UNTIL_MS = 20_000;

const placeOf = ({ name: pod, datacenter, machine, address }: RedisPod): Place => ({
  kind: 'redis',
  ...{ pod, datacenter, machine, address },
});

/** A running farm under traffic, for one scenario: what is done to it is written down. */
export class LiveStage implements Stage {
  readonly marks: Mark[] = [];
  readonly struck = new Set<string>();
  readonly network: LiveNetwork;
  readonly random: () => number;
  readonly #faults: Faults;

  constructor(
    readonly farm: LiveFarm,
    readonly barns: Barns,
    readonly clients: Clients,
    readonly partitions: readonly string[],
    readonly seed: number,
    scenario: string,
  ) {
    this.random = draw(seed ^ hash32(scenario));
    this.#faults = new Faults(farm, this.ask);
    barns.said = (what) => this.mark('fault', what);
    this.network = new LiveNetwork(farm, (what) => this.mark('fault', what), this.#ping);
  }

  mark(kind: Mark['kind'], text: string): void {
    this.marks.push({ at: now(), kind, text });
  }

  readonly #ping = async (): Promise<void> => {
    const [sentinel] = await this.sentinels();
    if (sentinel) await this.ask(sentinel, ['PING']);
  };

  choose<T>(from: readonly T[]): T {
    const chosen = from[Math.floor(this.random() * from.length)];
    if (chosen === undefined) throw new Error('there is nothing to choose from');
    return chosen;
  }

  now = now;
  wait = wait;

  until(what: string, holds: () => unknown, timeoutMs = UNTIL_MS): Promise<void> {
    return poll(what, holds, timeoutMs);
  }

  async prove(what: string, holds: () => unknown, timeoutMs = UNTIL_MS): Promise<void> {
    await poll(what, holds, timeoutMs);
    this.mark('proof', what);
  }

  check(what: string, holds: boolean): void {
    if (!holds) throw new Error(what);
  }

  note(what: string): void {
    this.mark('note', what);
  }

  strike(partitions: readonly string[]): void {
    for (const partition of partitions) this.struck.add(partition);
  }

  get datacenters(): readonly string[] {
    return this.farm.datacenters;
  }

  look(): Promise<Look> {
    return this.farm.look();
  }

  async owner(partition: string): Promise<Place> {
    const { facts } = await this.look();
    const pod = facts.podAt.get(facts.partitions.find(({ name }) => name === partition)?.agreed ?? '');
    if (!pod) throw new Error(`${partition} is nowhere`);
    return placeOf(pod);
  }

  async partitionsAt(where: string): Promise<readonly string[]> {
    const { facts } = await this.look();
    return facts.partitions
      .filter(({ agreed, leading }) => {
        // While a majority hangs nothing is agreed.
        const pod = facts.podAt.get(agreed ?? leading ?? '');
        return pod && [pod.address, pod.machine, `datacenter ${pod.datacenter}`].includes(where);
      })
      .map(({ name }) => name);
  }

  async pods() {
    const { world } = await this.look();
    return world.pods.map((pod) => {
      const claim = pod.instance.state === 'up' ? pod.instance.claim : undefined;
      const partition = claim && 'partition' in claim ? claim.partition : undefined;
      return { ...placeOf(pod), claim: claim?.kind, partition };
    });
  }

  sentinels() {
    return this.farm.sentinels();
  }

  machines() {
    return this.farm.embedded.machines().map(({ name, datacenter, running }) => ({ name, datacenter, running }));
  }

  readonly #call = async (
    address: string,
    login: { user: string; password: string },
    [name = '', ...rest]: readonly string[],
    timeoutMs: number,
  ): Promise<unknown> => {
    const { host, port } = splitAddress(address);
    const redis = connect({ ip: host, port }, login);
    const late = setTimeout(() => redis.disconnect(), timeoutMs);
    try {
      await redis.connect();
      return await redis.call(name, ...rest);
    } finally {
      clearTimeout(late);
      redis.disconnect();
    }
  };

  ask = (at: Place | string, command: readonly string[], timeoutMs = 3_000): Promise<unknown> =>
    this.#call(
      typeof at === 'string' ? at : at.address,
      { user: USER.barn, password: this.farm.access.credentials.barn },
      command,
      timeoutMs,
    );

  flows(partitions?: readonly string[]): boolean {
    return this.clients.flows(partitions);
  }

  /** Serving, named, armed, every pod up, no sentinel silent, nothing to do. */
  async whole(timeoutMs = 60_000): Promise<void> {
    const from = now();
    let last = '';
    const holds = async (): Promise<boolean> => {
      if (!this.barns.quietSince(from)) {
        last = `Barn ${this.barns.leader() ?? '(none leads)'} has something to do`;
        return false;
      }
      const { world, progress } = await this.look();
      const { declared, serving, named, armed, toArm } = progress;
      const silent = [...world.pods.map(({ name, instance }) => ({ name, state: instance.state }))]
        .concat(world.groups.flatMap(({ sentinels }) => sentinels.map(({ pod: name, state }) => ({ name, state }))))
        .filter(({ state }) => state !== 'up')
        .map(({ name }) => name);
      last = JSON.stringify({ declared, serving, named, armed, toArm, silent });
      return serving === declared && named === declared && armed === toArm && silent.length === 0;
    };
    try {
      await poll('the farm is whole', holds, timeoutMs, 50);
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${last}\n${this.#lastWords()}`);
    }
  }

  /** What Barn did and waited for of late. */
  #lastWords(): string {
    const lines = this.barns.since(now() - 5_000);
    const waits = lines.findLast(({ kind }) => kind === 'pass')?.waits ?? [];
    const said = lines.filter(({ kind }) => kind !== 'pass').slice(-20);
    return [...said.map((line) => JSON.stringify(line)), ...waits].map((line) => `  ${line}`).join('\n');
  }

  async #strikeAt(where: string, what: string): Promise<void> {
    const partitions = await this.partitionsAt(where);
    this.strike(partitions);
    this.mark('fault', `${what}${partitions.length > 0 ? `, which serves ${partitions.join(', ')}` : ''}`);
  }

  async kill(place: Place): Promise<void> {
    await this.#strikeAt(place.address, `kill -9 ${place.pod}`);
    this.#faults.kill(place);
  }

  async pause(place: Place): Promise<void> {
    await this.#strikeAt(place.address, `SIGSTOP ${place.pod}`);
    this.#faults.pause(place);
  }

  async resume(place: Place): Promise<void> {
    this.mark('fault', `SIGCONT ${place.pod}`);
    this.#faults.resume(place);
  }

  async killClients(place: Place): Promise<void> {
    await this.#strikeAt(place.address, `CLIENT KILL at ${place.pod}`);
    const clusters = new Set(this.partitions.map((partition) => clusterOf(partition) ?? ''));
    const acl = (await this.ask(place, ['ACL', 'USERS'])) as readonly string[];
    for (const user of acl) if (clusters.has(user)) await this.ask(place, ['CLIENT', 'KILL', 'USER', user]);
  }

  async fillAcceptQueue(place: Place): Promise<void> {
    await this.#strikeAt(place.address, `full accept queue at ${place.pod}`);
    await this.#faults.fillAcceptQueue(place);
  }

  restartDelay(seconds: number): void {
    this.farm.programs.restartDelay(seconds);
  }

  async stopMachine(machine: string): Promise<void> {
    await this.#strikeAt(machine, `machine ${machine} off`);
    await this.#faults.stopMachine(machine);
  }

  async startMachine(machine: string): Promise<void> {
    this.mark('fault', `machine ${machine} on`);
    await this.#faults.startMachine(machine);
  }

  async stopDatacenter(datacenter: string): Promise<void> {
    await this.#strikeAt(`datacenter ${datacenter}`, `datacenter ${datacenter} off`);
    await this.#faults.stopDatacenter(datacenter);
  }

  async startDatacenter(datacenter: string): Promise<void> {
    this.mark('fault', `datacenter ${datacenter} on`);
    await this.#faults.startDatacenter(datacenter);
  }

  async restartStorm(): Promise<void> {
    const pods = await this.farm.pods();
    this.strike(this.partitions);
    this.mark('fault', `kill -9 of all ${pods.length} redis`);
    for (const place of pods) this.#faults.kill(place);
  }

  sentinelConf(sentinel: Place): Promise<string> {
    return this.#faults.conf(sentinel);
  }

  async restartSentinel(sentinel: Place, conf: string | undefined): Promise<void> {
    this.mark(
      'fault',
      `kill -9 ${sentinel.pod}, back ${conf === undefined ? 'without its conf' : 'with an older conf'}`,
    );
    await this.#faults.restartSentinel(sentinel, conf);
  }

  async tilt(sentinel: Place): Promise<void> {
    this.mark('fault', `${sentinel.pod} into TILT`);
    await this.#faults.tilt(sentinel);
  }

  async fillDisk(sentinel: Place): Promise<void> {
    this.mark('fault', `disk of ${sentinel.pod} full`);
    await this.#faults.fillDisk(sentinel);
  }

  async freeDisk(sentinel: Place): Promise<void> {
    this.mark('fault', `disk of ${sentinel.pod} free`);
    this.#faults.freeDisk(sentinel);
  }

  async cachefarm(...words: readonly string[]): Promise<string> {
    this.mark('fault', `cachefarm ${words.join(' ')}`);
    const { stdout } = await runProgram(process.execPath, [PROGRAM, ...words, '--state', this.farm.state]);
    return stdout;
  }

  async apply(document: string): Promise<void> {
    const file = join(this.farm.state, 'to-apply.json');
    writeFileSync(file, document);
    await this.cachefarm('apply', '-f', file, '--force');
  }

  async plant(at: Place, partition: string, key: string, value: string): Promise<void> {
    this.mark('fault', `${key} of ${partition} planted at ${at.pod}`);
    const login = { user: clusterOf(partition) ?? '', password: this.farm.access.credentials.application };
    await this.#call(at.address, login, ['SET', key, value], 3_000);
  }

  /** All that the scenario left broken, but the Barns. */
  async repair(): Promise<void> {
    await this.network.mend();
    await this.#faults.repair();
  }
}
