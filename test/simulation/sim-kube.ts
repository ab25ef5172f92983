/** The KubeCluster of one datacenter: what its API holds, and how a Barn sees and writes it over the network. */
import { KUBE_KIND, type KubeHand, type KubeKind, KubeRefused } from '../../src/act/kube-hand.js';
import { type Loose, record, text } from '../../src/farm/loose.js';
import { ANNOTATION, CONTAINER, kubernetesName, LABEL } from '../../src/farm/words.js';
import type { KubeSource } from '../../src/observe/observe-world.js';
import type { KubeCacheCluster, KubeNode, KubeObjects, KubePod } from '../../src/world/kube.js';
import { EPOCH_MS } from './epoch-ms.js';
import type { SimProcess } from './sim-process.js';

/** What Kubernetes knows of a pod of ours. */
export interface PodRecord {
  readonly name: string;
  uid: string;
  readonly role: 'redis' | 'sentinel';
  readonly port: number;
  /** of a redis pod */
  readonly tier?: string;
  /** of a sentinel */
  readonly group?: string;
  machine: string;
  restarts: number;
}

export interface MachineRecord {
  readonly name: string;
  readonly ip: string;
  ready: boolean;
  /** RFC 3339; undefined: nobody empties it */
  drain: string | undefined;
}

const REQUEST_MS = 900;

export class SimKube {
  readonly machines: MachineRecord[] = [];
  readonly pods: PodRecord[] = [];
  readonly #declared = new Map<string, KubeCacheCluster>();
  readonly #leases = new Map<string, Loose>();
  readonly #watchers = new Set<SimSource>();
  #objects: KubeObjects | undefined;
  #versions = 0;
  /** its API takes requests and answers none */
  hangs = false;

  constructor(
    readonly farmName: string,
    readonly datacenter: string,
    readonly process: SimProcess,
  ) {}

  get objects(): KubeObjects {
    this.#objects ??= {
      datacenter: this.datacenter,
      nodes: this.machines.map(nodeOf),
      pods: this.pods.map((pod) => this.#podOf(pod)),
      cacheClusters: [...this.#declared.values()],
    };
    return this.#objects;
  }

  /** Something of machines, pods or declarations is new. */
  changed(): void {
    this.#objects = undefined;
    for (const watcher of this.#watchers) watcher.expect();
  }

  /** As `cachefarm apply` writes it. @param spec undefined: `cachefarm delete` */
  declare(clusterName: string, spec: Loose | undefined): void {
    const known = this.#declared.get(clusterName);
    const at = new Date(EPOCH_MS + this.process.now()).toISOString();
    this.#declared.set(clusterName, {
      metadata: {
        name: kubernetesName(clusterName),
        generation: (known?.metadata.generation ?? 0) + 1,
        annotations: spec ? { [ANNOTATION.declaredAt]: at } : { [ANNOTATION.deletedAt]: at },
      },
      spec: spec ?? known?.spec ?? { clusterName },
    });
    this.changed();
  }

  watchedBy(source: SimSource): void {
    this.#watchers.add(source);
  }

