import type { z } from 'zod';
import { type FarmSpec, farmSchema } from './schema.js';
import { pathText, type Section } from './spec-path.js';

/** A declared farm that the checks can walk, even when parts of it had the wrong shape. */
export interface Draft {
  readonly spec: FarmSpec;
  /** false for a section that holds stand-ins: sums over it prove nothing */
  readonly whole: Readonly<Record<Section, boolean>>;
  /** paths, in the user's words, that hold stand-ins: what a check says about them is not the user's doing */
  readonly broken: ReadonlySet<string>;
}

/** Put where a required value was missing or of the wrong type, so that everything else can still be checked. Optional values are left out instead. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  name: '',
  datacenters: [],
  tiers: [],
  cacheClusters: [],
  'datacenters.name': '',
  'datacenters.machines.count': 1,
  'datacenters.machines.memory': '',
  'tiers.name': '',
  'tiers.maxMemory': '',
  'tiers.memory': '',
  'tiers.ports': [],
  'tiers.replicas': 1,
  'sentinelGroups.name': '',
  'cacheClusters.clusterName': '',
  'cacheClusters.clusterSize': 1,
  'cacheClusters.tier': '',
};

const ELEMENTS: Readonly<Record<string, unknown>> = {
  datacenters: { name: '', witness: true },
  tiers: { name: '', maxMemory: '', memory: '', ports: [], replicas: 1 },
  sentinelGroups: { name: '' },
  cacheClusters: { clusterName: '', clusterSize: 1, tier: '' },
  'tiers.ports': 0,
  'cacheClusters.placement.datacenters': '',
};

type Path = readonly PropertyKey[];

/** `root` with the value at `path` replaced, or taken out when `value` is undefined; copies only what lies on the path. */
function withValue(root: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(root)) return root.map((item, i) => (i === key ? withValue(item, rest, value) : item));
  const copy: Record<PropertyKey, unknown> = { ...(root as Record<PropertyKey, unknown>) };
  const changed = withValue(copy[key], rest, value);
  if (changed === undefined) delete copy[key];
  else copy[key] = changed;
  return copy;
}

function mendIssue(root: unknown, issue: z.core.$ZodIssue): unknown {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.reduce((mended, key) => withValue(mended, [...issue.path, key], undefined), root);
  }
  const key = issue.path.filter((part) => typeof part !== 'number').join('.');
  const isElement = typeof issue.path.at(-1) === 'number';
  return withValue(root, issue.path, isElement ? ELEMENTS[key] : STAND_INS[key]);
}

const isSound = (section: Section, issues: readonly z.core.$ZodIssue[]): boolean =>
  !issues.some((issue) => issue.path[0] === section && issue.code !== 'unrecognized_keys');

/**
 * Mends a farm of the wrong shape: unknown keys are taken out, wrong optional values left to their defaults, wrong required ones replaced by
 * stand-ins that no check complains about for their own sake.
 * @returns undefined when nothing can be made of it
 */
export function draftOf(input: unknown, issues: readonly z.core.$ZodIssue[]): Draft | undefined {
  if (issues.some((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys')) return undefined;
  const mended = farmSchema.safeParse(issues.reduce(mendIssue, input));
  if (!mended.success) return undefined;
  const faults = issues.filter((issue) => issue.code !== 'unrecognized_keys');
  return {
    spec: mended.data,
    whole: {
      datacenters: isSound('datacenters', issues),
      tiers: isSound('tiers', issues),
      sentinelGroups: isSound('sentinelGroups', issues),
      cacheClusters: isSound('cacheClusters', issues),
    },
    broken: new Set(faults.map((issue) => pathText(input, issue.path))),
  };
}
