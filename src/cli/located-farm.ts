import type { FarmFrame } from '../farm/model.js';
import type { Credentials } from '../observe/connections.js';

export interface AccessOptions {
  /** state folder of an embedded farm */
  readonly state?: string;
  /** name of the embedded farm whose default state folder is meant */
  readonly farm?: string;
  /** path; any of the next three asks for a farm in KubeClusters, from outside of them */
  readonly kubeconfig?: string;
  /** @default - the current one of the kubeconfig */
  readonly context?: string;
  /** @default - that of the context */
  readonly namespace?: string;
}

/** A running farm, found: what it is and how it is reached. */
export interface LocatedFarm {
  readonly frame: FarmFrame;
  /** path, or several as KUBECONFIG joins them; undefined means the KubeCluster in which this process runs */
  readonly kubeconfig: string | undefined;
  /** Read only when asked for: who only declares needs no password. @throws CliError */
  credentials(): Promise<Credentials>;
}
