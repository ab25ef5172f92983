/** The story of a seed. */
import { FAULT_KINDS, type Fault, type FaultKind } from './faults.js';

/** How often each is chosen; 1 where nothing is said. */
const WEIGHTS: Partial<Record<FaultKind, number>> = {
  'kill-serving-pod': 3,
  'returns-unseen': 2,
  'crash-barn-at-effect': 3,
  'cut-pair': 2,
  'cut-one-way': 2,
  'datacenter-down': 0.5,
  'barns-away': 0.5,
};

/** Longest that each lasts, ms; 10000 where nothing is said. */
const LONGEST: Partial<Record<FaultKind, number>> = {
  drain: 25_000,
  'crash-barn': 8_000,
  'clock-jumps': 0,
  'barns-away': 45_000,
  'restart-serving-pod': 3_000,
  renew: 1_000,
};

/** Without a Barn they do nothing. */
const OF_BARNS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...([
    'cut-barn-from-pods',
    'cut-barn-from-api',
    'slow-barn',
    'crash-barn',
    'barns-away',
    'crash-barn-at-effect',
  ] as const),
  ...(['lose-replies', 'stop-barn', 'skew-barn', 'api-hangs', 'resize', 'declare-in-one', 'remove', 'renew'] as const),
  ...(['redeclare', 'drain'] as const),
]);
const OTHERS = FAULT_KINDS.filter((kind) => !OF_BARNS.has(kind));

/** The story of a seed: some kinds of faults only, as each run has a character of its own, and close to each other at times. */
export function drawFaults(random: () => number, steps: number, barns = 2): readonly Fault[] {
  const share = (barns === 0 ? 0.4 : 0.15) + 0.5 * random();
  const all = barns === 0 ? OTHERS : FAULT_KINDS;
  const chosen = all.filter(() => random() < share);
  const kinds = chosen.length > 0 ? chosen : all;
  const total = kinds.reduce((sum, kind) => sum + (WEIGHTS[kind] ?? 1), 0);
  const pace = 300 + 3_500 * random();
  let at = 0;
  return Array.from({ length: steps }, () => {
    at += random() < 0.25 ? 20 * random() : pace * 2 * random();
    let left = random() * total;
    const kind = kinds.find((one) => {
      left -= WEIGHTS[one] ?? 1;
      return left < 0;
    });
    const longest = random() < 0.3 ? 1_500 : (LONGEST[kind ?? 'drain'] ?? 10_000);
    return { at, kind: kind ?? (kinds[0] as FaultKind), x: random(), y: random(), ms: 100 + longest * random() };
  });
}
