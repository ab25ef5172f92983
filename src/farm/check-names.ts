import type { Draft } from './draft.js';
import { type Finding, problem } from './finding.js';
import { show } from './quote.js';
import { elementPath, type Section } from './spec-path.js';

/** RFC 1123 label: what a namespace, a StatefulSet and a host name may be. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 1123 subdomain: labels joined by dots. */
export const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Folders of dist/ that are no datacenter. */
const RESERVED_DATACENTERS = ['all', 'argocd'];

// Kubernetes puts `<StatefulSet>-<10 characters>` into the label controller-revision-hash of 63 characters, so the set's name has 52:
// `redis-<tier>-<port>` and `sentinel-<pool>-<ordinal>`.
const LONGEST = { datacenters: 63, tiers: 40, sentinelGroups: 39 } as const;

// A DNS name has 253 characters, and `sentinel-<pool>-<ordinal>-<pod>.sentinel-<pool>-<ordinal>.` up to 106 of them; a label has 63.
const LONGEST_DOMAIN = 147;
const isDomain = (domain: string): boolean =>
  domain.length <= LONGEST_DOMAIN && DNS_SUBDOMAIN.test(domain) && domain.split('.').every((part) => part.length <= 63);

const kebab = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 39)
    .replace(/-+$/, '');

const rename = (name: string): string => (kebab(name) === '' ? '' : `; write ${kebab(name)}`);

function* label(path: string, what: string, name: string, longest: number): Generator<Finding> {
  if (DNS_LABEL.test(name) && name.length <= longest) return;
  const rule = `1 to ${longest} of a-z, 0-9 and -, with a letter or digit at both ends`;
  yield problem(path, `${what} ${show(name)} is no DNS label (${rule})${rename(name)}`);
}

/** Names that occur twice, as `fold` sees them. */
function* twins(section: Section, names: readonly string[], fold: (name: string) => string): Generator<Finding> {
  const first = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    const before = first.get(fold(name));
    if (before === undefined) first.set(fold(name), name);
    else if (name !== '')
      yield problem(
        `${section}[${i}].name`,
        `name ${show(name)} is taken by ${section}.${show(before)}${sameButCase(name, before)}; rename one`,
      );
  }
}

const sameButCase = (a: string, b: string): string =>
  a === b ? '' : ' (object names are lower case, so upper and lower case do not tell them apart)';

function* datacenterNames(spec: Draft['spec']): Generator<Finding> {
  for (const [i, { name, context, domain }] of spec.datacenters.entries()) {
    const path = elementPath('datacenters', i, { name });
    yield* label(`${path}.name`, 'name', name, LONGEST.datacenters);
    if (RESERVED_DATACENTERS.includes(name)) {
      yield problem(
        `${path}.name`,
        `name ${name} is reserved: dist/${name} holds what is no datacenter's; rename it, e.g. ${name}-1`,
      );
    }
    if (context !== undefined && !/^[^\p{C}\s]{1,253}$/u.test(context)) {
      yield problem(
        `${path}.context`,
        `context ${show(context)} must be 1 to 253 visible characters without spaces, as in your kubeconfig`,
      );
    }
    if (domain !== undefined && !isDomain(domain)) {
      yield problem(
        `${path}.domain`,
        `domain ${show(domain)} is no DNS domain (up to ${LONGEST_DOMAIN} of a-z, 0-9, - and ., 63 at most between dots), e.g. ${show(kebab(name) || 'a')}.farm.internal`,
      );
    }
  }
}

/** Two datacenters on one KubeCluster, or under one domain, would write over each other's objects and names. */
function* sharedHomes(spec: Draft['spec']): Generator<Finding> {
  const seen = new Map<string, string>();
  for (const [i, datacenter] of spec.datacenters.entries()) {
    const path = elementPath('datacenters', i, datacenter);
    const homes = {
      context: datacenter.context ?? datacenter.name,
      domain: datacenter.domain ?? `${datacenter.name}.${spec.name}.internal`,
    };
    for (const [field, value] of Object.entries(homes)) {
      const other = seen.get(`${field} ${value}`);
      seen.set(`${field} ${value}`, datacenter.name);
      if (other === undefined || other === datacenter.name) continue;
      yield problem(
        `${path}.${field}`,
        `${field} ${show(value)} is that of datacenters.${show(other)} too; each datacenter needs its own, else one writes over the other`,
      );
    }
  }
}

function* tierNames(spec: Draft['spec']): Generator<Finding> {
  for (const [i, { name, storageClass }] of spec.tiers.entries()) {
    const path = elementPath('tiers', i, { name });
    if (!DNS_LABEL.test(name.toLowerCase()) || name.length > LONGEST.tiers) {
      const rule = `1 to ${LONGEST.tiers} of A-Z, a-z, 0-9 and -, with a letter or digit at both ends`;
      yield problem(`${path}.name`, `name ${show(name)} is no tier name (${rule})${rename(name)}`);
    }
    if (storageClass !== undefined && !DNS_SUBDOMAIN.test(storageClass)) {
      yield problem(
        `${path}.storageClass`,
        `storageClass ${show(storageClass)} is no name of a storage class (a-z, 0-9, - and .); see kubectl get storageclass`,
      );
    }
  }
}

/** Names of the farm, its namespace, datacenters, tiers and sentinel groups. Those of cache clusters: check-cache-clusters.ts. */
export function* checkNames({ spec }: Draft): Generator<Finding> {
  yield* label('name', 'name', spec.name, 63);
  if (spec.namespace !== undefined) yield* label('namespace', 'namespace', spec.namespace, 63);
  yield* datacenterNames(spec);
  yield* sharedHomes(spec);
  yield* tierNames(spec);
  const pools = spec.sentinelGroups ?? [];
  for (const [i, pool] of pools.entries()) {
    yield* label(`${elementPath('sentinelGroups', i, pool)}.name`, 'name', pool.name, LONGEST.sentinelGroups);
  }
  const namesOf = (elements: readonly { readonly name: string }[]): readonly string[] =>
    elements.map(({ name }) => name);
  yield* twins('datacenters', namesOf(spec.datacenters), (name) => name);
  yield* twins('tiers', namesOf(spec.tiers), (name) => name.toLowerCase());
  yield* twins('sentinelGroups', namesOf(pools), (name) => name);
}
