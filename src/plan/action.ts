/** Intended effects as data. Each carries what must still hold when it is carried out; a mismatch then is `Stale`. */
import type { Claim } from '../farm/access.js';
import type { Reason } from './reasons.js';

/** Any claim but `locked`. */
export type HeldClaim = Exclude<Claim, { kind: 'locked' }>;

export interface PodRef {
  readonly name: string;
  readonly datacenter: string;
  readonly machine: string;
  /** `ip:port` */
  readonly address: string;
}

export interface SentinelRef {
  readonly pod: string;
  readonly address: string;
  /** 40 hex */
  readonly id: string;
}

export interface NameOptions {
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
}

export type Action =
  /** Compare-and-set of the pod's marker, then rules and application user. */
  | {
      readonly kind: 'claim-pod';
      readonly pod: PodRef;
      readonly expect: Claim;
      readonly claim: HeldClaim;
      /** let in at the end; left out for a pod that stays shut */
      readonly applicationUser?: string;
      /** only for a pod proven unbound: what an earlier owner left behind is dropped before the pod opens */
      readonly flush: boolean;
      /** replicas in step without which the pod refuses writes, set before it opens; left out: as it is, which for an idle pod is 0 */
      readonly minReplicas?: number;
      /** `bound` only: no sentinel can hold the pod for another name's, so they may ask it for INFO from the first moment (allow-info) */
      readonly asked?: true;
    }
  /** Finishes the opening of a pod that already carries the claim. */
  | {
      readonly kind: 'open-pod';
      readonly pod: PodRef;
      readonly claim: HeldClaim;
      readonly applicationUser: string;
      /** as for claim-pod: what was cut off may not have told it */
      readonly minReplicas?: number;
    }
  /** Application user deleted, connections cut, flushed, locked. */
  | { readonly kind: 'release-pod'; readonly pod: PodRef; readonly expect: Claim; readonly applicationUser: string }
  /** How many replicas in step a pod requires to take writes as a master; 0: none. */
  | { readonly kind: 'set-min-replicas'; readonly pod: PodRef; readonly claim: Claim; readonly replicas: number }
  /** Without `master` the pod follows nobody: it is its own master. */
  | { readonly kind: 'follow-master'; readonly pod: PodRef; readonly claim: Claim; readonly master?: string }
  /** Lets replicas copy from a pod, or no longer. */
  | { readonly kind: 'allow-copy'; readonly pod: PodRef; readonly claim: Claim; readonly allowed: boolean }
  /** Lets the sentinels ask a bound pod for INFO, or no longer: who may ask may also promote. */
  | { readonly kind: 'allow-info'; readonly pod: PodRef; readonly claim: HeldClaim; readonly allowed: boolean }
  /**
   * The end of a warm move: writes are held at `from`, `pod` catches up, becomes its own master, opens, gets the name; then the clients of
   * `from` are cut, and the application with them unless `from` goes on serving another partition.
   */
  | {
      readonly kind: 'hand-over';
      readonly partition: string;
      readonly sentinels: readonly SentinelRef[];
      readonly needed: number;
      readonly from: PodRef;
      readonly fromClaim: Claim;
      readonly fromGoesOn: boolean;
      readonly pod: PodRef;
      readonly expect: Claim;
      readonly claim: HeldClaim;
      readonly applicationUser: string;
      readonly epoch: number;
      readonly options: NameOptions;
    }
  /** Sentinel's own coordinated failover of a replicated partition. */
  | { readonly kind: 'fail-over'; readonly partition: string; readonly sentinel: SentinelRef; readonly from: string }
  /** SENTINEL REMOVE on one sentinel. */
  | {
      readonly kind: 'forget-name';
      readonly partition: string;
      readonly sentinel: SentinelRef;
      readonly address: string;
    }
  /** MONITOR, SET and hellos in one write to one sentinel; `replace` puts REMOVE in front of the same write. */
  | {
      readonly kind: 'name-partition';
      readonly partition: string;
      readonly sentinel: SentinelRef;
      readonly peers: readonly SentinelRef[];
      readonly address: string;
      readonly standby?: string;
      readonly epoch: number;
      readonly options: NameOptions;
      readonly replace: boolean;
    }
  /**
   * Epoch-fenced hello to every sentinel of the group at once (design.md 4.4): the name goes to `pod`, which must still carry `claim`.
   * Done when a majority of the group's declared size gives the new address, Stale when a majority holds another one at no lower an epoch.
   */
  | {
      readonly kind: 'switch-name';
      readonly partition: string;
      readonly sentinels: readonly SentinelRef[];
      readonly needed: number;
      readonly from: string;
      readonly pod: PodRef;
      readonly claim: Claim;
      /** of a pod that is there for this name alone: it is given up at once when the name is another's for good; left out: it stays as it is */
      readonly applicationUser?: string;
      readonly epoch: number;
      readonly options: NameOptions;
    }
  | {
      readonly kind: 'set-options';
      readonly partition: string;
      readonly sentinel: SentinelRef;
      readonly options: NameOptions;
    };

export interface Decision {
  readonly reason: Reason;
  /** partition, or cache cluster for its standbys */
  readonly subject: string;
  /** the values behind the reason, for a person */
  readonly detail: string;
  /** in order; the first that is not Done ends the decision */
  readonly actions: readonly Action[];
}

/** Addresses of all pods that the action does something to: a hand-over has two. */
export const podsIn = (action: Action): readonly string[] => {
  if (!('pod' in action)) return [];
  return action.kind === 'hand-over' ? [action.pod.address, action.from.address] : [action.pod.address];
};

/** Why something that is not as declared was left alone. */
export interface Note {
  readonly reason: Reason;
  readonly subject: string;
  readonly detail: string;
}

export interface Plan {
  readonly decisions: readonly Decision[];
  readonly notes: readonly Note[];
}
