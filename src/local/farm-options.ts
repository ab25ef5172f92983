import type { BackOffLimits } from './back-off.js';

export interface EmbeddedFarmOptions {
  /** folder that `cdk8s synth` wrote */
  readonly dist: string;
  /** folder of this farm: secrets, logs, volumes, kubeconfig; made when it is not there */
  readonly state: string;
  /** gives the state folder back, which this process has locked already (state-lock.ts); @default it is locked by the start */
  readonly unlock?: () => void;
  /** told what a person should know, a line each */
  readonly log: (line: string) => void;
  /** the built command-line program of this package, for containers that run `cachefarm`; @default they cannot run */
  readonly cachefarm?: string;
  /** where programs are looked for; @default the PATH of this process */
  readonly searchPath?: string;
  /** CrashLoopBackOff; @default the kubelet's: 0, 10 s, 20 s ... 5 min */
  readonly backOff?: BackOffLimits;
  /** run Deployments (Barn) from the start; @default false: startDeployment runs one */
  readonly deployments?: boolean;
}
