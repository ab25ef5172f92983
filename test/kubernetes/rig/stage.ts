import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { declaredIn } from '../../../src/barn/seed.js';
import { accessThrough, type FarmAccess } from '../../../src/cli/farm-access.js';
import { record, text } from '../../../src/farm/loose.js';
import type { Farm } from '../../../src/farm/model.js';
import { CONTAINER, NAME } from '../../../src/farm/words.js';
import { kubeSources } from '../../../src/observe/kube-client.js';
import type { Endpoint } from '../../../src/observe/route.js';
import { claimOf, deriveFacts, type Facts } from '../../../src/world/facts.js';
import type { RedisPod, World } from '../../../src/world/model.js';
import { measureProgress } from '../../../src/world/progress.js';
import { TornNetwork } from '../../builders/torn-network.js';
import { until } from '../../local/until.js';
import { restartBarns } from './barn-log.js';
import { BarnProxies } from './barn-proxies.js';
import { namedTwice, openTwice } from './bound-twice.js';
import { applyFarm, type FarmOnRig, seeded, startFarmOnRig } from './farm-on-rig.js';
import { LateLines } from './late-lines.js';
import { StatusWatch } from './status-watch.js';
import { Strikes } from './strikes.js';
import { Traffic } from './traffic.js';
import { Witness } from './witness.js';

const PROGRAM = new URL('../../../lib/src/cli/main.js', import.meta.url).href;
const REROUTED = new URL('./rerouted.mjs', import.meta.url).href;
/** The leader passes over the farm every second: a claim that lost is given up by then, or stays; ms */
const GIVEN_UP_WITHIN_MS = 2_000;

export interface PodPlace {
  readonly datacenter: string;
  readonly name: string;
}

/** A served farm on the rig with an application, a witness and a look at every status, for failures to happen to. */
export class Stage {
  /** network between the Barn of a datacenter and what `span` was told of */
  readonly #networks = new Map<string, TornNetwork>();
  readonly #routed = new Map<string, string[]>();
  /** routes of the Barn of a datacenter, whatever they lead through */
  readonly #routes = new Map<string, Readonly<Record<string, Endpoint>>>();
  readonly #lateLines = new Map<string, LateLines>();
  #proxies: BarnProxies | undefined;
  readonly strikes = new Strikes();
  /** what was missing last when it was not whole */
  waitedFor = '';

  private constructor(
    readonly folder: string,
    readonly running: FarmOnRig,
    readonly access: FarmAccess,
    readonly traffic: Traffic,
    readonly witness: Witness,
    readonly status: StatusWatch,
  ) {}

