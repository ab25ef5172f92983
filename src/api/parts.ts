/** What the HTTP API is made of: everything it reads comes from memory through `Sight`, everything it changes goes through `Control`. */

import type { Farm } from '../farm/model.js';
import type { Plan } from '../plan/action.js';
import type { Budget } from '../plan/planning.js';
import type { VoiceEvent } from '../voice/voice-event.js';
import type { Facts } from '../world/facts.js';
import type { World } from '../world/model.js';
import type { Change, ClientsView, DrainRequest, DrainView, RebalanceView } from './schemas.js';

/** The last pass of this process's Barn, whether it leads or follows. */
export interface Pass {
  readonly farm: Farm;
  readonly world: World;
  readonly facts: Facts;
  readonly plan: Plan;
  readonly budget: Budget;
}

/** What this process knows, from memory: it answers while Sentinel, Kubernetes or the leader are away. */
export interface Sight {
  /** undefined until the farm was seen once */
  last(): Pass | undefined;
  /** why nothing was seen lately; undefined: all is well */
  trouble(): string | undefined;
  events(filter?: { readonly since?: number; readonly subject?: string }): readonly VoiceEvent[];
  leads(): boolean;
  ready(): { readonly ok: boolean; readonly why?: string };
  /** @returns ends it */
  onPass(listener: (pass: Pass) => void): () => void;
  /** @returns ends it */
  onEvent(listener: (event: VoiceEvent) => void): () => void;
}

/** Somebody, as the KubeCluster knows him. */
export interface Person {
  readonly user: string;
  readonly groups: readonly string[];
}

export type Verb = 'read' | 'change' | 'drain';

/** Who may: TokenReview and SubjectAccessReview, cached shortly. */
export interface Gate {
  /** undefined: the token is nobody's. @throws Error when nobody could be asked: then 503, never in */
  who(token: string): Promise<Person | undefined>;
  /** read: list cacheclusters; change: patch cacheclusters; drain: patch nodes */
  may(person: Person, verb: Verb, clusterName?: string): Promise<boolean>;
}

/** What a change cannot be: each becomes a problem answer with its status. */
export type RefusalKind = 'invalid' | 'conflict' | 'not-found' | 'exists' | 'owned' | 'unavailable';
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly kind: RefusalKind,
    message: string,
    readonly more: {
      readonly errors?: readonly { readonly field: string; readonly message: string }[];
      readonly changeElsewhere?: { readonly owner: string; readonly typescript: string; readonly yaml: string };
    } = {},
  ) {
    super(message);
  }
}

export interface Declared {
  readonly version: string;
  /** somebody else says what it is (Argo CD, kubectl): read-only here */
  readonly owner: string | undefined;
}

/** Each throws Refusal. */
export interface Control {
  /** undefined: not declared. @throws Refusal `unavailable` when no KubeCluster answers */
  declared(clusterName: string): Promise<Declared | undefined>;
  /**
   * @param fields null takes one back to its default; undefined as a whole: delete
   * @param expect version that must still hold; undefined for a new one, which must not exist
   */
  change(wish: {
    readonly clusterName: string;
    readonly fields: Readonly<Record<string, unknown>> | undefined;
    readonly expect: string | undefined;
    readonly create: boolean;
    readonly dryRun: boolean;
  }): Promise<Change>;
  drain(request: DrainRequest, dryRun: boolean): Promise<DrainView>;
  rebalance(): Promise<RebalanceView>;
  /** a partition that failed too often may be replaced again; false: it was not held, or another Barn leads */
  approve(partition: string): boolean;
  /** CLIENT LIST of a pod. @throws Error when it does not answer */
  clientsOf(address: string): Promise<ClientsView['clients']>;
}

/** One line for every change, whoever asked and whatever came of it. */
export interface AuditRecord {
  readonly at: number;
  readonly who: string;
  readonly from: string;
  /** create-cluster, change-cluster, delete-cluster, drain, undo-drain, approve, log-in, log-in-refused */
  readonly what: string;
  readonly subject: string;
  readonly status: number;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly why?: string;
}

export interface ApiParts {
  readonly sight: Sight;
  readonly control: Control;
  readonly gate: Gate;
  /** reading (addresses, map, events) needs no token */
  readonly openReading: boolean;
  /** folder of the built page; undefined: the API alone */
  readonly page: string | undefined;
  readonly version: string;
  /** ms since the epoch */
  readonly now: () => number;
  readonly audit: (record: AuditRecord) => void;
  /** something broke in a request: for the log, never for the client */
  readonly failed: (error: unknown, request: string) => void;
}

export interface RunningApi {
  /** `ip:port` */
  readonly address: string;
  close(): Promise<void>;
}
