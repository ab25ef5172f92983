/** How far a drain has come, from the map alone. */
import type { FarmMap, MapPod } from '../../api/schemas.js';
import type { Pick } from './selection.js';

export interface DrainState {
  readonly draining: boolean;
  readonly pods: number;
  /** serving, standing by, copying or moving: what still has to leave */
  readonly inUse: number;
}

const FREE: readonly MapPod['state'][] = ['idle', 'draining', 'locked', 'unreachable'];

export function drainState(map: FarmMap, pick: Pick): DrainState {
  const machines = map.datacenters
    .filter(({ name }) => pick.kind !== 'datacenter' || name === pick.name)
    .flatMap((datacenter) => datacenter.machines)
    .filter(({ name }) => pick.kind !== 'machine' || name === pick.name);
  const pods = map.pods.filter((pod) => (pick.kind === 'pod' ? pod.id : pod[pick.kind]) === pick.name);
  const draining =
    pick.kind === 'pod'
      ? pods.some((pod) => pod.draining)
      : machines.length > 0 && machines.every((machine) => machine.draining);
  return { draining, pods: pods.length, inUse: pods.filter(({ state }) => !FREE.includes(state)).length };
}
