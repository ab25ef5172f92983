import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { REASONS } from '../../src/plan/reasons.js';
import { SCENARIOS } from '../robustness/scenarios/index.js';
import { INVARIANTS } from '../simulation/violation.js';
import { anchorsOf, codeBlocks, codeSpans, linksOf, promisesOf, tableRows } from './markdown.js';
import { ROOMS } from './room-rules.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const scripts = (JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }).scripts;

describe('links', () => {
  test.each(DOCUMENTS)('of %s lead to files and headings that exist', (path) => {
    const broken = linksOf(read(path))
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : join(dirname(path), file);
        return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(read(target)).includes(anchor));
      });
    expect(broken).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const text = read('docs/architecture.md');

  test('every file of "Where is what" exists', () => {
    const files = tableRows(text, 'Where is what').flatMap(([, cell = '']) => codeSpans(cell));
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
  test('every row of "Where is what" names a file', () => {
    expect(tableRows(text, 'Where is what').filter(([, cell = '']) => codeSpans(cell).length === 0)).toEqual([]);
  });
  test('the rooms are those that the room test keeps, with their packages', () => {
    const rows = tableRows(text, 'The rooms').map(([room = '', , , packages = '']) => [codeSpans(room)[0], packages]);
    expect(rows).toEqual(Object.entries(ROOMS).map(([room, rule]) => [room, rule.packages?.join(', ') ?? 'none']));
  });
});

describe('docs/reasons.md', () => {
  test('has every reason of the planner, in its words', () => {
    const rows = tableRows(read('docs/reasons.md'), 'The list').map(([name = '', sentence]) => [
      codeSpans(name)[0],
      sentence,
    ]);
    expect(rows).toEqual(Object.entries(REASONS));
  });
});

describe('docs/guarantees.md', () => {
  const promises = promisesOf(read('docs/guarantees.md'));

  test('makes promises', () => expect(promises.length).toBeGreaterThan(5));
  test('names a test for every promise', () => {
    expect(promises.filter(({ tests }) => tests.length === 0).map(({ promise }) => promise)).toEqual([]);
  });
  test('names test files that exist and titles that occur in them', () => {
    const missing = promises
      .flatMap(({ tests }) => tests)
      .filter(({ file, title }) => !existsSync(join(ROOT, file)) || !read(file).includes(title))
      .map(({ file, title }) => `${file}: ${title}`);
    expect(missing).toEqual([]);
  });
  test('names every invariant of the simulation, and no other', () => {
    const named = new Set(promises.flatMap(({ invariants }) => invariants));
    expect([...named].sort()).toEqual(Object.keys(INVARIANTS).sort());
  });
  test('names scenarios of the harness that exist', () => {
    const known = new Set(SCENARIOS.map(({ name }) => name));
    const named = promises.flatMap(({ scenarios }) => scenarios);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('README.md', () => {
  const text = read('README.md');

  test('npm commands of the documents exist in package.json', () => {
    const named = DOCUMENTS.flatMap((path) => [
      ...read(path).matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test)\b)/g),
    ]);
    const missing = named.map((match) => match[1] ?? match[2] ?? '').filter((name) => !(name in scripts));
    expect(named.length).toBeGreaterThan(3);
    expect(missing).toEqual([]);
  });
  test('commands of the command line exist', () => {
    const help = execFileSync(process.execPath, [join(ROOT, 'lib/src/cli/main.js'), '--help'], { encoding: 'utf8' });
    const there = [...help.matchAll(/^ {2}([a-z]+)\b/gm)].map((match) => match[1]);
    const named = tableRows(text, 'The command line')
      .map(([cell = '']) => /^`cachefarm ([a-z]+)/.exec(cell)?.[1])
      .filter((name) => name !== undefined);
    expect(named.filter((name) => !there.includes(name))).toEqual([]);
  });
  test('is no longer than 200 lines', () => expect(text.split('\n').length).toBeLessThanOrEqual(200));
});

const compileErrors = (file: string): readonly string[] =>
  ts
    .getPreEmitDiagnostics(
      ts.createProgram([file], {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: [],
      }),
    )
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));

/** A reader's own package: cachefarm and its peers as npm would lay them out. */
describe("README's farm, in a package of a reader's own", () => {
  const block = codeBlocks(read('README.md'), 'ts')[0] ?? '';
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cachefarm-readme-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/cachefarm'));
    for (const peer of ['cdk8s', 'cdk8s-plus-28', 'constructs', 'ioredis'])
      symlinkSync(join(ROOT, 'node_modules', peer), join(folder, 'node_modules', peer));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'farm.ts'), block);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is at most 20 lines', () => expect(block.trimEnd().split('\n').length).toBeLessThanOrEqual(20));

  test('compiles in strict mode', () => expect(compileErrors(join(folder, 'farm.ts'))).toEqual([]));

  test('and so does its application, when it is told the sentinels and the password', () => {
    const [application = ''] = codeBlocks(read('README.md'), 'js');
    const told = 'declare const sentinels: { host: string; port: number }[], password: string;';
    writeFileSync(join(folder, 'application.ts'), `${application}${told}`);
    expect(application).toContain("from 'cachefarm/client'");
    expect(compileErrors(join(folder, 'application.ts'))).toEqual([]);
  });

  test('writes a folder of manifests for each datacenter', () => {
    const { outputText } = ts.transpileModule(block, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(folder, 'farm.js'), outputText);
    execFileSync(process.execPath, ['farm.js'], { cwd: folder, stdio: 'pipe' });
    expect(readdirSync(join(folder, 'dist')).sort()).toEqual(['a', 'all', 'argocd', 'b', 'c']);
    expect(readdirSync(join(folder, 'dist/a'))).toEqual(
      expect.arrayContaining(['StatefulSet.redis-m1-6378.k8s.yaml', 'StatefulSet.redis-m4-6381.k8s.yaml']),
    );
  });
});
