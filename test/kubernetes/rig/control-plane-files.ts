import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlaneUser } from './control-plane-options.js';

export const ADMIN = 'admin';
/** Names under which the API server's own roles know its two clients. */
export const CONTROLLER_MANAGER = 'system:kube-controller-manager';
export const SCHEDULER = 'system:kube-scheduler';

export interface ControlPlaneFiles {
  readonly folder: string;
  readonly etcdData: string;
  /** the API server makes `apiserver.crt` and `apiserver.key` here on its first start */
  readonly certificates: string;
  readonly certificate: string;
  readonly certificateKey: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
  readonly schedulerConfig: string;
  /** token of each user, by name */
  readonly tokenOf: ReadonlyMap<string, string>;
  kubeconfig(name: string): string;
  log(process: string): string;
}

/** One line of a static token file: token, name, uid, groups. Source: kube-apiserver --token-auth-file. */
const tokenLine = ({ name, groups }: ControlPlaneUser, token: string): string =>
  `${token},"${name}",${name.replaceAll(/[^\w]/g, '-')},"${groups.join(',')}"\n`;

/** The file names of a control plane, with what has to be there before its first start. */
export function writeControlPlaneFiles(folder: string, users: readonly ControlPlaneUser[]): ControlPlaneFiles {
  const files: ControlPlaneFiles = {
    folder,
    etcdData: join(folder, 'etcd'),
    certificates: join(folder, 'certificates'),
    certificate: join(folder, 'certificates', 'apiserver.crt'),
    certificateKey: join(folder, 'certificates', 'apiserver.key'),
    serviceAccountKey: join(folder, 'service-account.key'),
    tokens: join(folder, 'tokens.csv'),
    schedulerConfig: join(folder, 'scheduler.json'),
    tokenOf: new Map(users.map(({ name }) => [name, randomBytes(16).toString('hex')])),
    kubeconfig: (name) => join(folder, 'kubeconfigs', `${name.replaceAll(/[^\w.-]/g, '-')}.kubeconfig`),
    log: (process) => join(folder, 'logs', `${process}.log`),
  };
  for (const name of ['certificates', 'kubeconfigs', 'logs']) mkdirSync(join(folder, name), { recursive: true });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const secret = { mode: 0o600 };
  writeFileSync(files.serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }), secret);
  writeFileSync(
    files.tokens,
    users.map((user) => tokenLine(user, files.tokenOf.get(user.name) ?? '')).join(''),
    secret,
  );
  writeFileSync(
    files.schedulerConfig,
    JSON.stringify({
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      leaderElection: { leaderElect: false },
      clientConnection: { kubeconfig: files.kubeconfig(SCHEDULER), qps: 500, burst: 1000 },
    }),
  );
  return files;
}
