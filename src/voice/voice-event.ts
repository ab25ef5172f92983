import type { Reason } from '../plan/reasons.js';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** What a line says; the event of the ring says the same. `cluster` is the CacheCluster. */
export interface VoiceRecord {
  readonly level: Level;
  /** decided, ended; cold: a pod's own fence opened it again; holds, over: a brake; started: the first pass; pass: each of them, at debug; failed: a pass or a look; else a text of ours */
  readonly msg: string;
  readonly reason?: Reason;
  /** partition, cache cluster, sentinel, group, datacenter or `barn` */
  readonly subject?: string;
  readonly cluster?: string;
  readonly partition?: string;
  readonly detail?: string;
  /** kinds of the actions, in order */
  readonly actions?: readonly string[];
  readonly epoch?: number;
  /** of the whole decision: Done when every action is */
  readonly status?: string;
  readonly ms?: number;
  /** of a recovery: ms from the moment the partition was first seen not to serve until it served again */
  readonly recoveryMs?: number;
  readonly receipts?: readonly ReceiptRecord[];
  /** so many subjects at once: one line for all */
  readonly count?: number;
  /** the first of them */
  readonly subjects?: readonly string[];
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
}

export interface ReceiptRecord {
  readonly action: string;
  readonly status: string;
  readonly reason: string;
  readonly ms: number;
}

export interface VoiceEvent extends VoiceRecord {
  /** 1, 2, 3 ...: what a reader passes as `since` to get what came after */
  readonly seq: number;
  /** ms since the epoch */
  readonly at: number;
}
