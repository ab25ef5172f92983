import { RESERVED_CLUSTER_NAMES } from './access.js';
import { DNS_SUBDOMAIN } from './check-names.js';
import type { Draft } from './draft.js';
import { type Finding, problem, warning } from './finding.js';
import { LIMITS } from './limits.js';
import { suggest } from './nearest.js';
import { show } from './quote.js';
import type { CacheClusterSpec, FarmSpec } from './schema.js';
import { elementPath } from './spec-path.js';
import { BACKING_GROUP, CLUSTER_NAME, kubernetesName } from './words.js';

/** What is out of range is told by check-limits.ts. */
const MOST_REPLICAS = LIMITS['cacheClusters.minReplicas']?.max ?? 0;

/** The nearest name that would do, or '' when nothing is left of it. */
function cleaned(name: string): string {
  const kept = name
    .normalize('NFC')
    .replace(/::+/g, '.')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.[.-]+/g, '.')
    .replace(/[-_]+\./g, '.');
  const better = kept
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
  return RESERVED_CLUSTER_NAMES.includes(better) ? `${better}.cache` : better;
}

const instead = (name: string): string =>
  cleaned(name) === '' || cleaned(name) === name ? '' : `; write ${cleaned(name)}`;

function* name(path: string, clusterName: string): Generator<Finding> {
  const field = `${path}.clusterName`;
  if (!CLUSTER_NAME.test(clusterName)) {
    const rule = 'a letter, then up to 62 letters, digits, . _ or -';
    yield problem(
      field,
      `clusterName ${show(clusterName)} cannot be a name for Sentinel (${rule})${instead(clusterName)}`,
    );
  } else if (RESERVED_CLUSTER_NAMES.includes(clusterName)) {
    yield problem(
      field,
      `clusterName ${clusterName} is a name of the farm itself (${RESERVED_CLUSTER_NAMES.join(', ')}); write e.g. ${clusterName}.cache`,
    );
  } else if (!DNS_SUBDOMAIN.test(kubernetesName(clusterName))) {
    yield problem(
      field,
      `clusterName ${clusterName} would be ${kubernetesName(clusterName)} in Kubernetes, which is no object name (each part between dots needs a letter or digit at both ends)${instead(clusterName)}`,
    );
  }
}

function* twins({ cacheClusters }: FarmSpec): Generator<Finding> {
  const first = new Map<string, string>();
  for (const [i, { clusterName }] of cacheClusters.entries()) {
    const key = kubernetesName(clusterName);
    const before = first.get(key);
    if (before === undefined) first.set(key, clusterName);
    else if (clusterName !== '') {
      const why =
        before === clusterName ? `is declared twice` : `and ${show(before)} are both ${show(key)} in Kubernetes`;
      yield problem(
        `cacheClusters[${i}].clusterName`,
        `clusterName ${show(clusterName)} ${why}; rename one or take it out`,
      );
    }
  }
}

function* placement(path: string, cluster: CacheClusterSpec, { datacenters }: FarmSpec): Generator<Finding> {
  const wanted = cluster.placement?.datacenters;
  if (!wanted) return;
  const field = `${path}.placement.datacenters`;
  const withPods = datacenters.filter(({ witness }) => !witness).map((d) => d.name);
  if (wanted.length === 0)
    yield problem(
      field,
      `an empty list leaves no place for it; name some of ${withPods.join(', ')}, or leave placement out for all`,
    );
  for (const [i, datacenter] of wanted.entries()) {
    const known = datacenters.find((d) => d.name === datacenter);
    if (!known)
      yield problem(`${field}[${i}]`, `datacenter ${show(datacenter)} is unknown; ${suggest(datacenter, withPods)}`);
    else if (known.witness)
      yield problem(
        `${field}[${i}]`,
        `datacenter ${show(datacenter)} is a witness and has no pods; name some of ${withPods.join(', ')}`,
      );
    if (wanted.indexOf(datacenter) < i)
      yield problem(`${field}[${i}]`, `datacenter ${show(datacenter)} is named twice; take one out`);
  }
}

