import type { SentinelView, World } from '../../world/model.js';
import type { Listing, Row } from './row.js';

function row(sentinel: SentinelView): Row {
  const up = sentinel.state === 'up' ? sentinel : undefined;
  const state = up ? (up.tilt ? 'Tilt' : 'Up') : 'Unreachable';
  return {
    name: `${sentinel.datacenter}/${sentinel.pod}`,
    cells: [
      sentinel.pod,
      sentinel.group,
      sentinel.datacenter,
      sentinel.machine,
      sentinel.address,
      state,
      up ? String(up.names.length) : '<unknown>',
      up?.id ?? '<unknown>',
    ],
    record: {
      name: sentinel.pod,
      group: sentinel.group,
      datacenter: sentinel.datacenter,
      machine: sentinel.machine,
      address: sentinel.address,
      state,
      partitions: up?.names.length ?? null,
      id: up?.id ?? null,
      ...(sentinel.state === 'unreachable' ? { why: sentinel.why } : {}),
    },
  };
}

export const listSentinels = (world: World): Listing => ({
  kind: 'sentinel',
  columns: ['NAME', 'GROUP', 'DATACENTER', 'MACHINE', 'ADDRESS', 'STATE', 'PARTITIONS'],
  wide: ['ID'],
  rows: world.groups.flatMap((group) => group.sentinels).map(row),
});
