import type { BarnLine } from './stage.js';

/** A request of a client that was answered, or given up. Times are ms on the steady clock (clock.ts). */
export interface Request {
  /** `plain`, `resolver`, `node-redis` */
  readonly client: string;
  readonly partition: string;
  /** own: a key of this partition; common: the key that every partition has */
  readonly kind: 'write' | 'read' | 'write-common' | 'read-common';
  readonly key: string;
  readonly sent: number;
  readonly at: number;
  /** `ip:port` that answered; left out: not known */
  readonly address?: string;
  /** written; or, of a read, the newest that was acknowledged for this key before it was sent */
  readonly seq: number;
  /** of a read that was answered: what it gave */
  readonly value?: string | null;
  /** left out: it was answered */
  readonly error?: string;
}

/** A pod said this of itself whenever it was asked between two moments. */
export interface PodSpan {
  readonly address: string;
  /** ms: when the first answer had come, when the last question was asked; in between there is no doubt */
  readonly from: number;
  readonly to: number;
  readonly runId: string;
  /** `bound/User.id::3/1025` */
  readonly claim: string;
  /** application users that may connect */
  readonly openFor: readonly string[];
  readonly role: string;
  /** FLUSHALL and FLUSHDB since its start */
  readonly flushes: number;
  /** how often its keys had fallen below half from one look to the next, since the witness knows this process */
  readonly drops: number;
}

/** A sentinel gave this address of a partition whenever it was asked between two moments. */
export interface NameSpan {
  readonly sentinel: string;
  readonly group: string;
  readonly partition: string;
  readonly address: string;
  readonly from: number;
  readonly to: number;
}

/** A key on a pod that belongs to somebody else, found when all keys were read. */
export interface StrayKey {
  readonly address: string;
  readonly claim: string;
  readonly key: string;
}

/** A client's own process did not run: what it would have seen in that time nobody knows. */
export interface Stall {
  readonly client: string;
  readonly from: number;
  readonly to: number;
}

/** What the harness did and saw. */
export interface Mark {
  readonly at: number;
  readonly kind: 'begin' | 'fault' | 'proof' | 'note' | 'end' | 'whole' | 'settled' | 'failed';
  readonly text: string;
}

/** All that is known of one run of a scenario; a report holds it, and judging it needs nothing else. */
export interface History {
  readonly scenario: string;
  readonly seed: number;
  /** sentinel group -> its size */
  readonly groups: Readonly<Record<string, number>>;
  readonly partitions: readonly string[];
  readonly pods: readonly string[];
  readonly struck: readonly string[];
  readonly marks: readonly Mark[];
  readonly requests: readonly Request[];
  readonly stalls: readonly Stall[];
  readonly podSpans: readonly PodSpan[];
  readonly nameSpans: readonly NameSpan[];
  readonly strayKeys: readonly StrayKey[];
  /** pods whose keys could not be read */
  readonly unread: readonly string[];
  readonly barn: readonly BarnLine[];
}
