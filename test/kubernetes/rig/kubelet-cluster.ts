import type { KeyedText } from '../../../src/local/manifest.js';
import type { PodContainer } from '../../../src/local/pod-container.js';
import type { PodSurroundings } from '../../../src/local/pod-surroundings.js';
import { Follow, type Followed } from './kubelet-follow.js';
import { KubeHttp } from './kubelet-http.js';
import { type ApiService, externalNames } from './kubelet-names.js';
import { KeptPod } from './kubelet-pod.js';
import { PodTokens } from './kubelet-tokens.js';
import { projectedFiles } from './kubelet-volumes.js';
import { isHeard, MachineNode, type RigMachine } from './node-of-machine.js';
import { type ApiPod, namespaceOf } from './pod-from-api.js';

/** The control plane that machines join, as far as they know it: a ControlPlane is one. */
export interface JoinedControlPlane {
  readonly datacenter: string;
  readonly url: string;
  readonly caData: string;
  readonly adminToken: string;
  readonly version?: string;
}

/** What the KubeClusters of a rig share; the rest of a pod's surroundings is its KubeCluster's. */
export type SharedSurroundings = Omit<PodSurroundings, 'datacenter' | 'configMap' | 'secret' | 'changed' | 'env'>;

interface ApiData extends Followed {
  readonly data?: Readonly<Record<string, string>>;
}

interface ApiNode extends Followed {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Where programs look for the pod's token; they find the pod's own folder instead (kubelet-service-account.mjs). */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const PRELOAD = new URL('./kubelet-service-account.mjs', import.meta.url).href;

const plainText = ({ data = {} }: ApiData): KeyedText => new Map(Object.entries(data));
const decodedText = ({ data = {} }: ApiData): KeyedText =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));

/** The machines of one KubeCluster: Nodes to its API server, processes to us. One watch for the pods of them all. */
export class KubeletCluster {
  readonly http: KubeHttp;
  /** by uid */
  readonly kept = new Map<string, KeptPod>();
  readonly #nodes: readonly MachineNode[];
  readonly #pods: Follow<ApiPod>;
  readonly #services: Follow<ApiService>;
  readonly #configMaps: Follow<ApiData>;
  readonly #secrets: Follow<ApiData>;
  readonly #seenNodes: Follow<ApiNode>;
  readonly #shared: SharedSurroundings;

  constructor(
    readonly plane: JoinedControlPlane,
    readonly machines: readonly RigMachine[],
    shared: SharedSurroundings,
    heartbeatMs: number,
    /** names of hosts may be different now */
    readonly namesChanged: () => void,
  ) {
    const { url, caData, adminToken, version = 'v1.28.0' } = plane;
    this.http = new KubeHttp({ url, caData, token: adminToken });
    const log = (line: string): void => shared.log(`${plane.datacenter}: ${line}`);
    this.#shared = { ...shared, log };
    this.#nodes = machines.map((machine) => new MachineNode(this.http, machine, heartbeatMs, version, log));
    const follow = <T extends Followed>(path: string, told: (object: T, gone: boolean) => void): Follow<T> =>
      new Follow<T>(this.http, path, told, log);
    this.#configMaps = follow('/api/v1/configmaps', (object) => this.#refreshIn(object));
    this.#secrets = follow('/api/v1/secrets', (object) => this.#refreshIn(object));
    this.#services = follow('/api/v1/services', namesChanged);
    this.#seenNodes = follow('/api/v1/nodes', (node, gone) => !gone && this.#nodeSeen(node));
    this.#pods = follow('/api/v1/pods?fieldSelector=spec.nodeName!%3D', (pod, gone) => this.#podSeen(pod, gone));
  }

  get name(): string {
    return this.plane.datacenter;
  }

