/** What the commands that change the declared state ask of a KubeCluster. */
import type { Loose } from '../farm/loose.js';

/** Field manager of everything that this program writes. */
export const FIELD_MANAGER = 'cachefarm-cli';

export interface DeclaredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly time?: string;
      readonly fieldsV1?: Loose;
    }[];
  };
  readonly spec: Loose;
}

export interface WriteMode {
  readonly dryRun: boolean;
  /** take fields from other managers */
  readonly force: boolean;
}

/** Each call throws RefusedByKube for an answer that refuses, another Error when nobody answers. */
export interface KubeWriter {
  readonly datacenter: string;
  list(): Promise<readonly DeclaredObject[]>;
  /** server-side apply; a resourceVersion in it is a precondition */
  apply(object: DeclaredObject, mode: WriteMode): Promise<DeclaredObject>;
  /** uid and resourceVersion of the object are preconditions */
  remove(object: DeclaredObject, dryRun: boolean): Promise<void>;
  /** null takes an annotation away */
  annotate(kind: 'node' | 'pod', name: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
}

/** The KubeCluster answered, and refused. */
export class RefusedByKube extends Error {
  override readonly name = 'RefusedByKube';
  constructor(
    readonly code: number,
    /** it was changed since it was read */
    readonly stale: boolean,
    message: string,
  ) {
    super(message);
  }
}
