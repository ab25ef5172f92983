import { parseBytes } from './bytes.js';
import { roundQuantity } from './check-memory.js';
import type { Draft } from './draft.js';
import { type Finding, problem, warning } from './finding.js';
import { exporterForm, resolveFarm } from './resolve.js';
import type { DatacenterSpec, FarmSpec } from './schema.js';
import { elementPath } from './spec-path.js';

/** What an exporter sidecar is given. */
export const EXPORTER_BYTES = 64 * 2 ** 20;
/** What a sentinel is given: a hundred partitions need a few MiB, its configuration lies in memory as well. */
export const SENTINEL_BYTES = 128 * 2 ** 20;

/** The pods of one StatefulSet: no two of them on a machine. */
interface PodSet {
  readonly name: string;
  readonly bytes: number;
  readonly replicas: number;
}

/** The sentinels of each group in one datacenter. */
const sentinelSets = (spec: FarmSpec, datacenter: string): readonly PodSet[] =>
  resolveFarm(spec).sentinelGroups.flatMap(({ name, members }) =>
    members
      .filter((member) => member.datacenter === datacenter)
      .map(({ replicas }) => ({ name: `sentinel-${name}`, bytes: SENTINEL_BYTES, replicas })),
  );

function redisSets(spec: FarmSpec): readonly PodSet[] {
  const extra = exporterForm(spec.exporter) === false ? 0 : EXPORTER_BYTES;
  return spec.tiers.flatMap((tier) => {
    const bytes = parseBytes(tier.memory);
    if (bytes === undefined) return [];
    return [...new Set(tier.ports)].map((port) => ({
      name: `${tier.name}:${port}`,
      bytes: bytes + extra,
      replicas: Math.max(0, tier.replicas),
    }));
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
const namesOf = (sets: readonly PodSet[]): string =>
  sets
    .slice(0, 6)
    .map((set) => set.name)
    .join(', ') + (sets.length > 6 ? ', ...' : '');

/**
 * Why the pods cannot be laid out on M machines of `bytes` each, or undefined when none of these proofs applies:
 * 1. one pod is larger than a machine;
 * 2. all pods together are larger than all machines together;
 * 3. two sets whose pods do not fit together on a machine have more than M pods between them;
 * 4. sets with a pod on every machine leave `rest` bytes; of the pods of at least s bytes, a machine then holds floor(rest / s).
 */
function impossible(sets: readonly PodSet[], machines: number, bytes: number): string | undefined {
  const tooLarge = sets.find((set) => set.replicas > 0 && set.bytes > bytes);
  if (tooLarge) return `one pod of ${tooLarge.name} needs ${roundQuantity(tooLarge.bytes)}`;
  const total = sum(sets.map((set) => set.bytes * set.replicas));
  if (total > machines * bytes) return `all pods need ${roundQuantity(total)} of ${roundQuantity(machines * bytes)}`;
  return neverTogether(sets, machines, bytes) ?? pigeonholes(sets, machines, bytes);
}

function neverTogether(sets: readonly PodSet[], machines: number, bytes: number): string | undefined {
  for (const [i, a] of sets.entries()) {
    const b = sets
      .slice(i + 1)
      .find((other) => a.bytes + other.bytes > bytes && a.replicas + other.replicas > machines);
    if (b)
      return `${a.name} and ${b.name} do not fit on one machine (${roundQuantity(a.bytes + b.bytes)}) but have ${a.replicas + b.replicas} pods`;
  }
  return undefined;
}

function pigeonholes(sets: readonly PodSet[], machines: number, bytes: number): string | undefined {
  const everywhere = sets.filter((set) => set.replicas >= machines);
  // Not negative: else all pods together had been larger than all machines.
  const rest = bytes - sum(everywhere.map((set) => set.bytes));
  const others = sets.filter((set) => set.replicas < machines);
  for (const { bytes: least } of others) {
    const large = others.filter((set) => set.bytes >= least);
    const pods = sum(large.map((set) => set.replicas));
    const holes = machines * Math.min(large.length, Math.floor(rest / least));
    if (pods > holes)
      return `${namesOf(large)} have ${pods} pods, and the machines have room for ${holes} of that size`;
  }
  return undefined;
}

function* room(path: string, sets: readonly PodSet[], machines: number, bytes: number): Generator<Finding> {
  const size = `${machines} machines of ${roundQuantity(bytes)}`;
  const why = impossible(sets, machines, bytes);
  if (why !== undefined) {
    yield problem(`${path}.machines`, `${size} are over-committed: ${why}; add machines or memory, or lower replicas`);
    return;
  }
  const worst = sum(sets.filter((set) => set.replicas > 0).map((set) => set.bytes));
  if (worst <= bytes) return;
  yield warning(
    `${path}.machines`,
    `${size}: one pod of each tier, port and sentinel group together need ${roundQuantity(worst)}, more than a machine has. A layout may exist, but the scheduler ` +
      'can place the first pods so that later ones stay Pending; raise memory, or lower the number of ports',
  );
}

function* declared(path: string, { machines, witness }: DatacenterSpec): Generator<Finding> {
  if (witness && machines)
    yield problem(
      `${path}.machines`,
      'a witness holds only sentinels and has no machines for pods; leave machines or witness out',
    );
  if (!witness && !machines)
    yield problem(
      path,
      'has no machines; declare machines: {count, memory}, or witness: true if it is to hold only sentinels',
    );
}

function* spread(spec: FarmSpec): Generator<Finding> {
  for (const [i, tier] of spec.tiers.entries()) {
    const small = spec.datacenters.filter(
      ({ witness, machines }) => !witness && machines && machines.count < tier.replicas,
    );
    if (small.length === 0) continue;
    const counts = small.map(({ name, machines }) => `${name}: ${machines?.count ?? 0}`).join(', ');
    yield problem(
      `${elementPath('tiers', i, tier)}.replicas`,
      `replicas ${tier.replicas} are more than the machines of a datacenter (${counts}), and pods of one port never share a machine; lower replicas, or add ports or machines`,
    );
  }
}

/** Machines: that there are any, that the pods of a port fit one to a machine, and that memory is not over-committed. */
export function* checkMachines(draft: Draft): Generator<Finding> {
  const { spec, whole } = draft;
  if (whole.tiers && spec.tiers.length === 0)
    yield problem(
      'tiers',
      "an empty list makes no pods; declare at least one, e.g. {name: 'M1', maxMemory: '1gb', memory: '1.5Gi', ports: [6378], replicas: 3}",
    );
  if (whole.datacenters && spec.datacenters.every(({ witness }) => witness)) {
    yield problem(
      'datacenters',
      `${spec.datacenters.length === 0 ? 'an empty list has' : 'witnesses only have'} no machines for pods; declare at least one with machines, better three`,
    );
  }
  for (const [i, datacenter] of spec.datacenters.entries()) {
    const path = elementPath('datacenters', i, datacenter);
    yield* declared(path, datacenter);
    const bytes = datacenter.machines && parseBytes(datacenter.machines.memory);
    if (!datacenter.machines || bytes === undefined || datacenter.machines.count < 1 || datacenter.witness) continue;
    // More replicas than machines is its own problem: the layout is judged as if there were just enough.
    const { count } = datacenter.machines;
    const fitting = [...redisSets(spec), ...sentinelSets(spec, datacenter.name)].map((set) => ({
      ...set,
      replicas: Math.min(set.replicas, count),
    }));
    if (whole.datacenters && whole.tiers) yield* room(path, fitting, count, bytes);
  }
  if (whole.datacenters) yield* spread(spec);
}
