/** What a pod looks like in each colour mode: a class for its colour, a sign so that the colour is never alone, a key for legend and filter. */
import type { FarmMap, MapPod } from '../../api/schemas.js';
import { POD_STATES, STATE_SIGN } from '../ui/state-sign.js';

export const COLOUR_MODES = ['state', 'tier', 'cluster'] as const;
export type ColourMode = (typeof COLOUR_MODES)[number];

export const colourMode = (text: string | null): ColourMode => COLOUR_MODES.find((mode) => mode === text) ?? 'state';

/** Hues in map.css: k0 ... k11 */
const HUES = 12;

export interface Paint {
  readonly key: string;
  readonly sign: string;
  readonly className: string;
}

export interface LegendEntry extends Paint {
  readonly count: number;
}

/** Of no cache cluster. */
export const NO_CLUSTER = '-';

/** `User.id` U, `User.name` Us, ...: the shortest that is still free, of its own letters where it can be. */
export function shortCodes(names: readonly string[]): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  const taken = new Set<string>();
  for (const name of names) {
    const first = (name[0] ?? '?').toUpperCase();
    const letters = [...name.slice(1)].filter((letter) => /[A-Za-z0-9]/.test(letter));
    const numbers = Array.from({ length: names.length + 1 }, (_, index) => `${first}${index + 1}`);
    const code = [first, ...letters.map((letter) => first + letter.toLowerCase()), ...numbers].find(
      (candidate) => !taken.has(candidate),
    );
    codes.set(name, code ?? first);
    taken.add(code ?? first);
  }
  return codes;
}

export interface Painter {
  readonly mode: ColourMode;
  readonly paint: (pod: MapPod) => Paint;
  /** in the order they are shown, also those that no pod has now */
  readonly paints: readonly Paint[];
}

const STATE_PAINT = Object.fromEntries(
  POD_STATES.map((state) => [state, { key: state, sign: STATE_SIGN[state], className: `s-${state}` }]),
);
const NONE: Paint = { key: NO_CLUSTER, sign: '', className: 'k-none' };
/** It may be of one; nobody can ask it. */
const NONE_DOWN: Paint = { ...NONE, sign: STATE_SIGN.unreachable };

function byName(mode: ColourMode, names: readonly string[], codes: ReadonlyMap<string, string>): Painter {
  const paints = new Map(
    names.map((name, index) => [
      name,
      { key: name, sign: codes.get(name) ?? '', className: `k${index % HUES}` } satisfies Paint,
    ]),
  );
  return {
    mode,
    paint: (pod) =>
      paints.get((mode === 'tier' ? pod.tier : pod.clusterName) ?? '') ??
      (pod.state === 'unreachable' ? NONE_DOWN : NONE),
    paints: mode === 'cluster' ? [...paints.values(), NONE] : [...paints.values()],
  };
}

const TIER_SIGN = 3;

/** @param clusterNames sorted, so that each keeps its colour from update to update */
export function painterOf(mode: ColourMode, tierNames: readonly string[], clusterNames: readonly string[]): Painter {
  if (mode === 'cluster') return byName(mode, clusterNames, shortCodes(clusterNames));
  if (mode === 'tier') {
    const plain = tierNames.every((name) => name.length <= TIER_SIGN);
    return byName(mode, tierNames, plain ? new Map(tierNames.map((name) => [name, name])) : shortCodes(tierNames));
  }
  return {
    mode,
    paint: (pod) => STATE_PAINT[pod.state] ?? NONE,
    paints: Object.values(STATE_PAINT),
  };
}

export const clusterNamesOf = (map: Pick<FarmMap, 'pods'>): readonly string[] =>
  [...new Set(map.pods.flatMap(({ clusterName }) => (clusterName === null ? [] : [clusterName])))].sort();

export function legendOf(painter: Painter, pods: readonly MapPod[]): readonly LegendEntry[] {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const { key } = painter.paint(pod);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return painter.paints.map((paint) => ({ ...paint, count: counts.get(paint.key) ?? 0 }));
}

/** `serving,idle` -> both keys; nothing: no filter */
export const filterOf = (text: string | null): ReadonlySet<string> =>
  new Set((text ?? '').split(',').filter((key) => key !== ''));

/** @returns as it stands in the address; undefined: no filter */
export function toggled(filter: ReadonlySet<string>, key: string): string | undefined {
  const next = new Set(filter);
  if (!next.delete(key)) next.add(key);
  return next.size === 0 ? undefined : [...next].join(',');
}
