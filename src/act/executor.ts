import type { Redis } from 'ioredis';
import type { Action, Decision } from '../plan/action.js';
import type { Receipt } from '../plan/receipt.js';
import { claimPod, followMaster, openPod, releasePod } from './act-on-pod.js';
import { namePartition, setNameOptions } from './act-on-sentinel.js';
import { failed, type Outcome } from './outcome.js';

export interface ExecutorCredentials {
  readonly sentinel: string;
  readonly application: string;
}

/** Anything that lends a connection to `ip:port` as user barn. */
export interface Connector {
  use<T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T>;
}

export interface ExecutorOptions {
  /** called after each action, in the order they end */
  readonly onReceipt?: (receipt: Receipt) => void;
  /** asked before each action; once true, what is left is NotRun */
  readonly stopped?: () => boolean;
}

/** What an action writes to. */
const targetOf = (action: Action): string => ('sentinel' in action ? action.sentinel.address : action.pod.address);

/**
 * The only place where actions become effects. Decisions run side by side, actions of one decision in order; a target (a pod, a sentinel)
 * never has two writes outstanding, and a sentinel rests as long as its last write took, so that a rewrite storm cannot put it into TILT.
 */
export class Executor {
  readonly #tails = new Map<string, Promise<unknown>>();

  constructor(
    readonly connections: Connector,
    readonly credentials: ExecutorCredentials,
    readonly options: ExecutorOptions = {},
  ) {}

  /** Never throws; one receipt an action, in the order of the decisions. */
  async run(decisions: readonly Decision[]): Promise<readonly Receipt[]> {
    const receipts = await Promise.all(decisions.map((decision) => this.#runInOrder(decision.actions)));
    return receipts.flat();
  }

  async #runInOrder(actions: readonly Action[]): Promise<readonly Receipt[]> {
    const receipts: Receipt[] = [];
    for (const action of actions) {
      const before = receipts.find((receipt) => receipt.status !== 'Done');
      const why = this.options.stopped?.() ? 'stopped' : before && `${before.action.kind} was ${before.status}`;
      const receipt: Receipt = why ? { action, status: 'NotRun', reason: why, ms: 0 } : await this.#inTurn(action);
      receipts.push(receipt);
      this.options.onReceipt?.(receipt);
    }
    return receipts;
  }

  /** Waits for what is already under way at the target. */
  #inTurn(action: Action): Promise<Receipt> {
    const target = targetOf(action);
    const turn = (this.#tails.get(target) ?? Promise.resolve()).then(() => this.#carryOut(action));
    const rests = 'sentinel' in action;
    this.#tails.set(target, rests ? turn.then(({ ms }) => rest(Math.min(ms, 200))) : turn);
    return turn;
  }

  async #carryOut(action: Action): Promise<Receipt> {
    const start = performance.now();
    const outcome = await this.#attempt(action);
    return { action, ...outcome, ms: Math.round(performance.now() - start) };
  }

  async #attempt(action: Action): Promise<Outcome> {
    try {
      return await this.connections.use(targetOf(action), (redis) => this.#dispatch(action, redis));
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  #dispatch(action: Action, redis: Redis): Promise<Outcome> {
    switch (action.kind) {
      case 'claim-pod':
        return claimPod(redis, action, this.credentials.application);
      case 'open-pod':
        return openPod(redis, action, this.credentials.application);
      case 'release-pod':
        return releasePod(redis, action);
      case 'follow-master':
        return followMaster(redis, action);
      case 'name-partition':
        return namePartition(redis, action, this.credentials.sentinel);
      case 'set-options':
        return setNameOptions(redis, action, this.credentials.sentinel);
    }
  }
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
