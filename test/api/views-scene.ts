/** Passes of an imaginary farm, as Barn would tell of them, and every view that can be made of one. */
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Declared, Pass } from '../../src/api/parts.js';
import {
  brakesSchema,
  clusterDetailSchema,
  clustersSchema,
  decisionSchema,
  eventSchema,
  type Freshness,
  farmMapSchema,
  groupsSchema,
  healthSchema,
  limitsSchema,
  lossSchema,
  partitionSchema,
} from '../../src/api/schemas.js';
import { brakesView } from '../../src/api/views/brakes.js';
import { clusterDetail, clustersView } from '../../src/api/views/clusters.js';
import { decisionViews } from '../../src/api/views/decisions.js';
import { eventView } from '../../src/api/views/events.js';
import { farmMap, podId } from '../../src/api/views/farm-map.js';
import { groupsView } from '../../src/api/views/groups.js';
import { healthView } from '../../src/api/views/health.js';
import { limitsView } from '../../src/api/views/limits.js';
import { LoadBook, type Loads } from '../../src/api/views/load.js';
import { lossOf } from '../../src/api/views/loss.js';
import { partitionView } from '../../src/api/views/partition.js';
import { previewChange } from '../../src/api/views/preview.js';
import { planOnce } from '../../src/barn/seed.js';
import type { Farm } from '../../src/farm/model.js';
import { plan } from '../../src/plan/plan.js';
import { type PlanInput, UNLIMITED } from '../../src/plan/planning.js';
import type { VoiceEvent } from '../../src/voice/voice-event.js';
import type { InstanceLoad, RedisPod, World } from '../../src/world/model.js';
import { ImaginaryFarm } from '../builders/imaginary-farm.js';

export const FRESH: Freshness = { observedAt: 0, ageMs: 0, stale: false };
export const NO_LOAD: Loads = { of: () => undefined };

/** Passes until nothing is left to do. */
export function settle(imaginary: ImaginaryFarm): ImaginaryFarm {
  for (let pass = 0; pass < 60; pass++) {
    const { decisions } = planOnce(imaginary.farm, imaginary.world(), 1, 0);
    if (decisions.length === 0) return imaginary;
    imaginary.carryOut(decisions);
  }
  throw new Error('the imaginary farm does not come to rest');
}

export const settled = (farm: Farm): ImaginaryFarm => settle(new ImaginaryFarm(farm));

export function passOf(farm: Farm, world: World, input: Partial<PlanInput> = {}): Pass {
  const budget = input.budget ?? UNLIMITED;
  const { facts, decisions, notes } = plan({
    declared: farm,
    world,
    inFlight: new Set(),
    failures: new Map(),
    now: world.observedAt,
    controller: 1,
    ...input,
    budget,
  });
  return { farm, world, facts, plan: { decisions, notes }, budget };
}

export const look = (imaginary: ImaginaryFarm, input: Partial<PlanInput> = {}): Pass =>
  passOf(imaginary.farm, imaginary.world(), input);

/** @param load of a pod that answers; undefined: it tells none */
export const withLoad = (world: World, load: (pod: RedisPod) => InstanceLoad | undefined): World => ({
  ...world,
  pods: world.pods.map((pod) => {
    const told = load(pod);
    return pod.instance.state === 'up' && told ? { ...pod, instance: { ...pod.instance, load: told } } : pod;
  }),
});

export function loadsOf(...worlds: readonly World[]): LoadBook {
  const book = new LoadBook();
  for (const world of worlds) book.passed({ world });
  return book;
}

type Told = readonly [name: string, schema: z.ZodType, value: unknown];

/** Every view of a pass, with the schema that it is to have. */
export function everyView(pass: Pass, load: Loads, events: readonly VoiceEvent[] = []): readonly Told[] {
  const { farm, world, facts } = pass;
  const declared: Declared = { version: '7', owner: undefined };
  const sight = {
    last: () => pass,
    trouble: () => undefined,
    leads: () => true,
    ready: () => ({ ok: true }),
  };
  const clusters = farm.cacheClusters.slice(0, 3).map(({ clusterName }) => clusterName);
  const machines = world.datacenters.flatMap((datacenter) => datacenter.machines).slice(0, 2);
  const [pod] = world.pods;
  const losses = [
    ...world.datacenters.slice(0, 1).map(({ name }) => lossOf(pass, 'datacenter', name)),
    ...machines.map(({ name }) => lossOf(pass, 'machine', name)),
    ...(pod ? [lossOf(pass, 'pod', podId(pod))] : []),
  ];
  return [
    ['map', farmMapSchema, farmMap(pass, load, FRESH)],
    ['clusters', clustersSchema, clustersView(pass, load, FRESH)],
    ...clusters.map((name): Told => [name, clusterDetailSchema, clusterDetail(pass, load, FRESH, name, declared)]),
    ...facts.partitions
      .slice(0, 6)
      .map(({ name }): Told => [name, partitionSchema, partitionView(pass, load, events, name, FRESH)]),
    ...clusters
      .slice(0, 1)
      .map((name): Told => ['preview', decisionSchema.array(), previewChange(pass, farm, name).decisions]),
    ...losses.map((loss): Told => ['loss', lossSchema, loss]),
    ['groups', groupsSchema, groupsView(pass, FRESH)],
    ['brakes', brakesSchema, brakesView(pass, true, FRESH)],
    ['decisions', decisionSchema.array(), decisionViews(pass.plan.decisions)],
    ['events', eventSchema.array(), events.map(eventView)],
    ['health', healthSchema, healthView(sight, farm.name, '0.1.0', world.observedAt)],
    ['limits', limitsSchema, limitsView(pass)],
  ];
}

/** @returns one line for each view that is not what its schema says, or has a field that the schema does not know */
export const unlike = (views: readonly Told[]): readonly string[] =>
  views.flatMap(([name, schema, value]) => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) return [`${name}: ${parsed.error.issues.map((i) => `${i.path.join('.')} ${i.message}`)[0]}`];
    return isDeepStrictEqual(parsed.data, value) ? [] : [`${name}: fields that its schema does not know`];
  });
