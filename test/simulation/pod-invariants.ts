/** Watches the pods of a run: each write, flush, claim and rule of one. */
import { claimedCluster, parseClaim } from '../../src/farm/access.js';
import { parsePartitionName } from '../../src/farm/words.js';
import { FenceWitness } from './fence-witness.js';
import type { Sayings } from './sayings.js';
import type { SimFarm } from './sim-farm.js';
import type { RedisEvent } from './sim-redis.js';
import { isDeclared, majorityOf } from './truth.js';
import type { Broken } from './violation.js';

/** ms that what a sentinel has said counts: the fence asks, listens and asks again before it opens */
const SAID_MS = 12_000;
/** ms in which who changes the claim of an open pod tells it how many replicas it requires */
const CLAIMING_MS = 2_000;

/** ms within which who binds a standby makes it refuse INFO */
const WITHHELD_MS = 3_000;

type Server = RedisEvent['server'];

const heldClaim = (text: string) => parseClaim(text.replace(/^closing/, 'bound'));
const ownerOf = (server: Server): string | undefined => claimedCluster(heldClaim(server.claim) ?? { kind: 'locked' });

function foreignKey(server: Server, prefix: string): string | undefined {
  for (const key of server.keys.keys()) if (!key.startsWith(prefix)) return key;
  return undefined;
}

/** What was declared is seen within, also by a slow Barn, and what was decided by then is done; ms */
const SEEN_MS = 4_000;

export class PodInvariants {
  readonly #fences: FenceWitness;
  /** when it was claimed last; what was locked had no application that could write */
  readonly #claimed = new WeakMap<Server, { readonly at: number; readonly wasLocked: boolean }>();
  /** an incoming pod -> the pod that it copies */
  readonly #sources = new WeakMap<Server, string>();

  constructor(
    readonly farm: SimFarm,
    readonly sayings: Sayings,
    readonly broken: Broken,
  ) {
    this.#fences = new FenceWitness(farm, broken);
  }