  /** Resolves when every partition serves, is named and armed. */
  static async start(farm: Farm): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'cf-fl-'));
    const program = join(folder, 'cachefarm.mjs');
    const lines = [`import { runRerouted } from '${REROUTED}';`, `await runRerouted('${PROGRAM}', '${folder}');`];
    writeFileSync(program, `${lines.join('\n')}\n`);
    const running = await startFarmOnRig({ farm, folder, cachefarm: program });
    try {
      await applyFarm(running);
      await seeded(running);
      const access = accessThrough(farm, running.secrets, kubeSources(farm, running.rig.kubeconfig, undefined));
      const clusters = await Promise.all(
        farm.cacheClusters.map(({ clusterName }) => running.cacheCluster(clusterName)),
      );
      const traffic = new Traffic(clusters);
      const witness = new Witness(access.connections);
      const stage = new Stage(folder, running, access, traffic, witness, new StatusWatch(farm, running.http));
      await stage.whole();
      return stage;
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  async look(): Promise<{ readonly farm: Farm; readonly world: World; readonly facts: Facts }> {
    const world = await this.access.observe();
    const farm = declaredIn(this.running.farm, world);
    return { farm, world, facts: deriveFacts(farm, world) };
  }

  /**
   * Every pod is up, every partition serves, is named and armed, every status says so, a Barn leads and the application writes.
   * @throws Error with what is missing after timeoutMs
   */
  async whole(timeoutMs = 120_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    this.waitedFor = '';
    for (let missing = await this.#missing(); missing !== ''; missing = await this.#missing()) {
      if (performance.now() > end)
        throw new Error(`not whole within ${timeoutMs} ms: ${missing}\n${await this.#lastWords()}`);
      this.waitedFor = missing;
      await delay(250);
    }
    await this.#claimsGivenUp();
  }

  /** What lost a race between two Barns serves nobody, has no name, and is none of "as before". What stays is counted as bound twice. */
  async #claimsGivenUp(): Promise<void> {
    const end = performance.now() + GIVEN_UP_WITHIN_MS;
    const twice = async (): Promise<readonly string[]> => openTwice((await this.look()).world);
    for (let found = await twice(); found.length > 0 && performance.now() < end; found = await twice()) {
      this.waitedFor = `open for one partition: ${found.join('; ')}`;
      await delay(100);
    }
  }

  async #missing(): Promise<string> {
    const { farm, world, facts } = await this.look();
    this.witness.watch(world.pods.map(({ address }) => address));
    const { declared, serving, named, armed, toArm } = measureProgress(farm, facts);
    const down = world.pods.filter(({ instance }) => instance.state !== 'up').map(({ name }) => name);
    const unread = world.datacenters.filter(({ complete }) => !complete).map(({ name }) => name);
    if (declared === 0 || serving < declared || named < declared || armed < toArm || down.length + unread.length > 0)
      return JSON.stringify({ declared, serving, named, armed, toArm, down, unread });
    if ((await this.leader()) === undefined) return 'no Barn leads';
    if (!(await this.status.ready())) return `a status is not Ready: ${this.status.words().join(', ')}`;
    return this.traffic.silent.length > 0 ? `not written: ${this.traffic.silent.join(', ')}` : '';
  }

  async #lastWords(): Promise<string> {
    const { machines, farm } = this.running;
    return farm.datacenters
      .flatMap(({ name: datacenter }) =>
        machines
          .pods(datacenter)
          .filter(({ pod }) => pod.name.startsWith(NAME.barn))
          .map(({ pod }) => machines.logs(datacenter, pod.name).split('\n').slice(-6).join('\n')),
      )
      .join('\n');
  }

  /** The Barn that holds most Leases; undefined: none holds more than half. */
  async leader(): Promise<PodPlace | undefined> {
    const { farm, http } = this.running;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${farm.namespace}/leases/${NAME.barn}`;
    const holders = await Promise.all(
      farm.datacenters.map(async ({ name }) => {
        const lease = await http(name)
          .get<unknown>(path)
          .catch(() => ({}));
        return text(record(record(lease).spec).holderIdentity) ?? '';
      }),
    );
    const holder = holders.find(
      (one) => one !== '' && holders.filter((other) => other === one).length * 2 > holders.length,
    );
    const [datacenter = '', name = ''] = holder?.split('/') ?? [];
    return holder === undefined ? undefined : { datacenter, name };
  }

  async theLeader(): Promise<PodPlace> {
    const leader = await this.leader();
    if (!leader) throw new Error('no Barn leads');
    return leader;
  }

  /** All Barns that run. */
  barns(): readonly PodPlace[] {
    const { farm, machines } = this.running;
    return farm.datacenters.flatMap(({ name: datacenter }) =>
      machines
        .pods(datacenter)
        .filter(({ pod }) => pod.name.startsWith(NAME.barn))
        .map(({ pod }) => ({ datacenter, name: pod.name })),
    );
  }

  machineOf({ datacenter, name }: PodPlace): string {
    return this.running.machines.pods(datacenter).find(({ pod }) => pod.name === name)?.machine.name ?? '';
  }

  /** The pod that serves a partition. @param wanted of its pod @throws Error when none is as wanted */
  async servingPod(wanted: (pod: RedisPod, partition: string) => boolean = () => true): Promise<RedisPod> {
    const { facts } = await this.look();
    const alone = facts.partitions.filter(({ cluster }) => cluster.partitionSize === 1);
    for (const { name, agreed } of this.strikes.leastStruck(alone)) {
      const pod = facts.podAt.get(agreed ?? '');
      if (pod && wanted(pod, name)) return pod;
    }
    throw new Error('no partition is served by such a pod');
  }

  /** Remembers that a failure strikes the partitions of these pods. */
  async strike(pods: (pod: RedisPod) => boolean): Promise<void> {
    const { facts } = await this.look();
    const struck = facts.partitions.filter(({ agreed }) => {
      const pod = facts.podAt.get(agreed ?? '');
      return pod !== undefined && pods(pod);
    });
    this.strikes.note(struck.map(({ name }) => name));
  }

  /** Waits until Barn may replace so many pods at once. */
  async untilRoom(pods: number): Promise<void> {
    const alone = this.running.farm.cacheClusters.filter(({ partitionSize }) => partitionSize === 1);
    await this.strikes.untilRoom(
      pods,
      alone.map(({ clusterName }) => clusterName),
    );
  }

  /** The pod of each partition, `ip:port`, as the pods say themselves. */
  async bound(): Promise<ReadonlyMap<string, string>> {
    const { world } = await this.look();
    return new Map(
      world.pods.flatMap((pod) => {
        const claim = claimOf(pod);
        return claim?.kind === 'bound' ? [[claim.partition, pod.address] as const] : [];
      }),
    );
  }

  killRedis({ datacenter, name }: PodPlace): void {
    this.running.machines.killContainer(datacenter, name, CONTAINER.redis);
  }

  killBarn({ datacenter, name }: PodPlace): void {
    this.running.machines.killContainer(datacenter, name, CONTAINER.barn);
  }

  /**
   * Two pods that let the application in for one partition, an address of two partitions: one line each. A pod that a warm move has left is shut
   * by the move itself, and its old claim goes with Barn's next pass.
   */
  async doubleBound(): Promise<readonly string[]> {
    const { world, facts } = await this.look();
    return [...openTwice(world), ...namedTwice(facts), ...this.witness.doubleClaims()];
  }

  /** `127.0.0.1:port` of each. @param wanted of its datacenter */
  apiServers(wanted: (datacenter: string) => boolean = () => true): readonly string[] {
    return this.running.rig.planes.filter(({ datacenter }) => wanted(datacenter)).map(({ url }) => new URL(url).host);
  }

  async sentinels(): Promise<readonly string[]> {
    const { world } = await this.look();
    return world.groups.flatMap(({ sentinels }) => sentinels.map(({ address }) => address));
  }

  /** From now on, and after a restart of that Barn, it reaches these `ip:port` through a network that can be torn. */
  async span(datacenter: string, addresses: readonly string[]): Promise<TornNetwork> {
    const network = this.#networks.get(datacenter) ?? new TornNetwork();
    const routed = this.#routed.get(datacenter) ?? [];
    const fresh = addresses.filter((address) => !routed.includes(address));
    await network.span(fresh);
    this.#networks.set(datacenter, network);
    this.#routed.set(datacenter, [...routed, ...fresh]);
    this.#route(
      datacenter,
      Object.fromEntries([...routed, ...fresh].map((address) => [address, network.route(address)])),
    );
    return network;
  }

  /** Of what leads somewhere already, the last word counts. */
  #route(datacenter: string, routes: Readonly<Record<string, Endpoint>>): void {
    const all = { ...this.#routes.get(datacenter), ...routes };
    this.#routes.set(datacenter, all);
    writeFileSync(join(this.folder, `routes-${datacenter}.json`), JSON.stringify(all));
  }

  /** From now on, and after a restart of that Barn, what it writes to pods and sentinels can be made to come late. */
  async lateLines(datacenter: string): Promise<LateLines> {
    const lines = this.#lateLines.get(datacenter) ?? new LateLines();
    this.#lateLines.set(datacenter, lines);
    const { world } = await this.look();
    await lines.span([...world.pods.map(({ address }) => address), ...(await this.sentinels())]);
    this.#route(datacenter, lines.routes);
    return lines;
  }

  /** From the first call on, every Barn reaches every API server through a proxy; all Barns have started anew when it resolves. */
  async proxies(): Promise<BarnProxies> {
    if (this.#proxies) return this.#proxies;
    const tokens = readFileSync(join(this.folder, 'k', 'operator.kubeconfig'), 'utf8');
    const proxies = await BarnProxies.start(this.running, tokens);
    this.#proxies = proxies;
    await until('every Barn uses its proxies', () => proxies.used, 60_000);
    await restartBarns(this);
    return proxies;
  }

  /** A Barn that ends there does not start again until the returned function is called: as when its machine is busy, or loads its image. */
  holdBarn(datacenter: string): () => void {
    const file = join(this.folder, `held-${datacenter}`);
    writeFileSync(file, '');
    return () => rmSync(file, { force: true });
  }

  async stop(): Promise<void> {
    await Promise.all([this.traffic.stop(), this.witness.stop(), this.status.stop()]);
    this.access.close();
    await this.running.stop();
    const between = [...this.#networks.values(), ...this.#lateLines.values()];
    await Promise.all([...between.map((network) => network.close()), this.#proxies?.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
