import { nearest } from '../../farm/nearest.js';
import { show } from '../../farm/quote.js';
import { ProblemError } from '../problem.js';

/** Searching all names for the nearest takes ms: so often in a second, that those who ask for what is not there do not hold up the others. */
const MOST_A_SECOND = 20;

/** Says of a name that there is none, and which one was probably meant. */
export class UnknownClusters {
  #second = 0;
  #searched = 0;

  /** @param now ms since the epoch */
  problem(clusterName: string, names: readonly string[], now: number): ProblemError {
    const near = this.#maySearch(now) ? nearest(clusterName, names) : undefined;
    const hint = near === undefined ? '' : `; did you mean ${show(near)}?`;
    return new ProblemError(404, `there is no cache cluster ${show(clusterName)}${hint}`);
  }

  #maySearch(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) this.#searched = 0;
    this.#second = second;
    return ++this.#searched <= MOST_A_SECOND;
  }
}
