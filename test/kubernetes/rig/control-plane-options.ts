/** The four processes of a control plane, in the order they start. */
export const CONTROL_PLANE_PROCESSES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type ControlPlaneProcess = (typeof CONTROL_PLANE_PROCESSES)[number];

/** Somebody who may log in with a token, as the API server sees them; what they may do is RBAC's business. */
export interface ControlPlaneUser {
  /** `system:node:a-1` for a kubelet, any other name for a person */
  readonly name: string;
  /** `system:nodes` for a kubelet, `system:masters` for who may do everything */
  readonly groups: readonly string[];
}

export interface ControlPlaneOptions {
  /** name of the datacenter, `a` */
  readonly datacenter: string;
  /** scratch folder for data, certificates and logs; the caller removes it after stop() */
  readonly folder: string;
  /** `v1.36.3`; default: CACHEFARM_KUBERNETES in the environment (set by `npm run e2e`), else the newest of tools/kubernetes */
  readonly version?: string;
  /** name of the context in the kubeconfigs; default: the datacenter's name */
  readonly context?: string;
  /** namespace of that context; default: `cachefarm` */
  readonly namespace?: string;
  /** who may log in besides the administrator */
  readonly users?: readonly ControlPlaneUser[];
  /** seconds without a heartbeat until a machine is NotReady; default 6 (a real one: 40 or 50) */
  readonly nodeGraceSeconds?: number;
  /** which processes run; default all four. etcd and kube-apiserver are enough for tests of the API alone */
  readonly processes?: readonly ControlPlaneProcess[];
  /** flags added at the end, where they override ours: `{'kube-apiserver': ['--v=4']}` */
  readonly flags?: Readonly<Partial<Record<ControlPlaneProcess, readonly string[]>>>;
}

/** One KubeCluster's control plane: real processes on 127.0.0.1 that all end when this process ends, however it ends. */
export interface ControlPlane {
  readonly datacenter: string;
  /** `v1.36.3` */
  readonly version: string;
  /** what each program says of itself: `{etcd: '3.6.8', 'kube-apiserver': 'v1.36.3', ...}` */
  readonly versions: Readonly<Record<string, string>>;
  /** `https://127.0.0.1:20123`; the same after a restart */
  readonly url: string;
  /** certificate authority of the url, PEM in base64 as a kubeconfig has it */
  readonly caData: string;
  /** token of a user in system:masters */
  readonly adminToken: string;
  /** path of the administrator's kubeconfig */
  readonly kubeconfig: string;
  /** context name in every kubeconfig of this control plane */
  readonly context: string;
  /**
   * @param name of a user given in the options
   * @returns path of that user's kubeconfig
   * @throws Error when no such user was given
   */
  kubeconfigOf(name: string): string;
  /** @returns path of a kubeconfig for any token, e.g. one of a ServiceAccount; written as `<name>.kubeconfig` */
  kubeconfigForToken(name: string, token: string): string;
  /** SIGKILL; resolves when it is gone. Its data stay. */
  kill(name: ControlPlaneProcess): Promise<void>;
  /** Starts a killed process again (kills it first when it runs), with the same flags, port and data; resolves when it is healthy. */
  restart(name: ControlPlaneProcess): Promise<void>;
  /** SIGSTOP: connections stay open, nobody answers. */
  pause(name: ControlPlaneProcess): void;
  /** SIGCONT */
  resume(name: ControlPlaneProcess): void;
  /** @returns undefined while it does not run */
  pidOf(name: ControlPlaneProcess): number | undefined;
  /** what a process wrote to stdout and stderr, the newest megabytes */
  logOf(name: ControlPlaneProcess): string;
  /** Kills all processes; resolves when all are gone. May be called twice. */
  stop(): Promise<void>;
}

export interface RigOptions extends Omit<ControlPlaneOptions, 'datacenter' | 'context'> {
  /** `['a', 'b', 'c']` */
  readonly datacenters: readonly string[];
  /** context of each datacenter; default: its name, as farms have it when they say nothing else */
  readonly contexts?: Readonly<Record<string, string>>;
}

/** KubeClusters side by side, one a datacenter. */
export interface Rig {
  readonly planes: readonly ControlPlane[];
  /** @throws Error for an unknown datacenter */
  plane(datacenter: string): ControlPlane;
  /** path of one administrator's kubeconfig with a context a datacenter */
  readonly kubeconfig: string;
  /**
   * @param tokenOf token of the user in each datacenter, by datacenter
   * @returns path of a kubeconfig with a context a datacenter, written as `<name>.kubeconfig`; datacenters without a token are left out
   */
  kubeconfigForTokens(name: string, tokenOf: Readonly<Record<string, string>>): string;
  stop(): Promise<void>;
}