  #podOf({ name, uid, role, port, tier, group, machine, restarts }: PodRecord): KubePod {
    const at = this.machines.find((one) => one.name === machine);
    const container = role === 'redis' ? CONTAINER.redis : CONTAINER.sentinel;
    return {
      metadata: {
        name,
        uid,
        labels: {
          [LABEL.farm]: this.farmName,
          [LABEL.datacenter]: this.datacenter,
          [LABEL.role]: role,
          ...(tier === undefined ? {} : { [LABEL.tier]: tier.toLowerCase(), [LABEL.port]: String(port) }),
          ...(group === undefined ? {} : { [LABEL.sentinelGroup]: group }),
          [LABEL.revision]: '1',
        },
      },
      spec: { nodeName: machine, containers: [{ name: container, ports: [{ containerPort: port }] }] },
      status: {
        phase: 'Running',
        hostIP: at?.ip ?? '',
        podIP: at?.ip ?? '',
        containerStatuses: [{ name: container, restartCount: restarts }],
      },
    };
  }

  /** One request over the network and back. */
  request<T>(from: SimProcess, work: () => T): Promise<T> {
    const { network } = from;
    return new Promise((resolve, reject) => {
      const wake = (run: () => void): void => network.scheduler.enter(from, run);
      const late = from.after(REQUEST_MS, () => wake(() => reject(new Error(`no answer within ${REQUEST_MS} ms`))));
      this.process.after(network.delay(from.ip, this.process.ip, from.random()), () => {
        if (this.hangs || network.isCut(from.ip, this.process.ip)) return;
        let answer: () => void;
        try {
          const result = work();
          answer = () => resolve(result);
        } catch (error) {
          answer = () => reject(error);
        }
        from.after(network.delay(this.process.ip, from.ip, from.random()), () => {
          if (network.isCut(this.process.ip, from.ip)) return;
          late();
          wake(answer);
        });
      });
    });
  }

  /** For Leases only. */
  handOf(from: SimProcess): KubeHand {
    const onLease = <T>(kind: KubeKind, work: () => T): Promise<T> =>
      kind === KUBE_KIND.lease ? this.request(from, work) : Promise.reject(new KubeRefused(404, 'not simulated'));
    const write = (name: string, body: Loose): Loose => {
      const kept = { ...body, metadata: { ...record(body.metadata), resourceVersion: String(++this.#versions) } };
      this.#leases.set(name, kept);
      return kept;
    };
    const nameOf = (body: Loose): string => text(record(body.metadata).name) ?? '';
    return {
      datacenter: this.datacenter,
      get: (kind, name) => onLease(kind, () => this.#leases.get(name)),
      create: (kind, body) =>
        onLease(kind, () => {
          if (this.#leases.has(nameOf(body))) throw new KubeRefused(409, 'there already');
          return write(nameOf(body), body);
        }),
      replace: (kind, name, body) =>
        onLease(kind, () => {
          const known = record(this.#leases.get(name)?.metadata).resourceVersion;
          const seen = record(body.metadata).resourceVersion;
          if (seen !== undefined && seen !== known) throw new KubeRefused(409, 'changed meanwhile');
          return write(name, body);
        }),
      merge: (kind) => onLease(kind, () => ({})),
      applyStatus: (kind) => onLease(kind, () => ({})),
    };
  }
}

const nodeOf = ({ name, ip, ready, drain }: MachineRecord): KubeNode => ({
  metadata: { name, labels: {}, ...(drain === undefined ? {} : { annotations: { [ANNOTATION.drain]: drain } }) },
  status: {
    addresses: [{ type: 'InternalIP', address: ip }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});

/** ms between two signs of life of a watch; so long without one, and the KubeCluster cannot be read now */
const PULSE_MS = 1_000;
const SILENT_MS = 3_000;

/** What one Barn has last seen of a KubeCluster, kept by a watch as src/observe/kube-eyes.ts keeps it. */
export class SimSource implements KubeSource {
  #seen: KubeObjects | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly kube: SimKube,
    readonly process: SimProcess,
    readonly nudged: () => void = () => undefined,
  ) {
    kube.watchedBy(this);
    this.#beat();
  }

  get datacenter(): string {
    return this.kube.datacenter;
  }

  async read(): Promise<KubeObjects> {
    if (this.#seen === undefined) throw new Error('no answer yet');
    const silent = this.process.now() - this.#heardAt > SILENT_MS;
    return silent ? { ...this.#seen, problem: `no answer for ${SILENT_MS} ms` } : this.#seen;
  }

  /** News are on their way; what is cut off hears of them with a later beat. */
  expect(): void {
    const { network } = this.process;
    this.process.after(network.delay(this.kube.process.ip, this.process.ip, this.process.random()), () => {
      const before = this.#seen;
      if (this.#hear() && this.#seen !== before) network.scheduler.enter(this.process, this.nudged);
    });
  }

  #hear(): boolean {
    const { network, ip } = this.process;
    const { ip: at } = this.kube.process;
    if (this.kube.hangs || network.isCut(at, ip) || network.isCut(ip, at)) return false;
    this.#seen = this.kube.objects;
    this.#heardAt = this.process.now();
    return true;
  }

  #beat(): void {
    this.process.after(this.#seen === undefined ? 50 : PULSE_MS, () => {
      const before = this.#seen;
      if (this.#hear() && before !== undefined && this.#seen !== before)
        this.process.network.scheduler.enter(this.process, this.nudged);
      this.#beat();
    });
  }
}
