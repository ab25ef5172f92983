import type { Machine } from '../../../src/local/machine.js';
import { isRefusal, type KubeHttp, MERGE, STRATEGIC } from './kubelet-http.js';
import { kubeTime } from './status-of-pod.js';

/** A machine that can also be cut from its API server. */
export interface RigMachine extends Machine {
  /** false: its processes run, it hears and says nothing */
  connected: boolean;
  /** cores; @default 16 */
  readonly cpu?: number;
  /** @default 110 */
  readonly maxPods?: number;
}

/** It may talk to the API server. */
export const isHeard = ({ running, connected }: RigMachine): boolean => running && connected;

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const NODES = '/api/v1/nodes';
/** a Lease's times have microseconds */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z');

function conditions() {
  const now = kubeTime(Date.now());
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, message: 'process-running machine of the rig' },
    ...{ lastHeartbeatTime: now, lastTransitionTime: now },
  });
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
    condition('Ready', 'True', 'KubeletReady'),
  ];
}

function nodeStatus(machine: RigMachine, version: string) {
  const resources = {
    cpu: String(machine.cpu ?? 16),
    memory: String(machine.memoryBytes ?? 64 * 2 ** 30),
    pods: String(machine.maxPods ?? 110),
  };
  return {
    ...{ capacity: resources, allocatable: resources, conditions: conditions() },
    addresses: [
      { type: 'InternalIP', address: machine.address },
      { type: 'Hostname', address: machine.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: {
      ...{ architecture: 'amd64', operatingSystem: 'linux', osImage: 'processes', kernelVersion: 'rig' },
      ...{ containerRuntimeVersion: 'process://1', kubeletVersion: version, kubeProxyVersion: '' },
      ...{ machineID: machine.name, systemUUID: machine.name, bootID: `${machine.name}-${Date.now()}` },
    },
  };
}

/** A machine as a Node: registered once, then heard of by its Lease as long as it runs. */
export class MachineNode {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #uid = '';

  /**
   * @param heartbeatMs between two renewals of the Lease
   * @param version shown as that of its kubelet
   */
  constructor(
    readonly http: KubeHttp,
    readonly machine: RigMachine,
    readonly heartbeatMs: number,
    readonly version: string,
    readonly log: (line: string) => void,
  ) {}

  /** @throws KubeRefusal */
  async register(): Promise<void> {
    const { name, labels } = this.machine;
    const all = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', ...labels };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: all }, spec: {} };
    const body = { ...node, status: nodeStatus(this.machine, this.version) };
    const made = await this.http.send<{ metadata: { uid: string } }>('POST', NODES, body).catch((error: unknown) => {
      if (!isRefusal(error, 409)) throw error;
      return this.http.send<{ metadata: { uid: string } }>(
        'PATCH',
        `${NODES}/${name}`,
        { metadata: { labels: all } },
        MERGE,
      );
    });
    this.#uid = made.metadata.uid;
    await this.reportReady();
    this.#beat();
  }

  /** It is up: what the node controller thought of it while it was silent is over. @throws KubeRefusal */
  async reportReady(): Promise<void> {
    await this.#renew();
    const status = nodeStatus(this.machine, this.version);
    await this.http.send('PATCH', `${NODES}/${this.machine.name}/status`, { status }, STRATEGIC);
  }

  async #renew(): Promise<void> {
    const { name } = this.machine;
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime() };
    try {
      await this.http.send('PATCH', `${LEASES}/${name}`, { spec }, MERGE);
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
      const owner = { apiVersion: 'v1', kind: 'Node', name, uid: this.#uid };
      const metadata = { name, namespace: 'kube-node-lease', ownerReferences: [owner] };
      await this.http.send('POST', LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    }
  }

  #beat(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      const renewed = isHeard(this.machine) ? this.#renew() : Promise.resolve();
      renewed
        .catch((error: Error) => this.log(`${this.machine.name}: heartbeat: ${error.message}`))
        .finally(() => this.#beat());
    }, this.heartbeatMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
