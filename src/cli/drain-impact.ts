/** What stands on machines, in datacenters or in pods that somebody wants empty. Pure. */
import type { Farm } from '../farm/model.js';
import { suggest } from '../farm/nearest.js';
import { quote } from '../farm/quote.js';
import { claimOf, type Facts, isIdle, upInstance } from '../world/facts.js';
import type { RedisPod, World } from '../world/model.js';
import { CliError } from './cli-error.js';

export type DrainKind = 'machine' | 'datacenter' | 'pod';

export interface DrainTarget {
  readonly datacenter: string;
  readonly kind: 'node' | 'pod';
  readonly name: string;
}

export interface DrainImpact {
  /** objects that get the annotation */
  readonly targets: readonly DrainTarget[];
  readonly pods: readonly RedisPod[];
  /** sentinel pods there: they stay */
  readonly sentinels: readonly string[];
}

const unknown = (kind: DrainKind, name: string, known: readonly string[]): CliError =>
  new CliError(`no ${kind} is called ${quote(name)}; ${suggest(name, known)}`);

function unread(world: World): string {
  const silent = world.datacenters.filter(({ complete }) => !complete);
  return silent.length === 0 ? '' : ` (${silent.map(({ name }) => name).join(', ')} cannot be read)`;
}

function machineTargets(world: World, name: string): readonly DrainTarget[] {
  const machines = world.datacenters.flatMap((datacenter) => datacenter.machines);
  const found = machines.find((machine) => machine.name === name);
  if (!found)
    throw unknown(
      'machine',
      name,
      machines.map((machine) => machine.name),
    );
  return [{ kind: 'node', datacenter: found.datacenter, name }];
}

function datacenterTargets(world: World, name: string): readonly DrainTarget[] {
  const found = world.datacenters.find((datacenter) => datacenter.name === name);
  if (!found)
    throw unknown(
      'datacenter',
      name,
      world.datacenters.map((datacenter) => datacenter.name),
    );
  if (!found.complete)
    throw new CliError(
      `datacenter ${name} cannot be read, so its machines cannot be marked: ${found.problem ?? 'no answer'}`,
    );
  return found.machines.map((machine) => ({ kind: 'node', datacenter: name, name: machine.name }));
}

function podTargets(world: World, name: string): readonly DrainTarget[] {
  const full = (pod: RedisPod): string => `${pod.datacenter}/${pod.name}`;
  const found = world.pods.filter((pod) => full(pod) === name || pod.name === name);
  const [only, ...others] = found;
  if (!only) throw unknown('pod', name, world.pods.map(full));
  if (others.length > 0)
    throw new CliError(`pod ${name} is in several datacenters; write ${found.map(full).join(' or ')}`);
  return [{ kind: 'pod', datacenter: only.datacenter, name: only.name }];
}

const isOn = (targets: readonly DrainTarget[], datacenter: string, machine: string, pod: string): boolean =>
  targets.some((one) => one.datacenter === datacenter && one.name === (one.kind === 'node' ? machine : pod));

export const podsOn = (world: World, targets: readonly DrainTarget[]): readonly RedisPod[] =>
  world.pods.filter((pod) => isOn(targets, pod.datacenter, pod.machine, pod.name));

/** @throws CliError for a name that nothing has, with what was probably meant */
export function drainImpact(world: World, kind: DrainKind, name: string): DrainImpact {
  let targets: readonly DrainTarget[];
  try {
    targets = { machine: machineTargets, datacenter: datacenterTargets, pod: podTargets }[kind](world, name);
  } catch (error) {
    throw error instanceof CliError ? new CliError(`${error.message}${unread(world)}`, error.status) : error;
  }
  const sentinels = world.groups.flatMap((group) => group.sentinels);
  return {
    targets,
    pods: podsOn(world, targets),
    sentinels: sentinels
      .filter((one) => isOn(targets, one.datacenter, one.machine, one.pod))
      .map((one) => `${one.datacenter}/${one.pod}`),
  };
}

/** Locked and named by nobody: nothing has to move, drained or not. */
export const isFree = (facts: Facts, pod: RedisPod): boolean =>
  claimOf(pod)?.kind === 'locked' && !facts.listed.has(pod.address);

const pods = (count: number): string => `${count} pod${count === 1 ? '' : 's'}`;

/** What a pod is for, in words. */
export function useOf(facts: Facts, pod: RedisPod): string {
  const claim = claimOf(pod);
  const named = [...(facts.listed.get(pod.address) ?? [])].sort();
  if (claim?.kind === 'standby')
    return `standby of ${claim.clusterName}${named.length > 0 ? `, for ${named.join(' ')}` : ''}`;
  if (claim && claim.kind !== 'locked') return `partition ${claim.partition}`;
  if (named.length > 0) return `named by sentinels for ${named.join(' ')}`;
  return upInstance(pod) ? 'unknown: it says nothing of what it is for' : 'unknown: it does not answer';
}

/** Lines about every pod that is in use, and how many idle ones there are where they could go. */
export function impactText(farm: Farm, world: World, facts: Facts, impact: DrainImpact): string {
  const used = impact.pods.filter((pod) => !isFree(facts, pod));
  const rows = used.map((pod) => `  ${`${pod.datacenter}/${pod.name}`.padEnd(24)} ${useOf(facts, pod)}`);
  const idle = impact.pods.length - used.length;
  const tiers = farm.tiers.flatMap(({ name }) => {
    const need = used.filter((pod) => pod.tier === name).length;
    const free = world.pods.filter(
      (pod) => pod.tier === name && !impact.pods.includes(pod) && !pod.draining && isIdle(facts, pod),
    ).length;
    const short = free < need ? ': too few, what finds no place stays where it is' : '';
    return need === 0 ? [] : [`  tier ${name}: ${need} to move, ${free} idle elsewhere${short}`];
  });
  const sentinels = impact.sentinels.length > 0 ? [`  sentinels stay: ${impact.sentinels.join(', ')}`] : [];
  const count = `${pods(used.length)} in use, ${idle} idle`;
  return `${[count, ...rows, ...tiers, ...sentinels].join('\n')}\n`;
}
