import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SseParser } from '../../src/web/sse-parser.js';

const parse = (...pieces: readonly string[]) => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('server-sent events', () => {
  const cases: Readonly<Record<string, readonly [string, ReturnType<typeof parse>]>> = {
    'an event with its data': ['event: pods\ndata: {}\n\n', [{ event: 'pods', data: '{}', id: undefined }]],
    'no name: message': ['data: x\n\n', [{ event: 'message', data: 'x', id: undefined }]],
    'several lines of data are one text': ['data: a\ndata: b\n\n', [{ event: 'message', data: 'a\nb', id: undefined }]],
    'a comment is nothing': [': beat\n\n', []],
    'an event without data is nothing': ['event: pods\n\n', []],
    'retry is nothing': ['retry: 1000\n\n', []],
    'one space after the colon goes, no more': [
      'data:  x\ndata:y\n\n',
      [{ event: 'message', data: ' x\ny', id: undefined }],
    ],
    'the id stays for the next ones': [
      'id: a.7\ndata: x\n\ndata: y\n\n',
      [
        { event: 'message', data: 'x', id: 'a.7' },
        { event: 'message', data: 'y', id: 'a.7' },
      ],
    ],
    'an id with NUL is none': ['id: a\0\ndata: x\n\n', [{ event: 'message', data: 'x', id: undefined }]],
    'CR LF and CR end lines too': [
      'event: a\r\ndata: x\r\n\r\ndata: y\r\r',
      [{ event: 'a', data: 'x', id: undefined }],
    ],
    'what is not ended is not there yet': ['event: pods\ndata: {}\n', []],
  };
  test.each(Object.entries(cases))('%s', (_, [text, expected]) => expect(parse(text)).toEqual(expected));

  test('the CR at the end of a piece is waited for', () => {
    expect(parse('data: x\r', '\n\r', '\ndata: y\n\n')).toEqual([
      { event: 'message', data: 'x', id: undefined },
      { event: 'message', data: 'y', id: undefined },
    ]);
  });

  test('wherever it is cut, the same comes out', () => {
    const line = fc.constantFrom('event: e', 'data: 1', 'data:', 'data: ü', 'id: 4', ': c', '', '');
    const text = fc
      .tuple(fc.array(line, { maxLength: 20 }), fc.constantFrom('\n', '\r\n'))
      .map(([lines, end]) => lines.map((one) => one + end).join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 6 }), (whole, cuts) => {
        const at = [...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((a, b) => a - b);
        const pieces = at.map((end, index) => whole.slice(at[index - 1] ?? 0, end));
        expect(parse(...pieces)).toEqual(parse(whole));
      }),
    );
  });
});
