import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { synthesizeFarm } from '../../../constructs/synthesize-farm.js';
import type { CacheClusterOptions } from '../../../src/client/index.js';
import type { Farm } from '../../../src/farm/model.js';
import { LABEL, NAME, SECRET_KEYS, type SecretKey } from '../../../src/farm/words.js';
import { applyObjects } from './apply-objects.js';
import type { ControlPlane, Rig } from './control-plane-options.js';
import type { KubeObject } from './kube-objects.js';
import { type Machines, type MachinesOptions, machinesOfFarm, startMachines } from './kubelet.js';
import { KubeHttp } from './kubelet-http.js';
import { startRig } from './rig.js';
import { serviceAccountToken } from './service-account-token.js';
import { sidecarFlags } from './sidecar-gate.js';

export interface FarmOnRigOptions {
  readonly farm: Farm;
  /** scratch folder, short; the caller removes it after stop() */
  readonly folder: string;
  readonly log?: (line: string) => void;
  readonly machines?: Pick<MachinesOptions, 'backOff' | 'heartbeatMs' | 'searchPath'>;
  /** the built command-line program; @default that of this project */
  readonly cachefarm?: string;
}

/** A farm in as many real KubeClusters as it has datacenters, its pods run by machines of the rig. */
export interface FarmOnRig {
  readonly farm: Farm;
  readonly rig: Rig;
  readonly machines: Machines;
  /** folder of the synthesized manifests */
  readonly dist: string;
  /** values of the Secret `cachefarm-auth` */
  readonly secrets: Readonly<Record<SecretKey, string>>;
  /** plain requests as the administrator of a datacenter */
  http(datacenter: string): KubeHttp;
  /** what an application has to know of a cache cluster, with the sentinels that run now */
  cacheCluster(clusterName: string): Promise<CacheClusterOptions>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('../../../lib/src/cli/main.js', import.meta.url));
const JOB_WITHIN_MS = 120_000;

/** All objects of a folder, in the order of the file names, as `kubectl apply -f` takes them. */
export const objectsIn = (folder: string): readonly KubeObject[] =>
  readdirSync(folder)
    .sort()
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as KubeObject);

const secretObject = (name: string, namespace: string, stringData: Readonly<Record<string, string>>) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData },
});

/** What a person makes before the manifests: the passwords, and accounts for the one kubeconfig of all KubeClusters. */
async function makeFoundations(
  farm: Farm,
  http: KubeHttp,
  objects: readonly KubeObject[],
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const foundations = objects.filter(({ kind }) => kind === 'Namespace' || kind === 'ServiceAccount');
  await applyObjects(http, [...foundations, secretObject(NAME.secret, farm.namespace, secrets)]);
}

/** Each datacenter's operator account may do in its KubeCluster what its Role says; one kubeconfig holds a token of each. */
async function shareKubeconfig(farm: Farm, rig: Rig, http: (datacenter: string) => KubeHttp): Promise<void> {
  const accounts = farm.datacenters.map(({ name }) => rig.plane(name));
  const tokens = await Promise.all(accounts.map(async (plane) => [plane.datacenter, await operatorToken(farm, plane)]));
  const path = rig.kubeconfigForTokens('operator', Object.fromEntries(tokens));
  const config = readFileSync(path, 'utf8');
  for (const { name } of farm.datacenters)
    await applyObjects(http(name), [secretObject('cachefarm-kubeconfig', farm.namespace, { config })]);
}

const operatorToken = (farm: Farm, plane: ControlPlane): Promise<string> =>
  serviceAccountToken(plane, 'cachefarm-barn', farm.namespace);

