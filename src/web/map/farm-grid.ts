/** The map's pods as rows (machines) and columns (ports), a grid for each datacenter. */
import type { FarmMap, MapPod } from '../../api/schemas.js';

export type Machine = FarmMap['datacenters'][number]['machines'][number];
export type Sentinel = FarmMap['sentinels'][number];

export interface GridColumn {
  readonly tier: string;
  readonly port: number;
  /** the first of its tier: a gap before it */
  readonly first: boolean;
}

export interface GridRow {
  readonly machine: Machine;
  /** one for each column, its figures of when something else of the row changed last; undefined: no pod of that port is on this machine */
  readonly pods: readonly (MapPod | undefined)[];
  readonly sentinels: readonly Sentinel[];
}

export interface DatacenterGrid {
  readonly name: string;
  readonly complete: boolean;
  readonly problem: string | undefined;
  readonly columns: readonly GridColumn[];
  readonly rows: readonly GridRow[];
  readonly pods: number;
  readonly hasSentinels: boolean;
}

const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** Sentinels and machines come anew with every frame. */
const sameSentinels = (a: readonly Sentinel[], b: readonly Sentinel[]): boolean =>
  a.length === b.length &&
  a.every((one, index) => {
    const other = b[index];
    return (
      other?.address === one.address && other.group === one.group && other.up === one.up && other.tilt === one.tilt
    );
  });

const sameMachine = (a: Machine, b: Machine): boolean =>
  a.name === b.name && a.address === b.address && a.ready === b.ready && a.draining === b.draining;

/**
 * What a cell draws and says. Figures (keys, memory, ops/s) are not in it: in a busy farm those of every pod change with every pass,
 * and 7,200 cells would be drawn again for nothing. Card and panel read them from the map itself.
 */
const sameDrawn = (a: MapPod | undefined, b: MapPod | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.id === b.id &&
    a.state === b.state &&
    a.draining === b.draining &&
    a.tier === b.tier &&
    a.clusterName === b.clusterName &&
    sameItems(a.partitions, b.partitions));

const sameRow = (a: GridRow, b: GridRow): boolean =>
  a.pods.length === b.pods.length &&
  a.pods.every((pod, index) => sameDrawn(pod, b.pods[index])) &&
  sameMachine(a.machine, b.machine) &&
  sameSentinels(a.sentinels, b.sentinels);

const sameColumns = (a: readonly GridColumn[], b: readonly GridColumn[]): boolean =>
  a.length === b.length && a.every(({ tier, port }, index) => b[index]?.tier === tier && b[index]?.port === port);

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Ports in the order of the tiers; ports that a tier has no more but pods still use come last. */
function columnsOf(tiers: FarmMap['tiers'], pods: readonly MapPod[]): readonly GridColumn[] {
  const used = new Map(pods.map((pod) => [pod.port, pod.tier]));
  const columns: GridColumn[] = [];
  for (const { name, ports } of tiers) {
    const mine = ports.filter((port) => used.delete(port));
    for (const [index, port] of mine.entries()) columns.push({ tier: name, port, first: index === 0 });
  }
  for (const [port, tier] of [...used].sort(([a], [b]) => a - b)) columns.push({ tier, port, first: true });
  return columns;
}

/** Made once: comparing by localeCompare makes one each time. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** Machines as the KubeCluster tells them, and those that only pods or sentinels know (it could not be read). */
function machinesOf(
  known: readonly Machine[],
  standing: ReadonlySet<string>,
  before: readonly GridRow[],
): readonly Machine[] {
  const named = new Map(known.map((machine) => [machine.name, machine]));
  for (const name of standing)
    if (!named.has(name)) named.set(name, { name, address: '', ready: true, draining: false });
  const last = before.map(({ machine }) => machine.name);
  const same = last.length === named.size && last.every((name) => named.has(name));
  const names = same ? last : [...named.keys()].sort(BY_NUMBER.compare);
  return names.flatMap((name) => named.get(name) ?? []);
}

interface Standing {
  readonly pods: readonly MapPod[];
  readonly sentinels: readonly Sentinel[];
}

function gridOf(
  { name, complete, problem, machines }: FarmMap['datacenters'][number],
  tiers: FarmMap['tiers'],
  { pods, sentinels }: Standing,
  before: DatacenterGrid | undefined,
): DatacenterGrid {
  const found = columnsOf(tiers, pods);
  const columns = before && sameColumns(before.columns, found) ? before.columns : found;
  const columnAt = new Map(columns.map(({ port }, index) => [port, index]));
  const podsOn = groupBy(pods, (pod) => pod.machine);
  const sentinelsOn = groupBy(sentinels, (sentinel) => sentinel.machine);
  const old = new Map(before?.rows.map((row) => [row.machine.name, row]));
  const rows = machinesOf(machines, new Set([...podsOn.keys(), ...sentinelsOn.keys()]), before?.rows ?? []).map(
    (machine) => {
      const cells: (MapPod | undefined)[] = columns.map(() => undefined);
      for (const pod of podsOn.get(machine.name) ?? []) cells[columnAt.get(pod.port) ?? -1] = pod;
      const row = { machine, pods: cells, sentinels: sentinelsOn.get(machine.name) ?? [] };
      const was = old.get(machine.name);
      return was && sameRow(was, row) ? was : row;
    },
  );
  const grid = {
    name,
    complete,
    problem,
    columns,
    rows: before && sameItems(before.rows, rows) ? before.rows : rows,
    pods: pods.length,
    hasSentinels: sentinels.length > 0,
  };
  return before && (Object.keys(grid) as (keyof DatacenterGrid)[]).every((key) => before[key] === grid[key])
    ? before
    : grid;
}

/** @param before the last one: what did not change is the same object again, and is not drawn again */
export function farmGrid(map: FarmMap, before: readonly DatacenterGrid[] = []): readonly DatacenterGrid[] {
  const pods = groupBy(map.pods, (pod) => pod.datacenter);
  const sentinels = groupBy(map.sentinels, (sentinel) => sentinel.datacenter);
  const old = new Map(before.map((grid) => [grid.name, grid]));
  return map.datacenters.map((datacenter) =>
    gridOf(
      datacenter,
      map.tiers,
      { pods: pods.get(datacenter.name) ?? [], sentinels: sentinels.get(datacenter.name) ?? [] },
      old.get(datacenter.name),
    ),
  );
}
