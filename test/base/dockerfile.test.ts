/** Barn's image without a container engine: what the Dockerfile says, held against the build and the manifests. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { RUN_AS_USER } from '../../constructs/hardened-pod.js';
import { operatorContainer } from '../../constructs/operator-pod.js';

const ROOT = join(import.meta.dirname, '../..');
const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Line {
  readonly word: string;
  readonly rest: string;
}
const lines: readonly Line[] = readText('Dockerfile')
  .replace(/^#.*$/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, word = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    return { word, rest };
  });
const all = (word: string): readonly string[] => lines.filter((line) => line.word === word).map(({ rest }) => rest);
/** The only one of its kind. */
function only(word: string): string {
  const [first = '', ...more] = all(word);
  expect(more).toEqual([]);
  return first;
}
const variables = new Map(
  all('ENV').map((rest) => {
    const [, name = '', value = ''] = /^(\w+)="(.*)"$/.exec(rest) ?? [];
    return [name, value] as const;
  }),
);

interface Copy {
  /** a stage */
  readonly from: string | undefined;
  readonly mode: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}
const copies: readonly Copy[] = all('COPY').map((rest) => {
  const words = rest.split(/\s+/);
  const flag = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from: flag('from'), mode: flag('chmod'), sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
});
/** Built by tools/build-web.mjs. */
const PAGE = 'lib/web';
const copied = copies.filter(({ from }) => from === undefined);
/** What a container finds first on its PATH. */
const found = (command: string): Copy | undefined =>
  (variables.get('PATH') ?? '')
    .split(':')
    .map((folder) => copies.find(({ target }) => target === posix.join(folder, command)))
    .find((copy) => copy !== undefined);

describe('the images it stands on', () => {
  test('are given at the build, by digest, and have no default', () => {
    expect(all('FROM').map((from) => from.replace(/ AS \w+$/, ''))).toEqual([
      `\${NODE_IMAGE}@\${NODE_DIGEST}`,
      `\${BASE_IMAGE}@\${BASE_DIGEST}`,
    ]);
    expect(all('ARG').filter((name) => name.includes('='))).toEqual([]);
  });
  test('add nothing by a command: no shell is needed, nothing is fetched', () => {
    expect([...all('RUN'), ...all('ADD')]).toEqual([]);
  });
});

describe('what it copies', () => {
  test('is there after a build, and no folder but that of the page', () => {
    for (const source of copied.flatMap(({ sources }) => sources))
      expect([source, statSync(join(ROOT, source)).isDirectory()]).toEqual([source, source === PAGE]);
  });
  test('has the page where the program looks for it, and the licences of what is in it', () => {
    const [program] = copied.filter(({ sources }) => sources.includes('lib/cachefarm.cjs'));
    const [page] = copied.filter(({ sources }) => sources.includes(PAGE));
    expect(page?.target).toBe(posix.join(posix.dirname(program?.target ?? ''), '../share/cachefarm/web'));
    for (const file of ['index.html', 'licences.txt']) expect(statSync(join(ROOT, PAGE, file)).isFile()).toBe(true);
  });
  test('is all that .dockerignore lets through', () => {
    const patterns = readText('.dockerignore')
      .replace(/^#.*\n/gm, '')
      .trim()
      .split('\n');
    // The last pattern that fits decides.
    expect([patterns.at(0), patterns.at(-1)]).toEqual(['*', `${PAGE}/.inputs`]);
    const through = patterns.slice(1, -1);
    expect(through.sort()).toEqual(copied.flatMap(({ sources }) => sources.map((source) => `!${source}`)).sort());
  });
  test('is readable by everybody, under whatever umask it was built', () => {
    expect(copied.filter(({ mode }) => mode !== '0555')).toEqual([]);
  });
  test('goes to absolute places', () => {
    expect(copies.filter(({ target }) => !isAbsolute(target))).toEqual([]);
  });
});

describe('what it starts', () => {
  const [command = ''] = operatorContainer('barn', 'image', 'a').command ?? [];

  test('is what the manifests call by name, executable for everybody', () => {
    expect(JSON.parse(only('ENTRYPOINT'))).toEqual([command]);
    expect(found(command)).toMatchObject({ from: undefined, sources: ['lib/cachefarm.cjs'], mode: '0555' });
  });
  test('is started by the Node that the image has', () => {
    const [first] = readText('lib/cachefarm.cjs').split('\n');
    expect(copies.filter(({ from }) => from === 'node').map(({ target }) => `#!${target}`)).toEqual([first]);
  });
  test('runs as the user of the manifests, by number', () => {
    expect(only('USER')).toBe(`${RUN_AS_USER}:${RUN_AS_USER}`);
  });
  test('is told where its home is: no /etc/passwd knows this user', () => expect(variables.get('HOME')).toBe('/'));
  test('is stopped by the signal that Barn knows', () => expect(only('STOPSIGNAL')).toBe('SIGTERM'));
  test('takes flags that Node takes from the environment', () => {
    const options = variables.get('NODE_OPTIONS') ?? '';
    expect(options).not.toBe('');
    expect(
      execFileSync(process.execPath, ['-p', '1'], { env: { NODE_OPTIONS: options }, encoding: 'utf8' }).trim(),
    ).toBe('1');
  });
});
