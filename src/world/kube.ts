/** The parts of Kubernetes objects that the operator reads: what `@kubernetes/client-node` lists and the embedded farm serves; and where they are. */
import type { RequestOptions } from 'node:https';
import type { Loose } from '../farm/loose.js';

export interface KubePod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status: {
    readonly phase: string;
    readonly hostIP?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly name: string; readonly restartCount: number }[];
  };
}

export interface KubeNode {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

export interface KubeCacheCluster {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly managedFields?: readonly { readonly time?: string; readonly fieldsV1?: Loose }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Loose;
}

/** One KubeCluster as read at one moment. */
export interface KubeObjects {
  readonly datacenter: string;
  readonly pods: readonly KubePod[];
  readonly nodes: readonly KubeNode[];
  readonly cacheClusters: readonly KubeCacheCluster[];
  /** given: this is what was last seen, since the KubeCluster cannot be read now, and why; nothing is concluded from what is missing */
  readonly problem?: string;
}

/** Where a KubeCluster answers, and with which credentials: asked anew for each request, since both are renewed while we run. */
export interface KubeEndpoint {
  readonly datacenter: string;
  connect(): Promise<{ readonly server: string; readonly options: RequestOptions }>;
}
