/** The runner behind `npm run sim` (tools/sim.mjs): seeds one after the other, stories of what they find, and what was covered. */
import type { FaultKind } from './faults.js';
import { type RunResult, runSeed } from './run-seed.js';
import { shrink } from './shrink.js';
import { STORIES } from './stories.js';
import { storyOf } from './story.js';
import type { Summary } from './summary.js';

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly steps: number;
  /** the first violation ends it, and nothing is told but a line of JSON */
  readonly untilCaught: boolean;
  readonly story: boolean;
  readonly shrink: boolean;
  readonly skipped: ReadonlySet<number>;
}

/** Stories that are shrunk and printed; of further ones the seed and a line */
const MOST_STORIES = 5;
const SHRINK_RUNS = 60;

function optionsOf(argv: readonly string[]): Options {
  const optionOf = (name: string, otherwise: string): string => {
    const at = argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : (argv[at + 1] ?? otherwise);
  };
  return {
    seeds: Number(optionOf('seeds', '200')),
    from: Number(optionOf('from', '1')),
    steps: Number(optionOf('steps', '16')),
    untilCaught: argv.includes('--until-caught'),
    story: argv.includes('--story'),
    shrink: !argv.includes('--no-shrink'),
    skipped: new Set(optionOf('skip', '').split(',').filter(Boolean).map(Number)),
  };
}

const say = (text: string): unknown => process.stderr.write(`${text}\n`);

class Totals {
  readonly injected = new Map<FaultKind, number>();
  readonly covered = new Map<string, number>();
  readonly failed: number[] = [];
  events = 0;
  virtualMs = 0;
  acknowledged = 0;

  add(result: RunResult): void {
    for (const [kind, count] of result.injected) this.injected.set(kind, (this.injected.get(kind) ?? 0) + count);
    for (const [key, count] of result.covered) this.covered.set(key, (this.covered.get(key) ?? 0) + count);
    this.events += result.events;
    this.virtualMs += result.virtualMs;
    this.acknowledged += result.acknowledged;
    if (result.violations.length > 0) this.failed.push(result.seed);
  }

  summary(seeds: number, seconds: number, invariant: string | undefined): Summary {
    const { failed, events, virtualMs, acknowledged } = this;
    const [injected, covered] = [[...this.injected], [...this.covered]];
    return {
      seeds,
      violations: failed.length,
      seconds,
      failed,
      invariant,
      injected,
      covered,
      events,
      virtualMs,
      acknowledged,
    };
  }
}

async function tellOf(result: RunResult, options: Options, stories: number): Promise<void> {
  const [first] = result.violations;
  say(`seed ${result.seed}: ${first?.invariant}: ${first?.detail.split('\n')[0]}`);
  if (options.shrink && stories < MOST_STORIES) say(storyOf(await shrink(result, SHRINK_RUNS), options.steps));
}

async function tellStories(): Promise<void> {
  for (const { name, seed, shape, breaks, faults } of STORIES) {
    const { violations } = await runSeed({ seed, shape, steps: 0, faults });
    const broken = violations.map(({ invariant }) => invariant).join(', ');
    say(`${violations.length === 0 ? 'mended  ' : 'broken  '} ${name} [${broken || breaks}]`);
  }
}

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--stories')) await tellStories();
  const options = optionsOf(argv);
  const totals = new Totals();
  const start = performance.now();
  let ran = 0;
  let invariant: string | undefined;
  let stories = 0;
  for (let seed = options.from; seed < options.from + options.seeds; seed++) {
    if (options.skipped.has(seed)) continue;
    const result = await runSeed({ seed, steps: options.steps, tell: options.story });
    ran++;
    totals.add(result);
    invariant ??= result.violations[0]?.invariant;
    if (options.untilCaught && result.violations.length > 0) break;
    if (options.story) say(storyOf(result, options.steps));
    else if (result.violations.length > 0 && !options.untilCaught) await tellOf(result, options, stories++);
    if (!options.untilCaught && ran % 500 === 0)
      say(`${ran} seeds from ${options.from} on, ${totals.failed.length} with violations`);
  }
  process.stdout.write(`${JSON.stringify(totals.summary(ran, (performance.now() - start) / 1_000, invariant))}\n`);
}

await main(process.argv.slice(2));