  /** Resolves when all machines are Nodes. @throws KubeRefusal */
  async join(): Promise<void> {
    await Promise.all([this.#configMaps, this.#secrets, this.#services, this.#pods].map(({ listed }) => listed));
    await Promise.all(this.#nodes.map((node) => node.register()));
  }

  names(): ReadonlyMap<string, string> {
    const bound = [...this.#pods.objects.values()];
    const addresses = new Map(this.machines.map(({ name, address }) => [name, address]));
    return externalNames(this.#services.objects.values(), bound, (node) => addresses.get(node));
  }

  #podSeen(api: ApiPod, gone: boolean): void {
    const { uid } = api.metadata;
    const kept = this.kept.get(uid);
    if (gone) kept?.remove();
    else if (kept) kept.update(api);
    else this.#keep(api);
    if (gone || !kept) this.namesChanged();
  }

  #keep(api: ApiPod): void {
    const machine = this.machines.find(({ name }) => name === api.spec.nodeName);
    if (!machine) return;
    const { uid } = api.metadata;
    const kept: KeptPod = new KeptPod(api, {
      http: this.http,
      machine,
      surroundings: (changed) => this.#surroundings(api, machine, changed),
      gone: () => this.kept.delete(uid),
    });
    this.kept.set(uid, kept);
    kept.kick();
  }

  #surroundings(api: ApiPod, machine: RigMachine, changed: () => void): PodSurroundings {
    const namespace = namespaceOf(api);
    const { hostname, port } = new URL(this.plane.url);
    const configMap = (name: string): KeyedText | undefined => textOf(this.#configMaps, name, namespace, plainText);
    const secret = (name: string): KeyedText | undefined => textOf(this.#secrets, name, namespace, decodedText);
    const { metadata } = api;
    const { name, labels = {}, annotations = {}, uid } = metadata;
    const fields = { name, namespace, labels, annotations, uid, machine: machine.name, address: machine.address };
    const tokens = new PodTokens(this.http, api);
    return {
      ...this.#shared,
      datacenter: `${this.name}/${namespace}`,
      configMap,
      secret,
      env: {
        // Unlike the kubelet's: no kube-proxy makes a Service's address work.
        ...{ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, KUBERNETES_SERVICE_PORT_HTTPS: port },
        ...{ KUBELET_SERVICE_ACCOUNT: SERVICE_ACCOUNT, NODE_OPTIONS: `--import=${PRELOAD}` },
      },
      otherFiles: (volume) =>
        projectedFiles(volume, { fields, configMap, secret, token: (source) => tokens.token(source) }),
      changed,
    };
  }

  #refreshIn({ metadata }: Followed): void {
    for (const kept of this.kept.values()) if (namespaceOf(kept.api) === metadata.namespace) kept.refresh();
  }

  refreshAll(): void {
    for (const kept of this.kept.values()) kept.refresh();
  }

  /** The node controller gave a machine up that is there: it was silent, or the API server was away. */
  #nodeSeen({ metadata, status }: ApiNode): void {
    const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
    const node = this.#nodes.find(({ machine }) => machine.name === metadata.name);
    if (node && ready !== undefined && ready !== 'True' && isHeard(node.machine)) this.#comeBack(node);
  }

  #comeBack(node: MachineNode): void {
    node.reportReady().catch((error: Error) => this.#shared.log(`${node.machine.name}: ${error.message}`));
  }

  #on = (machine: RigMachine): readonly KeptPod[] => [...this.kept.values()].filter((kept) => kept.machine === machine);

  async stopMachine(machine: RigMachine): Promise<void> {
    machine.running = false;
    await Promise.all(this.#on(machine).map((kept) => kept.crash()));
  }

  startMachine(machine: RigMachine): void {
    machine.running = true;
    this.#resume(machine);
  }

  cutMachine(machine: RigMachine): void {
    machine.connected = false;
  }

  mendMachine(machine: RigMachine): void {
    machine.connected = true;
    this.#resume(machine);
  }

  #resume(machine: RigMachine): void {
    const node = this.#nodes.find((one) => one.machine === machine);
    if (node && isHeard(machine)) this.#comeBack(node);
    for (const kept of this.#on(machine)) kept.resume();
  }

  /** @throws Error when no such pod is kept, or it has no such container */
  container(pod: string, name: string): PodContainer {
    const found = this.pod(pod).pod.containers.find(({ spec }) => spec.name === name);
    if (!found) throw new Error(`container ${name} not found in pod ${pod}`);
    return found;
  }

  /** The newest of that name. @throws Error */
  pod(name: string): KeptPod {
    const kept = [...this.kept.values()].filter(({ api }) => api.metadata.name === name).at(-1);
    if (!kept) throw new Error(`pods "${name}" not found on the machines of ${this.name}`);
    return kept;
  }

  /** @param graceMs at most, a container */
  async stop(graceMs: number): Promise<void> {
    for (const follow of [this.#pods, this.#services, this.#configMaps, this.#secrets, this.#seenNodes]) follow.stop();
    for (const node of this.#nodes) node.stop();
    await Promise.all([...this.kept.values()].map((kept) => kept.stop(graceMs)));
    this.http.close();
  }
}

function textOf(
  objects: Follow<ApiData>,
  name: string,
  namespace: string,
  text: (object: ApiData) => KeyedText,
): KeyedText | undefined {
  const object = objects.find(name, namespace);
  return object && text(object);
}
