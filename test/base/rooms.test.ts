import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  importCycles,
  impureNames,
  missingExtensions,
  roomOf,
  strayPackages,
  unknownRooms,
  wrongDirections,
} from './room-rules.js';
import { parseSource, type SourceFile } from './source-file.js';

const ROOT = join(import.meta.dirname, '../..');

const readAll = (...folders: readonly string[]): readonly SourceFile[] =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts'))
      .map((path) => parseSource(path, readFileSync(join(ROOT, path), 'utf8'))),
  );

/** Small programs in memory: path -> text. */
const program = (files: Readonly<Record<string, string>>): readonly SourceFile[] =>
  Object.entries(files).map(([path, text]) => parseSource(path, text));

describe('the rooms of this project', () => {
  const files = readAll('src', 'constructs');

  test('there are files to check', () => expect(files.length).toBeGreaterThan(10));
  test('every file is in a known room', () => expect(unknownRooms(files)).toEqual([]));
  test('every import goes in an allowed direction', () => expect(wrongDirections(files)).toEqual([]));
  test('no import cycle between files', () => expect(importCycles(files)).toEqual([]));
  test('packages and built-ins are used only in their rooms', () => expect(strayPackages(files)).toEqual([]));
  test('pure rooms use no clock, randomness, process, console or timer', () => expect(impureNames(files)).toEqual([]));
  test('relative imports end in .js', () => expect(missingExtensions(files)).toEqual([]));
});

describe('what counts as an import', () => {
  const cases: Readonly<Record<string, readonly [string, boolean]>> = {
    'a plain import': [`import { a } from './x.js';`, false],
    'a default import': [`import a from './x.js';`, false],
    'a namespace import': [`import * as a from './x.js';`, false],
    'an import for its side effect': [`import './x.js';`, false],
    'import type': [`import type { A } from './x.js';`, true],
    'an import whose every name is a type': [`import { type A, type B } from './x.js';`, true],
    'an import with a type and a value': [`import { type A, b } from './x.js';`, false],
    'a re-export of names': [`export { a } from './x.js';`, false],
    'a re-export of everything': [`export * from './x.js';`, false],
    'export type': [`export type { A } from './x.js';`, true],
    'a dynamic import': [`const a = await import('./x.js');`, false],
    'a dynamic import with a plain template': ['const a = await import(`./x.js`);', false],
    'an import type in a type': [`let a: import('./x.js').A;`, true],
    require: [`const a = require('./x.js');`, false],
  };
  test.each(Object.entries(cases))('%s', (_, [text, typeOnly]) => {
    expect(parseSource('src/farm/a.ts', text).imports).toEqual([{ specifier: './x.js', typeOnly, line: 1 }]);
  });
  test('comments and strings do not', () => {
    const text = `// import './x.js'\nconst a = "import './x.js'";\n/* require('./y.js') */`;
    expect(parseSource('src/farm/a.ts', text).imports).toEqual([]);
  });
});