  /** Where nobody logs in a pod takes whoever comes: an old sentinel.conf, or an address that a client has kept, leads to another cache cluster's. */
  get #tellsApart(): boolean {
    return this.farm.farm.auth === 'password';
  }

  changed(event: RedisEvent): void {
    const { kind, server } = event;
    if (kind === 'write') this.#written(event);
    if (kind === 'flush') this.#flushed(event);
    if (kind === 'replicaof') this.#converted(event);
    if (kind === 'claim') this.#onClaim(event);
    if (kind === 'claim' || kind === 'acl') this.#opened(server);
  }

  #opened(server: Server): void {
    const { openFor, claim, address } = server;
    if (openFor.length === 0) return;
    const owner = ownerOf(server);
    if (openFor.length > 1 || owner === undefined || openFor[0] !== this.farm.applicationUser(owner))
      this.broken('one-cluster', `${address}, ${claim}, is open for ${openFor.join(', ')}`);
    if (owner !== undefined) this.#checkReplicas(server, owner);
    const foreign = this.#tellsApart ? foreignKey(server, `${owner}::`) : undefined;
    if (foreign !== undefined) this.broken('clean-pod', `${address}, ${claim}, is open and holds ${foreign}`);
  }

  #written({ server, user, command }: RedisEvent): void {
    if (user === undefined || user === 'barn') return;
    const partition = (command[1] ?? '').slice(0, (command[1] ?? '').lastIndexOf(':'));
    const owner = ownerOf(server);
    if (parsePartitionName(partition)?.clusterName !== owner && this.#tellsApart)
      this.broken('own-writes', `${server.address}, ${server.claim}, took a write of ${partition}`);
    else if (!this.sayings.everGiven(partition, server.address))
      this.broken('own-writes', `${server.address} took a write of ${partition}, which no sentinel ever gave it`);
    this.#checkReplicas(server, owner ?? '');
  }

  /** From the moment on when an application may write there. */
  #checkReplicas(server: Server, clusterName: string): void {
    const required = this.farm.declared.get(clusterName)?.minReplicas ?? 0;
    if (required <= server.replication.minReplicas || !server.claim.startsWith('member/')) return;
    const { at: claimedAt, wasLocked } = this.#claimed.get(server) ?? { at: 0, wasLocked: false };
    if (!wasLocked && this.farm.scheduler.now - claimedAt < CLAIMING_MS) return;
    // What is declared anew is told to the pods that there are as soon as a Barn sees it; truth.ts asks for it in the end.
    if ((this.farm.declaredAt.get(clusterName) ?? 0) > claimedAt) return;
    this.broken(
      'min-replicas',
      `${server.address}, ${server.claim}, is open and requires ${server.replication.minReplicas} of ${required} replicas`,
    );
  }

  #flushed({ server, user, claimBefore, keysBefore }: RedisEvent): void {
    const owner = claimedCluster(parseClaim(claimBefore) ?? { kind: 'locked' });
    if (keysBefore === 0 || owner === undefined) return;
    // It was given up by who deleted it; that it was declared again since may not have been seen.
    if (this.farm.scheduler.now - (this.farm.deletedAt.get(owner) ?? Number.NEGATIVE_INFINITY) < SEEN_MS) return;
    for (const [partition, address] of this.farm.agreedAddresses())
      if (address === server.address && parsePartitionName(partition)?.clusterName === owner)
        if (isDeclared(this.farm, partition))
          this.broken(
            'no-lost-data',
            `${address}, ${claimBefore}, flushed by ${user}, has ${keysBefore} keys of ${partition}`,
          );
  }

  #converted({ server, user, command, claimBefore }: RedisEvent): void {
    if ((command[1] ?? '').toUpperCase() === 'NO') return;
    const kind = parseClaim(claimBefore)?.kind;
    if (kind === 'incoming') this.#sources.set(server, `${command[1]}:${command[2]}`);
    if (kind !== 'member' && kind !== 'incoming')
      this.broken('no-conversion', `${server.address}, ${claimBefore}: ${command.join(' ')} by ${user}`);
  }

  /** A sentinel takes it for the master of the partition from now on; nothing of the pod has to change for that. */
  promoted(partition: string, address: string, by: string): void {
    const server = this.farm.podAt(address)?.server;
    const claim = server && parseClaim(server.claim);
    if (!server || claim?.kind !== 'bound' || claim.partition === partition) return;
    // What it answered as a standby may be on its way, and that it refuses to answer is told after the claim.
    if (this.farm.scheduler.now - (this.#claimed.get(server)?.at ?? 0) < WITHHELD_MS) return;
    this.broken('no-conversion', `${by} promotes ${address}, ${server.claim}, for ${partition}`);
  }

  #onClaim({ server, from, claimBefore }: RedisEvent): void {
    this.#claimed.set(server, { at: this.farm.scheduler.now, wasLocked: claimBefore === 'locked' });
    if (server.claim === 'locked' && server.keys.size > 0)
      this.broken(
        'clean-pod',
        `${server.address}, ${claimBefore} before, is locked and holds ${server.keys.size} keys`,
      );
    const claim = parseClaim(server.claim);
    if (claim?.kind !== 'bound' && claim?.kind !== 'member') return;
    if (claim.kind === 'bound' && claimBefore.startsWith('incoming/')) this.#takenOver(server, claim.partition);
    const own = server.address.startsWith(`${from}:`);
    if (own && claimBefore !== 'locked')
      this.broken('keeps-claims', `the fence of ${server.address} makes ${server.claim} of ${claimBefore}`);
    if (!own || claimBefore !== 'locked') return;
    const group = this.farm.groupOf(claim.partition);
    const recent = this.sayings.countSince(claim.partition, server.address, this.farm.scheduler.now - SAID_MS);
    if (group && recent < majorityOf(group.size))
      this.broken('opened-by-majority', `${server.address} opened as ${server.claim} on the word of ${recent}`);
    if (claim.kind === 'bound' && group) this.#fences.opened(server, claim, group.name);
  }

  /** The end of a warm move: from here on writes go to the new pod, so it has all that the old one has taken. */
  #takenOver(server: Server, partition: string): void {
    const source = this.farm.podAt(this.#sources.get(server) ?? '')?.server;
    if (!source) return;
    const lost: string[] = [];
    for (const [key, value] of source.keys)
      if (key.startsWith(`${partition}:`) && server.keys.get(key) !== value) lost.push(key);
    if (lost.length > 0)
      this.broken(
        'warm-moves',
        `${server.address} takes ${partition} over from ${source.address} without ${lost.join(', ')}`,
      );
  }
}
