import { setTimeout as delay } from 'node:timers/promises';
import { record, records, text } from '../../../src/farm/loose.js';
import { ApiProxy, type ProxyFault } from './api-proxy.js';
import type { FarmOnRig } from './farm-on-rig.js';
import { freePorts } from './free-ports.js';
import { kubeconfigText } from './kubeconfig.js';
import { MERGE } from './kubelet-http.js';
import { proxyCertificate } from './proxy-certificate.js';

interface Between {
  /** of the Barn */
  readonly datacenter: string;
  readonly proxy: ApiProxy;
}

/** Pods, machines and cache clusters. */
const WATCHES = 3;

/** Tokens of the accounts in a kubeconfig, by context. */
function tokensIn(kubeconfig: string): ReadonlyMap<string, string> {
  const users = records(record(JSON.parse(kubeconfig)).users);
  return new Map(users.map(({ name, user }) => [text(name) ?? '', text(record(user).token) ?? '']));
}

/** A proxy between each Barn and each API server. The Barns' kubeconfigs lead to them, with the authority of the proxies. */
export class BarnProxies {
  private constructor(readonly all: readonly Between[]) {}

  /** @param kubeconfig what the Barns use until now: its tokens stay */
  static async start({ farm, rig, http }: FarmOnRig, kubeconfig: string): Promise<BarnProxies> {
    const certificate = proxyCertificate();
    const caData = Buffer.from(certificate.certificate).toString('base64');
    const tokens = tokensIn(kubeconfig);
    const all: Between[] = [];
    for (const { name: datacenter } of farm.datacenters) {
      const ports = await freePorts(rig.planes.length);
      const proxies = await Promise.all(
        rig.planes.map((plane, index) => ApiProxy.start(plane, certificate, ports[index] ?? 0)),
      );
      all.push(...proxies.map((proxy) => ({ datacenter, proxy })));
      const { namespace } = farm;
      const entries = rig.planes.map(({ context }, index) => ({
        ...{ context, namespace, caData, token: tokens.get(context) ?? '', url: proxies[index]?.url ?? '' },
      }));
      const path = `/api/v1/namespaces/${namespace}/secrets/cachefarm-kubeconfig`;
      await http(datacenter).send('PATCH', path, { stringData: { config: kubeconfigText(entries) } }, MERGE);
    }
    return new BarnProxies(all);
  }

  /** Each Barn sends its requests to each of its proxies. */
  get used(): boolean {
    return this.all.every(({ proxy }) => proxy.leases > 0);
  }

  /** Every list of every KubeCluster is watched by every Barn, by a watch that nothing was done to. */
  get inSync(): boolean {
    return this.all.every(({ proxy }) => proxy.watched.size === WATCHES);
  }

  get spoiled(): number {
    return this.all.reduce((sum, { proxy }) => sum + proxy.spoiled, 0);
  }

  /** What all Barns have asked since this was asked last: `GET /readyz` and how often; neither watches nor leases. */
  takeAsked(): ReadonlyMap<string, number> {
    const asked = new Map<string, number>();
    for (const { proxy } of this.all)
      for (const [what, times] of proxy.takeAsked()) asked.set(what, (asked.get(what) ?? 0) + times);
    return asked;
  }

  begin(fault: ProxyFault): void {
    for (const { proxy } of this.all) proxy.begin(fault);
  }

  mend(): void {
    for (const { proxy } of this.all) proxy.mend();
  }

  /** @returns ms until all is in sync; undefined: not within the time */
  async untilInSync(timeoutMs: number): Promise<number | undefined> {
    const from = performance.now();
    while (!this.inSync) {
      if (performance.now() - from > timeoutMs) return undefined;
      await delay(20);
    }
    return performance.now() - from;
  }

  /** Of the Barn of this datacenter. */
  withholdLeases(datacenter: string, withholds: boolean): void {
    for (const between of this.all) if (between.datacenter === datacenter) between.proxy.withholdLeases(withholds);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(({ proxy }) => proxy.stop()));
  }
}
