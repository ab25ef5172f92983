/** The story of a seed. */
import { FAULT_KINDS, type Fault, type FaultKind, LASTING } from './faults.js';
import { OLD_LIST_MS } from './old-list.js';

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
const SINGLE = FAULT_KINDS.filter((kind) => !LASTING.has(kind));
const OTHERS = SINGLE.filter((kind) => !OF_BARNS.has(kind));

/** One seed in so many ends with each of those that last. */
const SEEDS_PER_LASTING = 10;

function drawLast(random: () => number, after: number): readonly Fault[] {
  const at = after + 3_000 * random();
  const [which, x, y] = [random() * SEEDS_PER_LASTING, random(), random()];
  if (which < 1) return [{ at, kind: 'old-list-unheard', x, y, ms: OLD_LIST_MS.unheard }];
  return which < 2 ? [{ at, kind: 'old-list-tilted', x, y, ms: OLD_LIST_MS.tilted }] : [];
}

/** The story of a seed: some kinds of faults only, as each run has a character of its own, and close to each other at times. */
export function drawFaults(random: () => number, steps: number, barns = 2): readonly Fault[] {
  const share = (barns === 0 ? 0.4 : 0.15) + 0.5 * random();
  const all = barns === 0 ? OTHERS : SINGLE;
  const chosen = all.filter(() => random() < share);
  const kinds = chosen.length > 0 ? chosen : all;
  const total = kinds.reduce((sum, kind) => sum + (WEIGHTS[kind] ?? 1), 0);
  const pace = 300 + 3_500 * random();
  let at = 0;
  const single = Array.from({ length: steps }, () => {
    at += random() < 0.25 ? 20 * random() : pace * 2 * random();
    let left = random() * total;
    const kind = kinds.find((one) => {
      left -= WEIGHTS[one] ?? 1;
      return left < 0;
    });
    const longest = random() < 0.3 ? 1_500 : (LONGEST[kind ?? 'drain'] ?? 10_000);
    return { at, kind: kind ?? (kinds[0] as FaultKind), x: random(), y: random(), ms: 100 + longest * random() };
  });
  return barns === 0 || steps === 0 ? single : [...single, ...drawLast(random, at)];
}
