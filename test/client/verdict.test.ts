import { describe, expect, test } from '@jest/globals';
import { type Answer, decide, type Held } from '../../src/client/verdict.js';

/** `A5` = address A at epoch 5, `-` = does not know the name, `.` = silent, `?` = pending */
function answer(text: string): Answer {
  if (text === '-') return { kind: 'unknown' };
  if (text === '.') return { kind: 'silent' };
  if (text === '?') return { kind: 'pending' };
  return { kind: 'address', ...at(text) };
}
const at = (text: string): Held => ({ address: { host: text.charAt(0), port: 6379 }, epoch: Number(text.slice(1)) });

function verdictText(answers: string, held: string | undefined): string {
  const verdict = decide(answers.split(' ').map(answer), held === undefined ? undefined : at(held));
  return verdict.kind === 'address' ? `${verdict.address.host}${verdict.epoch}` : verdict.kind;
}

/** a sentence: what the sentinels say, what is held, the verdict */
const TABLE: Readonly<Record<string, readonly [string, string | undefined, string]>> = {
  'all agree': ['A3 A3 A3', undefined, 'A3'],
  'a majority agrees and the third is silent': ['A3 A3 .', undefined, 'A3'],
  'a majority agrees before the third has answered': ['A3 A3 ?', undefined, 'A3'],
  'a majority agrees at epoch 0, as after MONITOR': ['A0 A0 .', undefined, 'A0'],
  'a stale sentinel with a lower epoch loses': ['A3 B5 B5', undefined, 'B5'],
  'a stale sentinel with a lower epoch loses against one': ['A3 B5 .', undefined, 'B5'],
  'the highest epoch wins over a majority: the others follow it': ['A3 A3 B5', 'A3', 'B5'],
  'one sentinel with a higher epoch is enough when an address is held': ['A3 ? B5', 'A3', 'B5'],
  'at equal epochs the majority wins': ['A0 B0 B0', undefined, 'B0'],
  'at equal epochs without a majority nothing is decided': ['A0 B0 .', undefined, 'undecided'],
  'a blank sentinel does not matter beside a majority': ['A3 A3 -', undefined, 'A3'],
  'blank, silent, and one that has an epoch': ['- . A3', undefined, 'A3'],
  'blank, silent, and one without an epoch': ['- . A0', undefined, 'undecided'],
  'two blank ones are a majority': ['- - A3', undefined, 'unknown'],
  'no sentinel knows the name': ['- - -', undefined, 'unknown'],
  'one blank, the rest silent': ['- . .', undefined, 'undecided'],
  'all silent': ['. . .', undefined, 'silent'],
  'nobody has answered yet': ['? ? ?', undefined, 'pending'],
  'the first answer at the start waits for a second': ['A3 ? ?', undefined, 'pending'],
  'a blank one at the start waits for the others': ['- ? ?', undefined, 'pending'],
  'the only witness, the others unreachable': ['A3 . .', undefined, 'A3'],
  'the only witness at epoch 0': ['A0 . .', undefined, 'A0'],
  'the only witness waits for one that may answer': ['A3 . ?', undefined, 'pending'],
  'the only witness is stale: below the epoch we hold': ['A3 . .', 'B5', 'undecided'],
  'the only witness has the epoch we hold': ['A0 . .', 'B0', 'A0'],
  'the only witness of the address we hold, at a lower epoch: the epoch we hold stays': ['A1 . .', 'A5', 'A5'],
  'the only witness has a higher epoch': ['A6 . .', 'B5', 'A6'],
  'a minority at the epoch we hold, beside a blank one': ['A5 - .', 'B5', 'undecided'],
  'a majority starts again at epoch 0: REMOVE and MONITOR': ['A0 A0 A0', 'B5', 'A0'],
  'half-way through REMOVE and MONITOR': ['A0 A0 B5', 'B5', 'B5'],
  'REMOVE and MONITOR where the third is silent': ['A0 A0 .', 'B5', 'A0'],
  'REMOVE and MONITOR at epoch 0, one done': ['A0 B0 B0', 'B0', 'B0'],
  'REMOVE and MONITOR at epoch 0, two done': ['A0 A0 B0', 'B0', 'A0'],
  'a majority counts also below the epoch we hold: else blank sentinels that were set up again would never be believed':
    ['A1 A1 .', 'B5', 'A1'],
  'between REMOVE and MONITOR': ['- B5 B5', 'B5', 'B5'],
  'removed everywhere': ['- - .', 'B5', 'unknown'],
  'two of five': ['A3 A3 . . .', undefined, 'A3'],
  'two of five beside an older one': ['A3 A3 B2 . .', undefined, 'A3'],
  'two of five beside one at the same epoch': ['A3 A3 B3 . .', undefined, 'undecided'],
  'one sentinel given': ['A0', undefined, 'A0'],
  'one sentinel given, blank': ['-', undefined, 'unknown'],
};

describe('the verdict on', () => {
  test.each(Object.entries(TABLE))('%s', (_sentence, [answers, held, verdict]) => {
    expect(verdictText(answers, held)).toBe(verdict);
  });
  test.each(Object.entries(TABLE))(
    '%s does not depend on the order of the sentinels',
    (_sentence, [answers, held, verdict]) => {
      expect(verdictText(answers.split(' ').reverse().join(' '), held)).toBe(verdict);
    },
  );
});
