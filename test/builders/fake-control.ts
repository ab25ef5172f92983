/** Declarations in memory that take changes as KubeClusters do; plans and previews are the real ones. */
import { type Control, type Declared, Refusal } from '../../src/api/parts.js';
import type { Change, ClientsView, DrainRequest, DrainView } from '../../src/api/schemas.js';
import { previewChange } from '../../src/api/views/preview.js';
import type { CacheCluster, Farm } from '../../src/farm/model.js';
import type { FakeSight } from './fake-sight.js';

type Wish = Parameters<Control['change']>[0];

const fieldsOf = (cluster: CacheCluster): Record<string, unknown> => ({ ...cluster });

export class FakeControl implements Control {
  away = false;
  /** a change waits for it */
  gate: Promise<void> = Promise.resolve();
  /** changes that were written */
  written = 0;
  readonly held = new Set<string>();
  readonly owners = new Map<string, string>();
  readonly #versions = new Map<string, number>();
  clients: ClientsView['clients'] = [
    { name: 'talk', address: '10.9.0.1', user: 'User.id', ageSeconds: 9, idleSeconds: 0, lastCommand: 'get', count: 3 },
  ];

  constructor(readonly sight: FakeSight) {
    for (const { clusterName } of sight.imaginary.farm.cacheClusters) this.#versions.set(clusterName, 1);
  }

  version(clusterName: string): string | undefined {
    const version = this.#versions.get(clusterName);
    return version === undefined ? undefined : String(version);
  }

  async declared(clusterName: string): Promise<Declared | undefined> {
    this.#present();
    const version = this.version(clusterName);
    return version === undefined ? undefined : { version, owner: this.owners.get(clusterName) };
  }

  async change(wish: Wish): Promise<Change> {
    await this.gate;
    this.#present();
    this.#mayBe(wish);
    const { imaginary } = this.sight;
    const { clusterName, fields, dryRun } = wish;
    const before = imaginary.farm.cacheClusters.find((one) => one.clusterName === clusterName);
    const after = fields && this.#merged(clusterName, before, fields);
    const others = imaginary.farm.cacheClusters.filter((one) => one !== before);
    const changed: Farm = { ...imaginary.farm, cacheClusters: after ? [...others, after] : others };
    const pass = this.sight.last();
    const preview = pass ? previewChange(pass, changed, clusterName) : { decisions: [], capacity: [] };
    if (!dryRun) this.#write(clusterName, changed, after !== undefined);
    return {
      clusterName,
      dryRun,
      kind: before ? (after ? 'change' : 'delete') : 'create',
      before: before ? fieldsOf(before) : null,
      after: after ? fieldsOf(after) : null,
      lines: [`${clusterName}: ${before?.clusterSize ?? 0} -> ${after?.clusterSize ?? 0} partitions`],
      warnings: [],
      movedShare: 0,
      ...preview,
      writtenTo: dryRun ? [] : ['a', 'b', 'c'],
      silent: [],
      version: dryRun || !after ? null : (this.version(clusterName) ?? null),
    };
  }

  async drain({ kind, name, undo = false }: DrainRequest, dryRun: boolean): Promise<DrainView> {
    this.#present();
    const { pods } = this.sight.imaginary.world();
    const there = pods.filter((pod) =>
      kind === 'pod' ? `${pod.datacenter}/${pod.name}` === name : pod[kind] === name,
    );
    if (there.length === 0) throw new Refusal('not-found', `there is no ${kind} ${name}`);
    const targets = there.map((pod) => ({ datacenter: pod.datacenter, kind: 'pod' as const, name: pod.name }));
    if (!dryRun) this.written++;
    return { kind, name, undo, dryRun, targets, inUse: [], problems: [] };
  }

  async rebalance() {
    const none = { datacenter: 0, machine: 0 };
    return { moves: [], worstBefore: none, worstAfter: none, keys: 0, shareOfKeys: 0 };
  }

  approve(partition: string): boolean {
    return this.sight.leads() && this.held.delete(partition);
  }

  async clientsOf(): Promise<ClientsView['clients']> {
    this.#present();
    return this.clients;
  }

  #present(): void {
    if (this.away) throw new Refusal('unavailable', 'no KubeCluster answers');
  }

  #mayBe({ clusterName, create, expect, dryRun }: Wish): void {
    const version = this.version(clusterName);
    if (create && version !== undefined) throw new Refusal('exists', `${clusterName} is declared already`);
    if (!create && version === undefined) throw new Refusal('not-found', `there is no cache cluster ${clusterName}`);
    const owner = this.owners.get(clusterName);
    if (owner !== undefined && !dryRun)
      throw new Refusal('owned', `${owner} says what ${clusterName} is`, {
        changeElsewhere: { owner, typescript: '{ clusterSize: 12 }', yaml: 'spec: { clusterSize: 12 }' },
      });
    if (expect !== undefined && expect !== version)
      throw new Refusal('conflict', `${clusterName} is version ${version} by now`);
  }

  #merged(
    clusterName: string,
    before: CacheCluster | undefined,
    fields: Readonly<Record<string, unknown>>,
  ): CacheCluster {
    const { farm } = this.sight.imaginary;
    const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
    const base: CacheCluster = before ?? {
      clusterName,
      clusterSize: 1,
      partitionSize: 1,
      tier: 'M1',
      standbys: 1,
      hash: 'jump',
      importance: 3,
      sentinelGroup: farm.sentinelGroups[0]?.name ?? '',
      datacenters: farm.datacenters.map(({ name }) => name),
    };
    const after: CacheCluster = { ...base, ...told };
    if (!farm.tiers.some(({ name }) => name === after.tier)) {
      const message = `${after.tier} is no tier of this farm: ${farm.tiers.map(({ name }) => name).join(', ')}`;
      throw new Refusal('invalid', message, { errors: [{ field: 'tier', message }] });
    }
    if (!farm.sentinelGroups.some(({ name }) => name === after.sentinelGroup)) {
      const message = `${after.sentinelGroup} is no sentinel group of this farm`;
      throw new Refusal('invalid', message, { errors: [{ field: 'sentinelGroup', message }] });
    }
    return after;
  }

  #write(clusterName: string, changed: Farm, stays: boolean): void {
    this.written++;
    this.sight.imaginary.farm = changed;
    if (stays) this.#versions.set(clusterName, (this.#versions.get(clusterName) ?? 0) + 1);
    else this.#versions.delete(clusterName);
  }
}