/** Starts control planes and machines, synthesizes the farm; applies nothing. */
export async function startFarmOnRig(options: FarmOnRigOptions): Promise<FarmOnRig> {
  const { farm, folder } = options;
  const dist = join(folder, 'dist');
  synthesizeFarm(farm, dist);
  const datacenters = farm.datacenters.map(({ name }) => name);
  const contexts = Object.fromEntries(farm.datacenters.map(({ name, context }) => [name, context]));
  const rig = await startRig({
    ...{ datacenters, contexts, folder: join(folder, 'k'), namespace: farm.namespace },
    flags: sidecarFlags(),
  });
  const clients = new Map(
    rig.planes.map(({ datacenter, url, caData, adminToken: token }) => [
      datacenter,
      new KubeHttp({ url, caData, token }),
    ]),
  );
  const http = (datacenter: string): KubeHttp => {
    const client = clients.get(datacenter);
    if (!client) throw new Error(`the rig has no datacenter ${datacenter}`);
    return client;
  };
  const secrets = Object.fromEntries(SECRET_KEYS.map((key) => [key, randomBytes(24).toString('base64url')])) as Record<
    SecretKey,
    string
  >;
  const stopRig = async (): Promise<void> => {
    for (const client of clients.values()) client.close();
    await rig.stop();
  };
  try {
    const machines = await startMachines({
      ...options.machines,
      kubeClusters: rig.planes.map((controlPlane) => ({
        controlPlane,
        machines: machinesOfFarm(farm, controlPlane.datacenter),
      })),
      folder: join(folder, 'm'),
      cachefarm: options.cachefarm ?? PROGRAM,
      ...(options.log ? { log: options.log } : {}),
    });
    return {
      ...{ farm, rig, machines, dist, secrets, http },
      cacheCluster: (clusterName) => clientOptions(farm, http, secrets, clusterName),
      stop: async () => {
        await machines.stop();
        await stopRig();
      },
    };
  } catch (error) {
    await stopRig();
    throw error;
  }
}

/**
 * Applies the farm's manifests in plain order to each of its KubeClusters, after the Secrets that a person makes.
 * @param leaveOut objects that are not applied, e.g. the Deployment of Barn
 * @returns how many rounds each datacenter took
 */
export async function applyFarm(
  { farm, rig, dist, secrets, http }: FarmOnRig,
  leaveOut: (object: KubeObject) => boolean = () => false,
): Promise<Readonly<Record<string, number>>> {
  const all = objectsIn(join(dist, 'all'));
  const manifests = farm.datacenters.map(({ name }) => {
    const objects = [...objectsIn(join(dist, name)), ...all].filter((object) => !leaveOut(object));
    return { name, objects };
  });
  await Promise.all(manifests.map(({ name, objects }) => makeFoundations(farm, http(name), objects, secrets)));
  await shareKubeconfig(farm, rig, http);
  const rounds = await Promise.all(
    manifests.map(async ({ name, objects }) => [name, await applyObjects(http(name), objects)] as const),
  );
  return Object.fromEntries(rounds);
}

interface JobStatus {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** @throws Error when the seed Job fails, or has not ended after two minutes */
export async function seeded({ farm, http, machines }: FarmOnRig): Promise<void> {
  const [first] = farm.datacenters.filter(({ witness }) => !witness);
  const datacenter = first?.name ?? '';
  const path = `/apis/batch/v1/namespaces/${farm.namespace}/jobs/${NAME.seedJob}`;
  const until = Date.now() + JOB_WITHIN_MS;
  for (;;) {
    const { status } = await http(datacenter).get<JobStatus>(path);
    const ended = status?.conditions?.find((one) => one.status === 'True' && /^(Complete|Failed)$/.test(one.type));
    if (ended?.type === 'Complete') return;
    if (ended || Date.now() > until) {
      const logs = machines.pods(datacenter).filter(({ pod }) => pod.birth.owner.kind === 'Job');
      const text = logs.map(({ pod }) => machines.logs(datacenter, pod.name)).join('\n');
      throw new Error(`the seed Job ${ended ? 'failed' : 'has not ended'}:\n${text}`);
    }
    await delay(100);
  }
}

interface SentinelPods {
  readonly items: readonly { readonly status: { readonly hostIP?: string } }[];
}

async function clientOptions(
  farm: Farm,
  http: (datacenter: string) => KubeHttp,
  secrets: Readonly<Record<SecretKey, string>>,
  clusterName: string,
): Promise<CacheClusterOptions> {
  const cluster = farm.cacheClusters.find((one) => one.clusterName === clusterName);
  const group = farm.sentinelGroups.find(({ name }) => name === cluster?.sentinelGroup);
  if (!cluster || !group) throw new RangeError(`cache cluster ${clusterName} is not declared`);
  const selector = encodeURIComponent(`${LABEL.sentinelGroup}=${group.name}`);
  const path = `/api/v1/namespaces/${farm.namespace}/pods?labelSelector=${selector}`;
  const lists = await Promise.all(group.members.map(({ datacenter }) => http(datacenter).get<SentinelPods>(path)));
  const hosts = lists.flatMap(({ items }) => items.flatMap(({ status }) => (status.hostIP ? [status.hostIP] : [])));
  return {
    clusterName,
    clusterSize: cluster.clusterSize,
    hash: cluster.hash,
    sentinels: hosts.map((host) => ({ host, port: group.port })),
    ...(farm.auth === 'none' ? {} : { password: secrets.application }),
  };
}
