import type { Redis } from 'ioredis';
import type { Action, Decision } from '../plan/action.js';
import type { Receipt } from '../plan/receipt.js';
import { allowCopy, allowInfo, claimPod, followMaster, openPod, releasePod, setMinReplicas } from './act-on-pod.js';
import { failOver, forgetName, namePartition, setNameOptions } from './act-on-sentinel.js';
import { handOver } from './hand-over.js';
import { failed, type Outcome } from './outcome.js';
import { type SwitchTools, switchName, type WriteMode } from './switch-name.js';
import { Turns } from './turns.js';

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
  /** how a sentinel, `ip:port`, is told of a move; @default hello */
  readonly modeOf?: (sentinel: string) => WriteMode;
}

/**
 * The only place where actions become effects. Decisions run side by side, actions of one decision in order; a target (a pod, a sentinel)
 * never has two writes outstanding, and a sentinel rests as long as its last write took, so that a rewrite storm cannot put it into TILT. What
 * moves a partition does not wait for that, nor for what is only to be put in order.
 */
export class Executor {
  readonly #turns = new Turns();

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
      const receipt: Receipt = why ? { action, status: 'NotRun', reason: why, ms: 0 } : await this.#carryOut(action);
      receipts.push(receipt);
      this.options.onReceipt?.(receipt);
    }
    return receipts;
  }

  async #carryOut(action: Action): Promise<Receipt> {
    const start = performance.now();
    const outcome = await this.#attempt(action);
    return { action, ...outcome, ms: Math.round(performance.now() - start) };
  }

  async #attempt(action: Action): Promise<Outcome> {
    try {
      if (action.kind === 'switch-name') return await switchName(action, this.#switchTools);
      if (action.kind === 'hand-over') return await handOver(action, this.#switchTools, this.credentials.application);
      const address = 'sentinel' in action ? action.sentinel.address : action.pod.address;
      return await this.#turns.take(address, { urgent: false, rests: 'sentinel' in action }, () =>
        this.connections.use(address, (redis) => this.#dispatch(action, redis)),
      );
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  get #switchTools(): SwitchTools {
    return {
      use: (address, work) => this.connections.use(address, work),
      // A partition is waiting, and one hello after the other leaves the sentinel its turns (33 of 100 took 0.65 s, no TILT).
      write: (sentinel, work) =>
        this.#turns.take(sentinel, { urgent: true, rests: false }, () => this.connections.use(sentinel, work)),
      modeOf: (sentinel) => this.options.modeOf?.(sentinel) ?? 'hello',
      sentinelPassword: this.credentials.sentinel,
    };
  }

  #dispatch(action: Exclude<Action, { kind: 'switch-name' | 'hand-over' }>, redis: Redis): Promise<Outcome> {
    switch (action.kind) {
      case 'claim-pod':
        return claimPod(redis, action, this.credentials.application);
      case 'open-pod':
        return openPod(redis, action, this.credentials.application);
      case 'release-pod':
        return releasePod(redis, action);
      case 'set-min-replicas':
        return setMinReplicas(redis, action);
      case 'follow-master':
        return followMaster(redis, action);
      case 'name-partition':
        return namePartition(redis, action, this.credentials.sentinel);
      case 'allow-copy':
        return allowCopy(redis, action);
      case 'allow-info':
        return allowInfo(redis, action);
      case 'forget-name':
        return forgetName(redis, action);
      case 'fail-over':
        return failOver(redis, action);
      case 'set-options':
        return setNameOptions(redis, action, this.credentials.sentinel);
    }
  }
}
