import { type Claim, claimText, LOCKED } from '../../src/farm/access.js';
import type { Farm } from '../../src/farm/model.js';
import type { Action, Decision } from '../../src/plan/action.js';
import type { GroupView, InstanceView, NameView, RedisPod, World } from '../../src/world/model.js';

interface Instance {
  claim: Claim;
  openFor: string[];
  access: Claim['kind'];
  master: string | undefined;
  keys: number;
  /** it reads its file still */
  loading?: true;
  copyable: boolean;
  minReplicas?: number;
  mute?: boolean;
  /** @default 1,000 */
  offset?: number;
  up: boolean;
  /** of a replica; @default true */
  linkUp?: boolean;
  /** what a connection meets when it is not up */
  refused?: boolean;
}
interface Sentinel {
  pod: string;
  group: string;
  datacenter: string;
  address: string;
  up: boolean;
  tilt: boolean;
  names: Map<string, NameView>;
}

/**
 * A farm that exists only in memory: what planner decisions do to pods and sentinels when every write arrives. No timing, no gossip: enough to
 * see where seeding ends up. The real executors are tested against real processes.
 */
export class ImaginaryFarm {
  readonly pods: (Omit<RedisPod, 'instance' | 'draining'> & { draining: boolean; state: Instance })[] = [];
  readonly sentinels: Sentinel[] = [];
  readonly unread = new Set<string>();

  constructor(public farm: Farm) {
    farm.datacenters.forEach((datacenter, d) => {
      let next = 0;
      for (const tier of farm.tiers)
        for (const port of tier.ports)
          for (let i = 0; i < tier.replicas && !datacenter.witness; i++) {
            // As the scheduler spreads a set: round robin, each set going on where the last one stopped.
            const machine = next++ % datacenter.machines.count;
            this.pods.push({
              name: `redis-${tier.name.toLowerCase()}-${port}-${i}`,
              uid: `${datacenter.name}-${port}-${i}`,
              datacenter: datacenter.name,
              machine: `${datacenter.name}-m${machine + 1}`,
              tier: tier.name,
              port,
              address: `10.${d}.${machine >> 8}.${machine & 255}:${port}`,
              revision: '1',
              phase: 'Running',
              draining: false,
              state: {
                copyable: false,
                claim: LOCKED,
                openFor: [],
                access: 'locked',
                master: undefined,
                keys: 0,
                up: true,
              },
            });
          }
      for (const group of farm.sentinelGroups) {
        const member = group.members.find((candidate) => candidate.datacenter === datacenter.name);
        for (let i = 0; i < (member?.replicas ?? 0); i++)
          this.sentinels.push({
            pod: `sentinel-${group.name}-${i}`,
            group: group.name,
            datacenter: datacenter.name,
            address: `10.${d}.255.${i}:${group.port}`,
            up: true,
            tilt: false,
            names: new Map(),
          });
      }
    });
  }

  pod(address: string): (typeof this.pods)[number] {
    const found = this.pods.find((pod) => pod.address === address);
    if (!found) throw new Error(`no pod at ${address}`);
    return found;
  }

  world(): World {
    const readable = (datacenter: string): boolean => !this.unread.has(datacenter);
    return {
      observedAt: 0,
      cacheClusters: this.farm.cacheClusters,
      datacenters: this.farm.datacenters.map(({ name, machines }) => ({
        name,
        complete: readable(name),
        machines: Array.from({ length: machines.count }, (_, i) => ({
          name: `${name}-m${i + 1}`,
          datacenter: name,
          address: '',
          ready: true,
          draining: false,
        })),
      })),
      pods: this.pods
        .filter((pod) => readable(pod.datacenter))
        .map(({ state, ...pod }): RedisPod => ({ ...pod, instance: instanceView(state) })),
      groups: this.farm.sentinelGroups.map(
        ({ name }): GroupView => ({
          name,
          sentinels: this.sentinels
            .filter((sentinel) => sentinel.group === name && readable(sentinel.datacenter))
            .map(({ up, tilt, names, ...sentinel }) => ({
              ...sentinel,
              machine: `${sentinel.datacenter}-m1`,
              ...(up
                ? { state: 'up' as const, id: sentinel.address, tilt, names: [...names.values()] }
                : { state: 'unreachable' as const, why: 'down' }),
            })),
        }),
      ),
    };
  }

  /** Carries out decisions in order; stops for good after `limit` actions, as a killed process does. @returns actions carried out */
  carryOut(decisions: readonly Decision[], limit = Number.POSITIVE_INFINITY): number {
    let carried = 0;
    for (const decision of decisions)
      for (const action of decision.actions) {
        if (carried >= limit) return carried;
        carried++;
        if (!this.apply(action)) break;
      }
    return carried;
  }

