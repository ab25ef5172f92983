import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Container } from '../../src/local/manifest.js';
import { findContainerProgram, type Program } from '../../src/local/programs.js';
import { scratch } from './small-dist.js';

const root = scratch();
const folder = (...programs: readonly string[]): string => {
  const path = join(root, programs.join('-') || 'none');
  mkdirSync(path);
  for (const program of programs) {
    writeFileSync(join(path, program), '');
    chmodSync(join(path, program), 0o700);
  }
  return path;
};
afterAll(() => rmSync(root, { recursive: true }));

const none = folder();
const one = folder('redis_exporter');
const both = folder('prometheus-redis-exporter', 'redis_exporter');
const debian = folder('prometheus-redis-exporter');
const exporter: Partial<Container> = { image: 'docker.io/oliver006/redis_exporter:v1.74.0' };
const farmImage = 'ghcr.io/cachefarm/cachefarm:0.1.0';

const cases: Record<string, [Partial<Container>, string, string | undefined, Program]> = {
  'the exporter image runs redis_exporter': [
    exporter,
    one,
    undefined,
    { kind: 'run', command: [join(one, 'redis_exporter')] },
  ],
  'the exporter image runs what Debian calls it': [
    exporter,
    debian,
    undefined,
    { kind: 'run', command: [join(debian, 'prometheus-redis-exporter')] },
  ],
  'redis_exporter comes first': [exporter, both, undefined, { kind: 'run', command: [join(both, 'redis_exporter')] }],
  'an exporter that is not installed is left out': [
    exporter,
    none,
    undefined,
    {
      kind: 'leftOut',
      why: 'neither redis_exporter nor prometheus-redis-exporter is installed: pods run without metrics',
    },
  ],
  'the command cachefarm is the program of this package': [
    { image: farmImage, command: ['cachefarm', 'seed'] },
    none,
    '/lib/main.js',
    { kind: 'run', command: [process.execPath, '/lib/main.js', 'seed'] },
  ],
  'the image of this package without a command is its program': [
    { image: farmImage },
    none,
    '/lib/main.js',
    { kind: 'run', command: [process.execPath, '/lib/main.js'] },
  ],
  'the program of this package is not built': [
    { image: farmImage, command: ['cachefarm', 'seed'] },
    none,
    undefined,
    { kind: 'missing', why: 'the cachefarm program is not built: npm run build' },
  ],
  'a command is looked for on the path': [
    { command: ['redis_exporter', '-v'] },
    `${none}:${one}`,
    undefined,
    { kind: 'run', command: [join(one, 'redis_exporter'), '-v'] },
  ],
  'a command that is not installed is missing': [
    { command: ['nothing'] },
    none,
    undefined,
    { kind: 'missing', why: 'container c: program nothing is not installed' },
  ],
  'an unknown image without a command is missing': [
    { image: 'x/y:1' },
    none,
    undefined,
    { kind: 'missing', why: 'container c: image x/y:1 has no command and no known program here' },
  ],
};

describe('the program of a container', () => {
  test.each(Object.entries(cases))('%s', (_, [container, searchPath, cachefarm, expected]) => {
    expect(findContainerProgram({ name: 'c', image: 'i', ...container }, { searchPath, cachefarm })).toEqual(expected);
  });
});
