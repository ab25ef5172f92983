/**
 * The World as it would be if all that was decided went well, at once: what a preview plans on next. No timing, no gossip, nobody else; the
 * real executors are what Barn has. Kept alike with the imaginary farm of the tests (test/api/views-imagine.test.ts).
 */
import { type Claim, claimText, LOCKED } from '../../farm/access.js';
import type { Action, Decision } from '../../plan/action.js';
import type { UpInstance } from '../../world/facts.js';
import type { NameView, RedisPod, SentinelView, World } from '../../world/model.js';

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>;

const slave = (address: string): NameView['replicas'][number] => ({ address, flags: ['slave'] });

class Imagination {
  /** pods that have changed, by address */
  readonly #changed = new Map<string, UpInstance>();
  /** sentinels that were told something, by address */
  readonly #told = new Map<string, Map<string, NameView>>();
  readonly #pods: ReadonlyMap<string, RedisPod>;
  /** addresses of pods that follow another, or have; among thousands they are few, and each name that is written asks for its own */
  readonly #replicas: Set<string>;
  readonly #sentinels: ReadonlyMap<string, SentinelView>;

  constructor(readonly world: World) {
    this.#pods = new Map(world.pods.map((pod) => [pod.address, pod]));
    this.#replicas = new Set(
      world.pods
        .filter(({ instance }) => instance.state === 'up' && instance.masterAddress)
        .map(({ address }) => address),
    );
    this.#sentinels = new Map(
      world.groups.flatMap(({ sentinels }) => sentinels).map((sentinel) => [sentinel.address, sentinel]),
    );
  }

  result(): World {
    return {
      ...this.world,
      pods: this.world.pods.map((pod) => {
        const instance = this.#changed.get(pod.address);
        return instance && pod.instance.state === 'up' ? { ...pod, instance } : pod;
      }),
      groups: this.world.groups.map((group) => ({
        ...group,
        sentinels: group.sentinels.map((sentinel) => {
          const names = this.#told.get(sentinel.address);
          return names && sentinel.state === 'up' ? { ...sentinel, names: [...names.values()] } : sentinel;
        }),
      })),
    };
  }

  #instance(address: string): UpInstance | undefined {
    const seen = this.#pods.get(address)?.instance;
    return this.#changed.get(address) ?? (seen?.state === 'up' ? seen : undefined);
  }

  /** @returns false when it does not answer */
  #set(address: string, changes: Partial<UpInstance>): boolean {
    const instance = this.#instance(address);
    if (instance) this.#changed.set(address, { ...instance, ...changes });
    return instance !== undefined;
  }

  #claim(address: string, expect: Claim, changes: Partial<UpInstance> & { readonly claim: Claim }): boolean {
    const before = this.#instance(address);
    if (!before || before.claimText !== claimText(expect)) return false;
    // Whoever is claimed anew may not be asked for INFO until no sentinel lists it under another name; only a bound pod is told apart by it.
    const { mute: _, ...rest } = before;
    const { claim } = changes;
    this.#changed.set(address, { ...rest, ...changes, claimText: claimText(claim), sentinelAccess: claim.kind });
    return true;
  }

  #followers(master: string): readonly string[] {
    return [...this.#replicas].filter((address) => this.#instance(address)?.masterAddress === master);
  }

  /** It follows that one from now on, in step; undefined: nobody. */
  #follow(address: string, master: string | undefined): boolean {
    const before = this.#instance(address);
    if (!before) return false;
    this.#replicas.add(address);
    const { masterAddress: _, masterLinkUp: __, ...rest } = before;
    this.#changed.set(
      address,
      master === undefined
        ? { ...rest, role: 'master' }
        : { ...rest, role: 'replica', masterAddress: master, masterLinkUp: true },
    );
    return true;
  }

  #names(sentinel: string): Map<string, NameView> | undefined {
    const known = this.#told.get(sentinel);
    if (known) return known;
    const view = this.#sentinels.get(sentinel);
    if (view?.state !== 'up') return undefined;
    const names = new Map(view.names.map((name) => [name.partition, name]));
    this.#told.set(sentinel, names);
    return names;
  }

  /** @returns false when what it needs does not hold: then the rest of its decision is not carried out */
  apply(action: Action): boolean {
    switch (action.kind) {
      case 'claim-pod':
        return this.#claim(action.pod.address, action.expect, {
          claim: action.claim,
          openFor: action.applicationUser === undefined ? [] : [action.applicationUser],
          copyable: action.claim.kind === 'member',
          ...(action.minReplicas === undefined ? {} : { minReplicas: action.minReplicas }),
        });
      case 'open-pod':
        return this.#set(action.pod.address, {
          sentinelAccess: action.claim.kind,
          openFor: [action.applicationUser],
          ...(action.minReplicas === undefined ? {} : { minReplicas: action.minReplicas }),
        });
      case 'release-pod':
        return this.#release(action);
      case 'set-min-replicas':
        return this.#set(action.pod.address, { minReplicas: action.replicas });
      case 'follow-master':
        return this.#follow(action.pod.address, action.master);
      case 'allow-copy':
        return this.#set(action.pod.address, { copyable: action.allowed });
      case 'allow-info':
        return true;
      case 'hand-over':
        return this.#handOver(action);
      case 'switch-name':
        return this.#switch(action);
      case 'forget-name':
        return this.#names(action.sentinel.address)?.delete(action.partition) ?? false;
      case 'name-partition':
        return this.#name(action);
      case 'set-options':
        return this.#setOptions(action);
      case 'fail-over':
        return this.#failOver(action);
    }
  }

  #release({ pod, expect }: Of<'release-pod'>): boolean {
    const released = { claim: LOCKED, openFor: [], keys: 0, copyable: false, minReplicas: 0 };
    return this.#claim(pod.address, expect, released) && this.#follow(pod.address, undefined);
  }

  #handOver(action: Of<'hand-over'>): boolean {
    const { pod, from, claim, expect, applicationUser, fromGoesOn } = action;
    if (!this.#claim(pod.address, expect, { claim, openFor: [applicationUser] })) return false;
    this.#follow(pod.address, undefined);
    if (!fromGoesOn) this.#set(from.address, { openFor: [] });
    return this.#switch({ ...action, kind: 'switch-name', from: from.address });
  }

  #switch({ partition, sentinels, pod, claim, epoch }: Of<'switch-name'>): boolean {
    if (this.#instance(pod.address)?.claimText !== claimText(claim)) return false;
    for (const { address } of sentinels) {
      const names = this.#names(address);
      const view = names?.get(partition);
      if (!names || !view || view.epoch >= epoch) continue;
      const replicas = [slave(view.address), ...view.replicas.filter((replica) => replica.address !== pod.address)];
      names.set(partition, { ...view, address: pod.address, epoch, flags: ['master'], replicas });
    }
    return true;
  }

  #name({ partition, sentinel, peers, address, standby, epoch, options, replace }: Of<'name-partition'>): boolean {
    const names = this.#names(sentinel.address);
    if (!names || names.has(partition) !== replace) return false;
    const replicas = [...this.#followers(address), ...(standby === undefined ? [] : [standby])].map(slave);
    names.set(partition, {
      partition,
      address,
      epoch,
      flags: ['master'],
      ...options,
      otherSentinels: peers.length,
      replicas,
    });
    return true;
  }

  #setOptions({ partition, sentinel, options }: Of<'set-options'>): boolean {
    const names = this.#names(sentinel.address);
    const view = names?.get(partition);
    if (names && view) names.set(partition, { ...view, ...options });
    return view !== undefined;
  }

  /** What Sentinel does when it is asked: the first replica that follows and stays becomes the master of all. */
  #failOver({ partition, from }: Of<'fail-over'>): boolean {
    const followers = this.#followers(from);
    const staying = new Set(followers.filter((address) => this.#pods.get(address)?.draining === false));
    const asked = [...this.#sentinels.keys()].flatMap((address) => this.#names(address) ?? []);
    const told = asked.filter((names) => names.has(partition));
    const heir = told[0]?.get(partition)?.replicas.find(({ address }) => staying.has(address))?.address;
    if (heir === undefined) return false;
    for (const address of followers) this.#follow(address, address === heir ? undefined : heir);
    this.#follow(from, heir);
    for (const names of told) {
      const view = names.get(partition);
      if (!view) continue;
      const replicas = [slave(from), ...view.replicas.filter(({ address }) => address !== heir)];
      names.set(partition, { ...view, address: heir, epoch: view.epoch + 1, replicas });
    }
    return true;
  }
}

/** @param decisions in order; the first action of one that cannot be done ends that one */
export function imagine(world: World, decisions: readonly Decision[]): World {
  const imagination = new Imagination(world);
  for (const { actions } of decisions) actions.every((action) => imagination.apply(action));
  return imagination.result();
}
