import { claimText } from '../../farm/access.js';
import { type Facts, isIdle, upInstance } from '../../world/facts.js';
import type { RedisPod, World } from '../../world/model.js';
import type { Listing, Row } from './row.js';

function stateOf(facts: Facts, pod: RedisPod): string {
  if (pod.instance.state === 'unreachable') return 'Unreachable';
  if (isIdle(facts, pod)) return 'Idle';
  const { claim } = pod.instance;
  if (!claim) return 'Unknown';
  return { locked: 'Locked', bound: 'Bound', member: 'Member', standby: 'Standby', incoming: 'Incoming' }[claim.kind];
}

function useOf(facts: Facts, pod: RedisPod): string {
  const claim = upInstance(pod)?.claim;
  if (claim?.kind === 'bound' || claim?.kind === 'member' || claim?.kind === 'incoming') return claim.partition;
  if (claim?.kind === 'standby') return claim.clusterName;
  return [...(facts.listed.get(pod.address) ?? [])].join(',') || '<none>';
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)}Mi`;

function row(facts: Facts, pod: RedisPod): Row {
  const instance = upInstance(pod);
  const state = stateOf(facts, pod);
  const use = useOf(facts, pod);
  return {
    name: `${pod.datacenter}/${pod.name}`,
    cells: [
      pod.name,
      pod.datacenter,
      pod.machine,
      pod.address,
      pod.tier,
      state,
      use,
      instance ? String(instance.keys) : '<unknown>',
      instance ? mebibytes(instance.usedMemoryBytes) : '<unknown>',
      instance?.role ?? '<unknown>',
      pod.revision || '<none>',
    ],
    record: {
      name: pod.name,
      datacenter: pod.datacenter,
      machine: pod.machine,
      address: pod.address,
      tier: pod.tier,
      phase: pod.phase,
      state,
      for: use === '<none>' ? null : use,
      claim: instance?.claim ? claimText(instance.claim) : null,
      keys: instance?.keys ?? null,
      usedMemoryBytes: instance?.usedMemoryBytes ?? null,
      role: instance?.role ?? null,
      uptimeSeconds: instance?.uptimeSeconds ?? null,
      revision: pod.revision,
      ...(pod.instance.state === 'unreachable' ? { why: pod.instance.why } : {}),
    },
  };
}

export const listPods = (world: World, facts: Facts): Listing => ({
  kind: 'pod',
  columns: ['NAME', 'DATACENTER', 'MACHINE', 'ADDRESS', 'TIER', 'STATE', 'FOR'],
  wide: ['KEYS', 'MEMORY', 'ROLE', 'REVISION'],
  rows: world.pods.map((pod) => row(facts, pod)),
});