describe('the checker finds', () => {
  test.each([
    ['src/plan/a.ts', 'plan'],
    ['src/local/deep/a.ts', 'local'],
    ['src/index.ts', 'index'],
    ['constructs/deep/a.ts', 'constructs'],
    ['tools/a.ts', undefined],
  ])('the room of %s', (path, room) => expect(roomOf(path)).toBe(room));

  test('a folder that is no room', () => {
    expect(unknownRooms(program({ 'src/stuff/a.ts': '' }))).toEqual([
      'src/stuff/a.ts: stuff is no room; add it to ROOMS and to docs/architecture.md',
    ]);
  });

  test('a wrong direction', () => {
    expect(wrongDirections(program({ 'src/farm/a.ts': `\nimport { b } from '../plan/b.js';` }))).toEqual([
      'src/farm/a.ts:2: farm may not import plan; it may import keyspace',
    ]);
  });
  test('a wrong direction in a re-export, a dynamic import and a type', () => {
    const text = `export * from '../plan/a.js';\nawait import('../act/a.js');\nlet a: import('../cli/a.js').A;`;
    expect(wrongDirections(program({ 'src/world/a.ts': text }))).toHaveLength(3);
  });
  test('a value where only types are allowed', () => {
    expect(wrongDirections(program({ 'src/act/a.ts': `import { a } from '../plan/a.js';` }))).toEqual([
      'src/act/a.ts:1: act may not import plan (its types only: use `import type`); it may import farm, keyspace, types of plan, types of world',
    ]);
    expect(wrongDirections(program({ 'src/act/a.ts': `import type { A } from '../plan/a.js';` }))).toEqual([]);
  });
  test('a value of a built-in of which only types are allowed', () => {
    expect(strayPackages(program({ 'src/world/a.ts': `import type { A } from 'node:https';` }))).toEqual([]);
    expect(strayPackages(program({ 'src/world/a.ts': `import { a } from 'node:https';` }))).toEqual([
      'src/world/a.ts:1: node:https is no package of world, which may use none',
    ]);
  });
  test('an import that leaves the rooms', () => {
    expect(wrongDirections(program({ 'src/cli/a.ts': `import { a } from '../../tools/run.js';` }))).toHaveLength(1);
  });
  test('no fault in allowed directions', () => {
    const files = program({
      'src/plan/a.ts': `import { a } from '../world/a.js'; import { b } from './b.js';`,
      'constructs/a.ts': `import { a } from '../src/farm/a.js';`,
      'src/cli/a.ts': `import { a } from '../../constructs/a.js'; import { b } from '../act/b.js';`,
      'src/index.ts': `export * from './farm/a.js'; export * from '../constructs/a.js';`,
    });
    expect(wrongDirections(files)).toEqual([]);
  });

  test('a cycle of two, of three, and of one', () => {
    const files = program({
      'src/farm/a.ts': `import './b.js';`,
      'src/farm/b.ts': `import type { A } from './a.js';`,
      'src/plan/a.ts': `import './b.js';`,
      'src/plan/b.ts': `export * from './c.js';`,
      'src/plan/c.ts': `import './a.js';`,
      'src/world/a.ts': `import './a.js';`,
    });
    expect(importCycles(files)).toEqual([
      'src/farm/a.ts -> src/farm/b.ts -> src/farm/a.ts',
      'src/plan/a.ts -> src/plan/b.ts -> src/plan/c.ts -> src/plan/a.ts',
      'src/world/a.ts -> src/world/a.ts',
    ]);
  });
  test('no cycle in a diamond', () => {
    const files = program({
      'src/farm/a.ts': `import './b.js'; import './c.js';`,
      'src/farm/b.ts': `import './d.js';`,
      'src/farm/c.ts': `import './d.js';`,
      'src/farm/d.ts': '',
    });
    expect(importCycles(files)).toEqual([]);
  });

  test.each([
    ['ioredis in constructs', 'constructs/a.ts', 'ioredis'],
    ['zod in plan', 'src/plan/a.ts', 'zod'],
    ['a subpath of a scoped package in client', 'src/client/a.ts', '@kubernetes/client-node/dist/x.js'],
    ['a built-in in a pure room', 'src/world/a.ts', 'node:fs'],
    ['a built-in without its prefix', 'src/plan/a.ts', 'fs'],
  ])('a package outside its room: %s', (_, path, specifier) => {
    expect(strayPackages(program({ [path]: `import x from '${specifier}';` }))).toEqual([
      expect.stringContaining(`${path}:1: ${specifier} is no package of`),
    ]);
  });
  test('no fault in a package at home', () => {
    const files = program({
      'src/observe/a.ts': `import x from '@kubernetes/client-node'; import { y } from 'node:net';`,
      'src/farm/a.ts': `import { z } from 'zod';`,
    });
    expect(strayPackages(files)).toEqual([]);
  });

  test.each([
    'const t = new Date();',
    'const t = Date.now();',
    'const r = Math.random();',
    `const r = Math['random']();`,
    'const e = process.env;',
    `console.log('x');`,
    'setTimeout(() => {}, 1);',
    'const { now } = Date;',
    'const t = globalThis.Date;',
  ])('an impure name in plan: %s', (text) => {
    expect(impureNames(program({ 'src/plan/a.ts': text }))).toHaveLength(1);
  });
  test('no fault in pure code that only looks impure', () => {
    const text = `// Date, process\nconst a = { process: 1, Date: 2 };\nconst b = a.process + Math.max(1, a.Date);\ninterface C { console: string }`;
    expect(impureNames(program({ 'src/plan/a.ts': text }))).toEqual([]);
  });
  test('no fault in a clock outside the pure rooms', () => {
    expect(impureNames(program({ 'src/local/a.ts': 'const t = Date.now();' }))).toEqual([]);
  });

  test('a relative import without .js', () => {
    expect(
      missingExtensions(program({ 'src/farm/a.ts': `import './b';\nimport './c.ts';\nimport './d.js';` })),
    ).toEqual([`src/farm/a.ts:1: './b' must end in .js`, `src/farm/a.ts:2: './c.ts' must end in .js`]);
  });
});