  /** @returns false when the action's precondition does not hold */
  apply(action: Action): boolean {
    if (action.kind === 'name-partition') return this.#name(action);
    if (action.kind === 'switch-name') {
      if (claimText(this.pod(action.pod.address).state.claim) !== claimText(action.claim)) return false;
      for (const { address } of action.sentinels) {
        const names = this.#sentinel(address).names;
        const view = names.get(action.partition);
        if (!view || view.epoch >= action.epoch) continue;
        const replicas = [
          { address: view.address, flags: ['slave'] },
          ...view.replicas.filter((replica) => replica.address !== action.pod.address),
        ];
        names.set(action.partition, {
          ...view,
          address: action.pod.address,
          epoch: action.epoch,
          flags: ['master'],
          replicas,
        });
      }
      return true;
    }
    if (action.kind === 'hand-over') {
      const to = this.pod(action.pod.address).state;
      if (claimText(to.claim) !== claimText(action.expect)) return false;
      Object.assign(to, {
        claim: action.claim,
        access: action.claim.kind,
        openFor: [action.applicationUser],
        master: undefined,
      });
      if (!action.fromGoesOn) this.pod(action.from.address).state.openFor = [];
      return this.apply({ ...action, kind: 'switch-name', from: action.from.address });
    }
    if (action.kind === 'forget-name') return this.#sentinel(action.sentinel.address).names.delete(action.partition);
    if (action.kind === 'fail-over') return this.#failOver(action.partition, action.from);
    if (action.kind === 'set-options') {
      const names = this.#sentinel(action.sentinel.address).names;
      const view = names.get(action.partition);
      if (view) names.set(action.partition, { ...view, ...action.options });
      return view !== undefined;
    }
    const { state } = this.pod(action.pod.address);
    switch (action.kind) {
      case 'claim-pod':
        if (claimText(state.claim) !== claimText(action.expect)) return false;
        Object.assign(state, {
          claim: action.claim,
          access: action.claim.kind,
          openFor: action.applicationUser === undefined ? [] : [action.applicationUser],
          copyable: action.claim.kind === 'member',
          mute: action.claim.kind === 'bound' && action.asked !== true,
          ...(action.minReplicas === undefined ? {} : { minReplicas: action.minReplicas }),
        });
        return true;
      case 'open-pod':
        Object.assign(state, {
          access: action.claim.kind,
          openFor: [action.applicationUser],
          ...(action.minReplicas === undefined ? {} : { minReplicas: action.minReplicas }),
        });
        return true;
      case 'release-pod':
        Object.assign(state, {
          claim: LOCKED,
          access: 'locked',
          openFor: [],
          keys: 0,
          master: undefined,
          minReplicas: 0,
        });
        return true;
      case 'set-min-replicas':
        state.minReplicas = action.replicas;
        return true;
      case 'follow-master':
        state.master = action.master;
        return true;
      case 'allow-info':
        state.mute = !action.allowed;
        return true;
      case 'allow-copy':
        state.copyable = action.allowed;
        return true;
    }
  }

  /** What Sentinel does when it is asked: the first replica of the list becomes the master of all. */
  #failOver(partition: string, from: string): boolean {
    const views = this.sentinels.flatMap(({ names }) => names.get(partition) ?? []);
    const heir = views[0]?.replicas
      .map(({ address }) => address)
      .find((address) => this.pod(address).state.master === from && !this.pod(address).draining);
    if (heir === undefined) return false;
    for (const pod of this.pods)
      if (pod.state.master === from) pod.state.master = pod.address === heir ? undefined : heir;
    this.pod(from).state.master = heir;
    for (const { names } of this.sentinels) {
      const view = names.get(partition);
      if (!view) continue;
      const replicas = [
        { address: from, flags: ['slave'] },
        ...view.replicas.filter(({ address }) => address !== heir),
      ];
      names.set(partition, { ...view, address: heir, epoch: view.epoch + 1, replicas });
    }
    return true;
  }

  #sentinel(address: string): Sentinel {
    const found = this.sentinels.find((sentinel) => sentinel.address === address);
    if (!found) throw new Error(`no sentinel at ${address}`);
    return found;
  }

  #name(action: Extract<Action, { kind: 'name-partition' }>): boolean {
    const { names } = this.#sentinel(action.sentinel.address);
    if (names.has(action.partition) !== action.replace) return false;
    const followers = this.pods.filter((pod) => pod.state.master === action.address).map((pod) => pod.address);
    names.set(action.partition, {
      partition: action.partition,
      address: action.address,
      epoch: action.epoch,
      flags: ['master'],
      ...action.options,
      otherSentinels: action.peers.length,
      replicas: [...followers, ...(action.standby === undefined ? [] : [action.standby])].map((address) => ({
        address,
        flags: ['slave'],
      })),
    });
    return true;
  }
}

function instanceView(state: Instance): InstanceView {
  if (!state.up) return { state: 'unreachable', why: 'down', refused: state.refused ?? true };
  return {
    state: 'up',
    runId: 'r',
    uptimeSeconds: 1,
    role: state.master === undefined ? 'master' : 'replica',
    ...(state.master === undefined ? {} : { masterAddress: state.master, masterLinkUp: state.linkUp ?? true }),
    offset: state.offset ?? 1_000,
    copyable: state.copyable,
    ...(state.minReplicas ? { minReplicas: state.minReplicas } : {}),
    keys: state.keys,
    ...(state.loading ? { loading: true as const } : {}),
    usedMemoryBytes: 0,
    claim: state.claim,
    claimText: claimText(state.claim),
    sentinelAccess: state.access,
    ...(state.mute && state.claim.kind === 'bound' ? { mute: true as const } : {}),
    openFor: state.openFor,
  };
}
