import { parseArgs } from 'node:util';

/** What `npm run robustness` was asked for. */
export interface Options {
  readonly mode: 'run' | 'list' | 'help' | 'validate' | 'self-test';
  /** names; left out: by `minutes`, or all */
  readonly scenarios?: readonly string[];
  /** so long all in, farm starts included; left out: all */
  readonly minutes?: number;
  readonly seed: number;
  /** folder that keeps histories and results, or, for `validate`, has kept them */
  readonly report?: string;
  readonly json: boolean;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `npm run robustness -- [options]: real Redis, Sentinel and Barn under faults and traffic
  --scenario NAME[,NAME]  these only
  --minutes N             as many as fit into so many minutes, always the same: first those of CI
  --all                   all (as without --scenario and --minutes)
  --self-test             planted faults, each of which must be found
  --list                  what there is
  --seed N                which partitions and pods are hit; @default 1
  --report FOLDER         keeps histories and results there; what failed is always kept
  --validate FOLDER       judges a kept report again, without running anything
  --json                  last line: {scenarios: [{name, passed, requests, unavailableMs: {p50, p99, max}, wrongOwner, doubleBound}]}
  --no-build              lib/ is as it should be
  --help
Exit status: 0 all passed, 1 one failed, 2 not understood. A scenario that this machine cannot run is told as "not here" and is no pass.
`;

const KNOWN = {
  scenario: { type: 'string' },
  minutes: { type: 'string' },
  all: { type: 'boolean' },
  'self-test': { type: 'boolean' },
  list: { type: 'boolean' },
  seed: { type: 'string' },
  report: { type: 'string' },
  validate: { type: 'string' },
  json: { type: 'boolean' },
  'no-build': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function numberOf(name: string, text: string, fits: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() === '' || !fits(value)) throw new UsageError(`--${name} ${text}: not a number that fits`);
  return value;
}

const parsed = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: KNOWN, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): Options {
  const values = parsed(argv);
  const modes = (['help', 'list', 'self-test', 'validate'] as const).filter((name) => values[name] !== undefined);
  const choices = (['scenario', 'minutes', 'all'] as const).filter((name) => values[name] !== undefined);
  if (choices.length > 1) throw new UsageError(`--${choices.join(' and --')} do not go together`);
  if (modes.length > 1 && modes[0] !== 'help') throw new UsageError(`--${modes.join(' and --')} do not go together`);
  const scenarios = values.scenario?.split(',').map((name) => name.trim());
  if (scenarios?.some((name) => name === '')) throw new UsageError('--scenario: a name is empty');
  const report = values.validate ?? values.report;
  return {
    mode: modes[0] ?? 'run',
    ...(scenarios ? { scenarios } : {}),
    ...(values.minutes === undefined ? {} : { minutes: numberOf('minutes', values.minutes, (n) => n > 0) }),
    seed: values.seed === undefined ? 1 : numberOf('seed', values.seed, (n) => Number.isSafeInteger(n) && n >= 0),
    ...(report === undefined ? {} : { report }),
    json: values.json ?? false,
  };
}
