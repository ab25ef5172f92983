import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packageOf } from './room-rules.js';
import { parseSource } from './source-file.js';

const ROOT = join(import.meta.dirname, '../..');
const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly resolved?: string;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}
const manifest = JSON.parse(readText('package.json')) as Manifest;
const lock = JSON.parse(readText('package-lock.json')) as Lock;

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number; readonly size: number }[];
}
/** What `npm pack` would ship of the lib/ that is there; `npm test` has just built it. */
function packedFiles(): Packed['files'] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--silent'];
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' })) as readonly Packed[];
  return packed?.files ?? [];
}

/** Built into the package by tools/build-web.mjs. */
const PAGE = 'lib/web/';
const isOfPage = (path: string): boolean => path.startsWith(join('src', 'web'));

/** All that src and constructs import, but for Node and for files of ours. */
const importsOf = (which: (path: string) => boolean): ReadonlySet<string> =>
  new Set(
    ['src', 'constructs']
      .flatMap((folder) =>
        readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
      )
      .filter((path) => /\.tsx?$/.test(path) && which(path))
      .flatMap((path) => parseSource(path, readText(path)).imports)
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
      .map(packageOf),
  );
const pagePackages = [...importsOf(isOfPage), 'rapidoc'];

describe('what npm ships', () => {
  const files = packedFiles();
  const paths = files.map(({ path }) => path);

  test('lib, LICENSE, README.md and package.json, nothing else', () => {
    const others = paths.filter(
      (path) => !path.startsWith('lib/') && !['LICENSE', 'README.md', 'package.json'].includes(path),
    );
    expect(others).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  });
  test('of lib only what runs, its types, the scripts of the manifests, and bundle and page with their licences', () => {
    const others = paths.filter((path) => path.startsWith('lib/') && !/\.(js|d\.ts|sh)$/.test(path));
    expect(others.filter((path) => !path.startsWith(PAGE)).sort()).toEqual([
      'lib/cachefarm.cjs',
      'lib/cachefarm.licenses.txt',
    ]);
    expect(others.filter((path) => path.startsWith(PAGE) && !/\.(html|css|txt|svg)$/.test(path))).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining([`${PAGE}index.html`, `${PAGE}licences.txt`]));
  });
  test('the page as built, not its sources', () => {
    expect(paths.filter((path) => path.startsWith('lib/src/web/'))).toEqual([]);
  });
  test('what is built anew from nothing: no compiled file outlives its source', () => {
    expect(manifest.scripts.prepack).toMatch(/rmSync\('lib', \{ recursive: true.*npm run --silent build$/);
    expect(manifest.scripts.build).toMatch(/node tools\/bundle\.mjs && node tools\/build-web\.mjs$/);
  });
  test('no tests, no tools, nothing of a machine: no environment, no keys, no logs', () => {
    const own = paths.filter((path) => !path.startsWith(`${PAGE}docs/`));
    const stray = own.filter((path) =>
      /(^|\/)(test|tools|bench|docs|dist)\/|\.(env|pem|key|log|map|tsbuildinfo)$|(^|\/)\.|kubeconfig$/.test(path),
    );
    expect(stray).toEqual([]);
  });
  test('in all less than 7 MB', () => {
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(7 * 2 ** 20);
  });
  test('the licence of each package in the bundle', () => {
    const text = readText('lib/cachefarm.licenses.txt');
    const bundled = [
      '@fastify/helmet',
      '@kubernetes/client-node',
      'commander',
      'fastify',
      'ioredis',
      'pino',
      'prom-client',
      'yaml',
      'zod',
    ];
    for (const name of bundled) expect(text).toContain(`${name} ${manifest.dependencies[name]}: `);
    expect(text).not.toContain('undefined');
  });
  test('the licence of each package in the page', () => {
    const text = readText('lib/web/licences.txt');
    for (const name of pagePackages) expect(text).toContain(`${name} ${manifest.devDependencies[name]} (`);
    expect(text).not.toContain('undefined');
  });
  test('everything that package.json points to', () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : [entry.types, entry.default],
      ),
    ].map((path) => path.replace(/^\.\//, ''));
    expect(targets.filter((path) => !paths.includes(path))).toEqual([]);
  });
  test('commands that the system can start: a shebang, and the bit that npm sets for them', () => {
    for (const path of Object.values(manifest.bin)) {
      expect(existsSync(join(ROOT, path)) && readText(path).split('\n')[0]).toBe('#!/usr/bin/env node');
      expect((files.find((file) => file.path === path)?.mode ?? 0) & 0o111).toBe(0o111);
    }
  });
});

describe('package.json', () => {
  const peers = ['cdk8s', 'cdk8s-plus-28', 'constructs'];

  test('exports the farm, the client and the testing kit', () => {
    expect(Object.keys(manifest.exports).sort()).toEqual(['.', './client', './package.json', './testing']);
  });
  test('cdk8s, cdk8s-plus-28 and constructs are peers, so that an app has one copy of them', () => {
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(peers);
    expect(peers.filter((name) => name in manifest.dependencies)).toEqual([]);
    expect(peers.filter((name) => !(name in manifest.devDependencies))).toEqual([]);
  });
  test('dependencies are pinned to one version', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
  test('the floor of Node is the one that set-up checks', () => {
    expect(manifest.engines.node).toBe('>=20.19');
    expect(readText('tools/setup.mjs')).toContain('NODE_FLOOR = [20, 19]');
  });
});

describe('dependencies', () => {
  const imported = importsOf((path) => !isOfPage(path));

  test('are all used by what is shipped', () => {
    expect(Object.keys(manifest.dependencies).filter((name) => !imported.has(name))).toEqual([]);
  });
  test('are declared for everything that is shipped', () => {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect([...imported].filter((name) => !(name in declared))).toEqual([]);
  });
  test('of the page are needed to build it, and by nobody who installs the package', () => {
    expect(pagePackages.filter((name) => !(name in manifest.devDependencies))).toEqual([]);
    expect(pagePackages.filter((name) => name in manifest.dependencies)).toEqual([]);
  });
});

describe('package-lock.json', () => {
  const entries = Object.entries(lock.packages).filter(([path]) => path !== '');

  test('names no registry host, so that every mirror can serve it', () => {
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  });
  test('holds the native tools of every platform: without them `npm ci` fails on all', () => {
    const missing = entries.flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });
  test('holds the versions that package.json pins', () => {
    const pinned = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const wrong = pinned.filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version);
    expect(wrong).toEqual([]);
  });
});
