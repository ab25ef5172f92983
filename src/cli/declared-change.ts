/** A wish to change the declared state -> what every CacheCluster would be, or every reason why not. Pure. */
import { checkFarm } from '../farm/check.js';
import { integer, type Loose, record } from '../farm/loose.js';
import type { CacheCluster, Farm, FarmFrame, Problem } from '../farm/model.js';
import { show } from '../farm/quote.js';
import { resolveFarm } from '../farm/resolve.js';
import { type CacheClusterSpec, type FarmSpec, farmSchema } from '../farm/schema.js';
import { specOfFrame } from '../farm/spec-of-frame.js';
import { readCacheCluster } from '../world/read-cache-cluster.js';
import type { DeclaredCluster } from './declared-state.js';

/** What somebody wants of one CacheCluster: values to set (null: back to the default), or its end. */
export type Wish =
  | {
      readonly kind: 'put';
      readonly clusterName: string;
      readonly fields: Loose;
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'delete'; readonly clusterName: string };

export interface PlannedChange {
  readonly wish: Wish;
  /** undefined: it is new */
  readonly before: CacheCluster | undefined;
  /** undefined: it ends */
  readonly after: CacheCluster | undefined;
  /** spec to write, every default spelled out as the manifests do */
  readonly spec: Loose;
}

export interface PlannedChanges {
  readonly changes: readonly PlannedChange[];
  /** anything here: nothing may be written */
  readonly problems: readonly Problem[];
  /** of the farm with the change, without those it has already */
  readonly warnings: readonly Problem[];
}

const isReplicated = (spec: Loose): boolean => (integer(spec.partitionSize) ?? 1) > 1;

