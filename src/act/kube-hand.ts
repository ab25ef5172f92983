/** What Barn writes to one KubeCluster, as plain objects. Kubernetes itself and the embedded farm take the same. */
import type { Loose } from '../farm/loose.js';
import { DOMAIN, NAME } from '../farm/words.js';

/** Field manager of all that Barn writes. */
export const FIELD_MANAGER = NAME.barn;

export interface KubeKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const KUBE_KIND = {
  cacheCluster: { group: DOMAIN, version: 'v1alpha1', plural: 'cacheclusters' },
  lease: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' },
  event: { group: 'events.k8s.io', version: 'v1', plural: 'events' },
} as const satisfies Readonly<Record<string, KubeKind>>;

/** Each call throws KubeRefused for an answer that refuses, another Error when nobody answers in time. */
export interface KubeHand {
  readonly datacenter: string;
  /** @returns undefined: there is none of that name */
  get(kind: KubeKind, name: string): Promise<Loose | undefined>;
  create(kind: KubeKind, body: Loose): Promise<Loose>;
  /** PUT; a resourceVersion in it is a precondition */
  replace(kind: KubeKind, name: string, body: Loose): Promise<Loose>;
  /** merge patch */
  merge(kind: KubeKind, name: string, patch: Loose): Promise<Loose>;
  /** server-side apply of the status, as FIELD_MANAGER, against whoever else says something there */
  applyStatus(kind: KubeKind, name: string, body: Loose): Promise<Loose>;
}

/** The KubeCluster answered, and refused. */
export class KubeRefused extends Error {
  override readonly name = 'KubeRefused';
  constructor(
    readonly code: number,
    message: string,
    /** the Status object of the answer, as far as it is one */
    readonly status: Loose = {},
  ) {
    super(message);
  }
}

/** Somebody else was faster, or it is there already. */
export const isConflict = (error: unknown): boolean => error instanceof KubeRefused && error.code === 409;
