import { apiRequest } from './api-request.js';
import type { ControlPlane } from './control-plane-options.js';

const READY = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'made by hand' };

/** A Node without a machine: registered, and kept alive by its Lease as a kubelet would; nothing runs on it. */
export class HandMadeNode {
  #beat: NodeJS.Timeout | undefined;

  private constructor(
    readonly plane: ControlPlane,
    readonly name: string,
  ) {}

  /** @param memory of the machine, `64Gi` */
  static async register(plane: ControlPlane, name: string, memory: string): Promise<HandMadeNode> {
    const node = new HandMadeNode(plane, name);
    await node.#lease('POST');
    const room = { cpu: '8', memory, pods: '110' };
    const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': plane.datacenter };
    await node.#ask('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      status: { capacity: room, allocatable: room, conditions: [READY] },
    });
    // A lost beat is no failure: the API server may be killed meanwhile.
    node.#beat = setInterval(() => void node.#tell().catch(() => undefined), 1_000);
    return node;
  }

  /** The controller manager says Unknown after missed heartbeats, and it is the kubelet that has to take that back. */
  async #tell(): Promise<void> {
    await this.#lease('PATCH');
    await this.#ask('PATCH', `/api/v1/nodes/${this.name}/status`, { status: { conditions: [READY] } });
  }

  async #ask(method: string, path: string, body: unknown): Promise<void> {
    const { url, caData, adminToken: token } = this.plane;
    const reply = await apiRequest(
      { url, caData, token },
      {
        method,
        path,
        body,
        ...(method === 'PATCH' ? { contentType: 'application/strategic-merge-patch+json' } : {}),
      },
    );
    if (reply.code >= 300) throw new Error(`${method} ${path}: ${reply.code} ${JSON.stringify(reply.body)}`);
  }

  #lease(method: 'POST' | 'PATCH'): Promise<void> {
    const { name } = this;
    const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases${method === 'PATCH' ? `/${name}` : ''}`;
    // MicroTime has six digits.
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    return this.#ask(method, path, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
    });
  }

  /** The machine is gone: no more heartbeats. */
  die(): void {
    clearInterval(this.#beat);
  }
}
