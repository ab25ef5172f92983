import { claimOf, type Facts, isIdle } from '../../world/facts.js';
import type { MachineView, World } from '../../world/model.js';
import type { Listing, Row } from './row.js';

function row(world: World, facts: Facts, machine: MachineView): Row {
  const pods = world.pods.filter((pod) => pod.machine === machine.name && pod.datacenter === machine.datacenter);
  const kinds = pods.map((pod) => claimOf(pod)?.kind);
  const partitions = kinds.filter((kind) => kind === 'bound' || kind === 'member').length;
  const standbys = kinds.filter((kind) => kind === 'standby').length;
  const idle = pods.filter((pod) => isIdle(facts, pod)).length;
  return {
    name: machine.name,
    cells: [
      machine.name,
      machine.datacenter,
      machine.address,
      machine.ready ? 'True' : 'False',
      String(pods.length),
      String(partitions),
      String(standbys),
      String(idle),
    ],
    record: { ...machine, pods: pods.length, partitions, standbys, idle },
  };
}

export const listMachines = (world: World, facts: Facts): Listing => ({
  kind: 'machine',
  columns: ['NAME', 'DATACENTER', 'ADDRESS', 'READY', 'PODS', 'PARTITIONS', 'STANDBYS', 'IDLE'],
  wide: [],
  rows: world.datacenters.flatMap((datacenter) => datacenter.machines).map((machine) => row(world, facts, machine)),
});
