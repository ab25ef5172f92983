/** Watches a run: each write to a pod, each name of a sentinel, each decision of a Barn. What it finds is a violation of a sentence (violation.ts). */
import type { BarnEvent } from '../../src/barn/barn-event.js';
import { SELF_TEST_NAME } from '../../src/farm/access.js';
import { BarnInvariants } from './barn-invariants.js';
import { PodInvariants } from './pod-invariants.js';
import { Sayings } from './sayings.js';
import type { SimBarn } from './sim-barn.js';
import type { SimFarm } from './sim-farm.js';
import type { RedisEvent } from './sim-redis.js';
import type { Invariant, Violation } from './violation.js';

export class Invariants {
  readonly violations: Violation[] = [];
  readonly #sayings = new Sayings();
  readonly #pods: PodInvariants;
  readonly #barns: BarnInvariants;
  /** `group partition epoch` -> address */
  readonly #byEpoch = new Map<string, string>();

  constructor(readonly farm: SimFarm) {
    const broken = (invariant: Invariant, detail: string): void => this.broken(invariant, detail);
    this.#pods = new PodInvariants(farm, this.#sayings, broken);
    this.#barns = new BarnInvariants(farm, broken);
  }

  broken(invariant: Invariant, detail: string): void {
    this.violations.push({ invariant, at: this.farm.scheduler.now, detail });
  }

  /** Somebody has changed a pod. */
  changed(event: RedisEvent): void {
    this.#pods.changed(event);
  }

  /** @param about `slave <name> <ip> <port> @ <partition> ...`, as the sentinel publishes it */
  promoted(about: string, by: string): void {
    const [, , ip, port, , partition = ''] = about.split(' ');
    const sentinel = this.farm.sentinels.find(({ address }) => address === by);
    // What its file said long ago is past all that anybody could look at before.
    if (sentinel && !sentinel.wasAged) this.#pods.promoted(partition, `${ip}:${port}`, sentinel.label);
  }

  /** A sentinel says that a partition is there. */
  given(partition: string, address: string, by: string): void {
    this.#sayings.given(partition, address, by, this.farm.scheduler.now);
  }

  /** Now and then, and after each command to a sentinel: what all of them say. */
  listen(): void {
    const { now } = this.farm.scheduler;
    for (const { address, server } of this.farm.sentinels)
      if (server) this.#sayings.heard(address, server.names(), now);
    this.#barns.watchLeaders();
  }

  /** A hello that Barn has sent in the name of a sentinel: `<ip>,<port>,<id>,<epoch>,<partition>,<ip>,<port>,<epoch>`. */
  greeted(by: string, at: string, message: string): void {
    const [peerIp, peerPort, , , partition = '', ip, port, epoch] = message.split(',');
    if (partition.startsWith(SELF_TEST_NAME)) return;
    const peer = this.farm.sentinels.find(({ address }) => address === `${peerIp}:${peerPort}`);
    const key = `${peer?.record.group} ${partition} ${epoch}`;
    const known = this.#byEpoch.get(key) ?? `${ip}:${port}`;
    this.#byEpoch.set(key, `${ip}:${port}`);
    if (known !== `${ip}:${port}` && !this.#isSaid(at, partition, `${ip}:${port}`, Number(epoch)))
      this.broken(
        'one-address-an-epoch',
        `${by} gives ${partition} ${ip}:${port} at epoch ${epoch}, which was ${known}`,
      );
  }

  /**
   * Another sentinel has it so already: who is at work on a failover takes our epoch, and ends with the address of its own. Barn may repeat that,
   * and settles it with the next epoch when they differ.
   */
  #isSaid(except: string, partition: string, address: string, epoch: number): boolean {
    return this.farm.sentinels.some(
      (sentinel) =>
        sentinel.address !== except &&
        sentinel.server
          ?.names()
          .some((one) => one.name === partition && one.address === address && one.epoch === epoch),
    );
  }

  told(barn: SimBarn, event: BarnEvent): void {
    this.#barns.told(barn, event);
  }
}
