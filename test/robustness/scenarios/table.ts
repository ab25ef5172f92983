import type { Expectation, Scenario } from '../scenario.js';
import { SCENARIOS } from './index.js';
import { HELD_ELSEWHERE, LATER } from './sources.js';

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const head = (...cells: readonly string[]): readonly string[] => [row(...cells), row(...cells.map(() => '---'))];

/** `0.25`, `8`, `-` for no limit */
const seconds = (ms: number): string => String(Math.round(ms / 10) / 100);

/** What makes a pass, beside the zeros that hold everywhere. */
function figure({ unavailableMs, wholeS, moves, bystanders = 0, dividedMs }: Expectation): string {
  return [
    `away ${seconds(unavailableMs)} s`,
    `whole ${wholeS} s`,
    ...(moves === undefined ? [] : [moves === 0 ? 'no move' : `${moves} moves`]),
    ...(dividedMs === undefined ? [] : [`divided ${seconds(dividedMs)} s`]),
    ...(bystanders === Number.POSITIVE_INFINITY ? ['all are struck'] : []),
  ].join('; ');
}

const scenarioRow = ({ name, sources, what, expect, ci, needs = [] }: Scenario): string =>
  row(
    `\`${name}\`${ci ? ', CI' : ''}${needs.length > 0 ? `, needs ${needs.join(' and ')}` : ''}`,
    sources.join(' '),
    what,
    figure(expect),
  );

/** The part of README.md that lists what is tried, from where it comes, and what makes a pass. */
export function scenarioTable(): string {
  return [
    'Pass, beside the zeros that hold everywhere, at most: how long a partition that is struck (any, where none is) may be away for a client, how',
    'long after the last repair the farm may take to be whole, how many moves, how long sentinels may differ.',
    '',
    ...head('scenario', 'from', 'what happens', 'pass'),
    ...SCENARIOS.map(scenarioRow),
    '',
    'Held by tests of another kind:',
    '',
    ...head('from', 'what', 'test'),
    ...HELD_ELSEWHERE.map(({ ids, what, tests }) =>
      row(ids.join(' '), what, tests.map(({ file, title }) => `\`${file}\`: "${title}"`).join('<br>')),
    ),
    '',
    'Later:',
    '',
    ...head('from', 'what', 'why'),
    ...LATER.map(({ ids, what, why }) => row(ids.join(' '), what, why)),
  ].join('\n');
}