/** Copies of a partition never share a machine, so there must be as many machines that can hold a pod of its tier. */
function* copies(path: string, cluster: CacheClusterSpec, { spec, whole }: Draft): Generator<Finding> {
  const { partitionSize = 1, placement: at } = cluster;
  const tier = spec.tiers.find(({ name: tierName }) => tierName === cluster.tier);
  if (!tier || !whole.datacenters || !whole.tiers || partitionSize < 2) return;
  const perDatacenter = Math.max(0, tier.replicas) * new Set(tier.ports).size;
  const homes = spec.datacenters.filter((d) => !d.witness && (at?.datacenters?.includes(d.name) ?? true));
  const machines = homes.reduce((total, { machines: m }) => total + Math.min(m?.count ?? 0, perDatacenter), 0);
  if (partitionSize <= machines) return;
  yield problem(
    `${path}.partitionSize`,
    `partitionSize ${partitionSize} needs as many different machines with a pod of tier ${show(cluster.tier)}, and there are at most ${machines}; lower it, or add machines or replicas`,
  );
}

function* standbys(path: string, { standbys: count, partitionSize = 1 }: CacheClusterSpec): Generator<Finding> {
  if (partitionSize > 1 && (count ?? 0) > 0) {
    yield problem(
      `${path}.standbys`,
      `standbys ${count} and partitionSize ${partitionSize} exclude each other: replicas take over already; leave standbys out`,
    );
  }
  if (partitionSize === 1 && count === 0) {
    yield warning(
      `${path}.standbys`,
      'standbys 0: a dead partition is only replaced while Barn runs, Sentinel alone cannot; use 1 unless that is meant',
    );
  }
}

/** A master has one replica less than its partition has pods: with more required it could never write. */
function* minReplicas(
  path: string,
  { minReplicas: count = 0, partitionSize = 1 }: CacheClusterSpec,
): Generator<Finding> {
  if (count < 1 || partitionSize < 1 || count < partitionSize || count > MOST_REPLICAS) return;
  const most = partitionSize - 1;
  yield problem(
    `${path}.minReplicas`,
    partitionSize === 1
      ? `minReplicas ${count} and partitionSize 1 exclude each other: without a replica every write would be refused; leave minReplicas out, or use partitionSize ${count + 1}`
      : `minReplicas ${count} is more than the ${most} replica${most === 1 ? '' : 's'} that partitionSize ${partitionSize} gives: every write would be refused; lower it to ${most} at the most, or use partitionSize ${count + 1}`,
  );
}

/** False where a stand-in took a name's place: then nobody can say that another name is unknown. */
const areNamed = (names: readonly string[]): boolean => names.length > 0 && !names.includes('');

/** The declared cache clusters, each by itself and by name. Whether there is room for them: check-capacity.ts. */
export function* checkCacheClusters(draft: Draft): Generator<Finding> {
  const { spec, whole } = draft;
  const tiers = spec.tiers.map((tier) => tier.name);
  const tiersKnown = whole.tiers || areNamed(tiers);
  const datacentersKnown = whole.datacenters || areNamed(spec.datacenters.map((datacenter) => datacenter.name));
  for (const [i, cluster] of spec.cacheClusters.entries()) {
    const path = elementPath('cacheClusters', i, cluster);
    yield* name(path, cluster.clusterName);
    if (tiersKnown && !tiers.includes(cluster.tier))
      yield problem(`${path}.tier`, `tier ${show(cluster.tier)} is unknown; ${suggest(cluster.tier, tiers)}`);
    if (datacentersKnown) yield* placement(path, cluster, spec);
    yield* copies(path, cluster, draft);
    yield* standbys(path, cluster);
    yield* minReplicas(path, cluster);
    if (cluster.backingGroup !== undefined && !BACKING_GROUP.test(cluster.backingGroup)) {
      yield problem(
        `${path}.backingGroup`,
        `backingGroup ${show(cluster.backingGroup)} must be 1 to 63 letters, digits, . _ or -, e.g. user-db`,
      );
    }
  }
  yield* twins(spec);
}
