import type { ControlPlaneFiles } from './control-plane-files.js';
import { CONTROLLER_MANAGER } from './control-plane-files.js';
import type { ControlPlaneProcess } from './control-plane-options.js';

export interface ControlPlanePorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly 'kube-apiserver': number;
  readonly 'kube-controller-manager': number;
  readonly 'kube-scheduler': number;
}

export interface CommandOptions {
  readonly files: ControlPlaneFiles;
  readonly ports: ControlPlanePorts;
  /** `v1.36.3` */
  readonly version: string;
  readonly nodeGraceSeconds: number;
}

/** What a farm and its tests meet; the rest (volumes, certificates, quotas, autoscaling, ...) would only take memory. */
const CONTROLLERS = [
  'clusterrole-aggregation-controller',
  'deployment-controller',
  'disruption-controller',
  'endpoints-controller',
  'endpointslice-controller',
  'garbage-collector-controller',
  'job-controller',
  'namespace-controller',
  'node-lifecycle-controller',
  'pod-garbage-collector-controller',
  'replicaset-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'statefulset-controller',
  'ttl-after-finished-controller',
];
/** Until 1.28 the node lifecycle controller did this itself. */
const TAINT_EVICTION = { name: 'taint-eviction-controller', sinceMinor: 29 };

const minorOf = (version: string): number => Number(version.split('.')[1]);

function etcd({ files, ports }: CommandOptions): readonly string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    '--name=main',
    `--data-dir=${files.etcdData}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=main=${peer}`,
    // A killed process loses nothing that it wrote; only a machine's power cut would.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServer({ files, ports }: CommandOptions): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports['kube-apiserver']}`,
    // Endpoints of the Service `kubernetes` may not be loopback addresses; nobody here needs them.
    '--endpoint-reconciler-type=none',
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    '--profiling=false',
  ];
}

/** One certificate for all three: it is for 127.0.0.1, and making keys takes CPU. */
const serving = ({ files, ports }: CommandOptions, process: ControlPlaneProcess): readonly string[] => [
  '--bind-address=127.0.0.1',
  `--secure-port=${ports[process]}`,
  `--tls-cert-file=${files.certificate}`,
  `--tls-private-key-file=${files.certificateKey}`,
];

function controllerManager(options: CommandOptions): readonly string[] {
  const { files, version, nodeGraceSeconds } = options;
  const evicts = minorOf(version) >= TAINT_EVICTION.sinceMinor;
  return [
    ...serving(options, 'kube-controller-manager'),
    `--kubeconfig=${files.kubeconfig(CONTROLLER_MANAGER)}`,
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.certificate}`,
    `--controllers=${[...CONTROLLERS, ...(evicts ? [TAINT_EVICTION.name] : [])].join(',')}`,
    '--node-monitor-period=1s',
    `--node-monitor-grace-period=${nodeGraceSeconds}s`,
    `--node-startup-grace-period=${nodeGraceSeconds * 2}s`,
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--profiling=false',
  ];
}

const scheduler = (options: CommandOptions): readonly string[] => [
  ...serving(options, 'kube-scheduler'),
  `--config=${options.files.schedulerConfig}`,
];

/** The arguments of a process, without the program. */
export function commandOf(process: ControlPlaneProcess, options: CommandOptions): readonly string[] {
  switch (process) {
    case 'etcd':
      return etcd(options);
    case 'kube-apiserver':
      return apiServer(options);
    case 'kube-controller-manager':
      return controllerManager(options);
    case 'kube-scheduler':
      return scheduler(options);
  }
}
