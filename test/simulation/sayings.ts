/** Which sentinel has given which partition to which address, and when it did so last. */
import { SELF_TEST_NAME } from '../../src/farm/access.js';

type Names = readonly { readonly name: string; readonly address: string }[];

export class Sayings {
  /** `partition address` -> sentinel -> ms */
  readonly #said = new Map<string, Map<string, number>>();
  /** sentinel -> all that it said when it was last heard: the same array as long as it says the same, so that only the time is to be kept */
  readonly #heard = new Map<string, { readonly names: Names; at: number }>();

  /** A sentinel gives all these. */
  heard(by: string, names: Names, now: number): void {
    const last = this.#heard.get(by);
    if (last?.names === names) {
      last.at = now;
      return;
    }
    if (last) this.#keep(by, last.names, last.at);
    this.#heard.set(by, { names, at: now });
    this.#keep(by, names, now);
  }

  given(partition: string, address: string, by: string, now: number): void {
    const key = `${partition} ${address}`;
    let said = this.#said.get(key);
    if (!said) {
      said = new Map();
      this.#said.set(key, said);
    }
    said.set(by, Math.max(said.get(by) ?? 0, now));
  }

  everGiven(partition: string, address: string): boolean {
    return this.#said.has(`${partition} ${address}`);
  }

  /** How many sentinels have said so after that. */
  countSince(partition: string, address: string, since: number): number {
    for (const [by, { names, at }] of this.#heard) this.#keep(by, names, at);
    let count = 0;
    for (const at of this.#said.get(`${partition} ${address}`)?.values() ?? []) count += Number(at > since);
    return count;
  }

  #keep(by: string, names: Names, at: number): void {
    for (const { name, address } of names) if (!name.startsWith(SELF_TEST_NAME)) this.given(name, address, by, at);
  }
}
