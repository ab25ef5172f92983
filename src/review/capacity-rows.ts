import type { Capacity, TierCapacity } from './capacity.js';

export const CAPACITY_HEADER: readonly string[] = [
  'tier',
  'pods',
  'partitions + replicas + standbys',
  'used',
  'bound 1-1/D',
  '',
];

const share = (value: number | null): string => (value === null ? '-' : `${Math.round(value * 100)} %`);

/** `360 -> 375`, or the one value where nothing changed */
function across(from: Capacity | null, to: Capacity | null, show: (capacity: Capacity) => string): string {
  const [was, is] = [from ? show(from) : '-', to ? show(to) : '-'];
  return was === is ? is : `${was} -> ${is}`;
}

const needs = ({ partitions, replicas, standbys, used }: Capacity): string =>
  `${partitions} + ${replicas} + ${standbys} = ${used}`;

/** Cells of one tier, in the order of CAPACITY_HEADER. */
export function capacityRow({ tier, from, to }: TierCapacity): readonly string[] {
  return [
    tier,
    across(from, to, ({ pods }) => String(pods)),
    across(from, to, needs),
    across(from, to, ({ utilisation }) => share(utilisation)),
    across(from, to, ({ bound }) => share(bound)),
    to?.overBound ? 'ABOVE THE BOUND: with a datacenter lost, not every partition finds a pod' : '',
  ];
}
