import { type Decision, podsIn } from './action.js';

/** What the decisions of a pass are about so far, each read once: a third of a large farm that dies at once makes thousands of them. */
export class Decided {
  readonly #pods = new Set<string>();
  readonly #subjects = new Set<string>();
  #read = 0;

  /** @param decisions only ever added to */
  constructor(readonly decisions: readonly Decision[]) {}

  /** One of them has an action at the pod with this address. */
  hasPod(address: string): boolean {
    this.#readOn();
    return this.#pods.has(address);
  }

  /** One of them is about this partition or cache cluster. */
  hasSubject(subject: string): boolean {
    this.#readOn();
    return this.#subjects.has(subject);
  }

  #readOn(): void {
    for (let next = this.decisions[this.#read]; next; next = this.decisions[++this.#read]) {
      this.#subjects.add(next.subject);
      for (const action of next.actions) for (const address of podsIn(action)) this.#pods.add(address);
    }
  }
}