/** Fields of the wish over those it has; a CacheCluster keeps its sentinel group as long as one of that kind can serve it. */
function merged(before: DeclaredCluster | undefined, wish: Extract<Wish, { kind: 'put' }>): Loose {
  const { sentinelGroup, ...had } = record(before?.spec);
  const fields = Object.entries({ ...had, ...wish.fields }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const spec: Loose = { ...Object.fromEntries(fields), clusterName: wish.clusterName };
  const wished = wish.fields.sentinelGroup;
  const kept = before && isReplicated(before.spec) === isReplicated(spec) ? sentinelGroup : undefined;
  const group = wished ?? kept;
  return group === undefined ? spec : { ...spec, sentinelGroup: group };
}

/** standbys of one kind of cache cluster are none of the other: a default that was spelled out must not stand in the way. */
function withoutForeignStandbys(before: DeclaredCluster | undefined, wish: Wish, spec: Loose): Loose {
  if (!before || wish.kind === 'delete' || 'standbys' in wish.fields) return spec;
  if (isReplicated(before.spec) === isReplicated(spec)) return spec;
  const { standbys: _, ...rest } = spec;
  return rest;
}

function fixedFields(before: DeclaredCluster | undefined, spec: Loose): readonly Problem[] {
  const [was, is] = [before?.spec.hash ?? 'jump', spec.hash ?? 'jump'];
  if (!before || was === is) return [];
  return [
    {
      path: `cacheClusters.${before.clusterName}.hash`,
      message: `hash ${show(was)} cannot become ${show(is)}: almost every key would belong to another partition; declare a new cache cluster and move traffic`,
    },
  ];
}

const farmWith = (frame: FarmFrame, specs: readonly Loose[]): FarmSpec =>
  specOfFrame(frame, specs as unknown as readonly CacheClusterSpec[]);

/** A farm with problems, as far as its shape holds: what it would take is asked of it all the same. */
function resolvedAnyway(frame: FarmFrame, specs: readonly Loose[]): Farm | undefined {
  const parsed = farmSchema.safeParse(farmWith(frame, specs));
  return parsed.success ? resolveFarm(parsed.data) : undefined;
}

const podsOf = (cluster: CacheCluster | undefined): number =>
  cluster ? cluster.clusterSize * cluster.partitionSize + cluster.standbys * cluster.datacenters.length : 0;

/** It takes nothing that it has not: then a farm that is in trouble already may still be changed. */
const shrinks = ({ before, after }: PlannedChange): boolean =>
  after === undefined ||
  (before !== undefined &&
    before.tier === after.tier &&
    before.sentinelGroup === after.sentinelGroup &&
    podsOf(after) <= podsOf(before));

function twice(wishes: readonly Wish[]): readonly Problem[] {
  const names = wishes.map(({ clusterName }) => clusterName);
  return [...new Set(names.filter((name, i) => names.indexOf(name) < i))].map((name) => ({
    path: `cacheClusters.${name}`,
    message: `${name} is in the input more than once; keep one`,
  }));
}

/** As the constructs write it: all spelled out, placement only where it was declared; and no group where that was left to Barn. */
const fullSpec = ({ datacenters, sentinelGroup, ...cluster }: CacheCluster, placement: unknown): Loose => ({
  ...cluster,
  ...(sentinelGroup === '' ? {} : { sentinelGroup }),
  ...(placement === undefined ? {} : { placement: { datacenters } }),
});

/** One that names no group is where Barn has put it (world/assign-groups.ts): a name written now could be that of another group. */
const leftToBarn = (before: DeclaredCluster | undefined, wish: Wish): boolean =>
  before !== undefined &&
  before.spec.sentinelGroup === undefined &&
  wish.kind === 'put' &&
  wish.fields.sentinelGroup === undefined;

/**
 * Checks the whole farm with the changes as at synth.
 * @param current what is declared now
 */
export function planChanges(
  frame: FarmFrame,
  current: readonly DeclaredCluster[],
  wishes: readonly Wish[],
): PlannedChanges {
  const known = (name: string): DeclaredCluster | undefined => current.find(({ clusterName }) => clusterName === name);
  const puts = wishes.flatMap((wish) => {
    if (wish.kind === 'delete') return [];
    const before = known(wish.clusterName);
    return [{ wish, before, spec: withoutForeignStandbys(before, wish, merged(before, wish)) }];
  });
  const touched = new Set(wishes.map(({ clusterName }) => clusterName));
  const now = checkFarm(
    farmWith(
      frame,
      current.map(({ spec }) => spec),
    ),
  );
  const specs = [
    ...current.flatMap(({ clusterName, spec }) => {
      const put = puts.find(({ wish }) => wish.clusterName === clusterName);
      return put ? [put.spec] : touched.has(clusterName) ? [] : [spec];
    }),
    ...puts.filter(({ before }) => !before).map(({ spec }) => spec),
  ];
  const then = checkFarm(farmWith(frame, specs));
  const resolved = then.farm ?? resolvedAnyway(frame, specs);
  const changes = wishes.map((wish): PlannedChange => {
    const was = known(wish.clusterName);
    const before = was && readCacheCluster(frame, was.object);
    const resolvedOne = resolved?.cacheClusters.find(({ clusterName }) => clusterName === wish.clusterName);
    const put = resolvedOne && leftToBarn(was, wish) ? { ...resolvedOne, sentinelGroup: '' } : resolvedOne;
    const after = wish.kind === 'delete' ? undefined : put;
    const placement = puts.find((put) => put.wish === wish)?.spec.placement;
    return { wish, before, after, spec: after ? fullSpec(after, placement) : {} };
  });
  const already = changes.every(shrinks) ? now.problems.map(({ path }) => path) : [];
  const fixed = puts.flatMap(({ before, spec }) => fixedFields(before, spec));
  return {
    changes,
    problems: [...twice(wishes), ...then.problems.filter(({ path }) => !already.includes(path)), ...fixed],
    warnings: then.warnings.filter(
      (one) => !now.warnings.some(({ path, message }) => path === one.path && message === one.message),
    ),
  };
}
