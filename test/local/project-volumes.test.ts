import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KeyedText, Volume } from '../../src/local/manifest.js';
import { clearMemoryVolumes, mountFolders, projectVolumes } from '../../src/local/project-volumes.js';
import { scratch } from './small-dist.js';

let folder: string;
let text: KeyedText;
beforeEach(() => {
  folder = scratch();
  text = new Map([
    ['a', 'one host'],
    ['b', 'two'],
  ]);
});
afterEach(() => rmSync(folder, { recursive: true }));

const object = (name: string): KeyedText | undefined => (name === 'there' ? text : undefined);
const project = (...volumes: readonly Volume[]): Promise<void> =>
  projectVolumes(folder, volumes, {
    configMap: object,
    secret: object,
    hosts: (given) => given.replace('host', '127.64.1.1'),
  });
const filesIn = (volume: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(folder, volume)).map((file) => [file, readFileSync(join(folder, volume, file), 'utf8')]),
  );
const config = (more: Partial<NonNullable<Volume['configMap']>> = {}): Volume => ({
  name: 'v',
  configMap: { name: 'there', ...more },
});

describe('a volume', () => {
  test('of a ConfigMap holds its keys as files, with addresses for host names', async () => {
    await project(config({ defaultMode: 0o440 }));
    expect(filesIn('v')).toEqual({ a: 'one 127.64.1.1', b: 'two' });
    expect(statSync(join(folder, 'v', 'a')).mode & 0o777).toBe(0o440);
  });

  test('of a Secret holds its keys as they are', async () => {
    await project({ name: 'v', secret: { secretName: 'there' } });
    expect(filesIn('v')).toEqual({ a: 'one host', b: 'two' });
  });

  test('holds only the items that are asked for, under their paths', async () => {
    await project(config({ items: [{ key: 'b', path: 'x/c' }] }));
    expect(readFileSync(join(folder, 'v', 'x', 'c'), 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'v'))).toEqual(['x']);
  });

  test('of an optional object that is not there is empty', async () => {
    await project(config({ name: 'none', optional: true, items: [{ key: 'b', path: 'c' }] }));
    expect(filesIn('v')).toEqual({});
  });

  test('follows its object: files change, come and go, and no drafts are left', async () => {
    await project(config());
    text = new Map([
      ['b', 'three'],
      ['c', 'four'],
    ]);
    await project(config());
    expect(filesIn('v')).toEqual({ b: 'three', c: 'four' });
    expect(readdirSync(folder)).toEqual(['v']);
  });

  test('that is an emptyDir keeps what is in it, and in memory loses it with the machine', async () => {
    const volumes: readonly Volume[] = [
      { name: 'disk', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
    ];
    await project(...volumes);
    for (const { name } of volumes) writeFileSync(join(folder, name, 'f'), 'x');
    await project(...volumes);
    expect([filesIn('disk'), filesIn('memory')]).toEqual([{ f: 'x' }, { f: 'x' }]);
    await clearMemoryVolumes(folder, volumes);
    expect(readdirSync(folder)).toEqual(['disk']);
  });

  test('of another kind holds what its surroundings give', async () => {
    const other = async (volume: Volume) =>
      volume.name === 'v' ? { text: new Map([['x', 'their own']]), mode: 0o400 } : undefined;
    const sources = { configMap: object, secret: object, hosts: (given: string) => given, other };
    await projectVolumes(folder, [{ name: 'v' }], sources);
    expect(filesIn('v')).toEqual({ x: 'their own' });
    expect(statSync(join(folder, 'v', 'x')).mode & 0o777).toBe(0o400);
    await expect(projectVolumes(folder, [{ name: 'w' }], sources)).rejects.toThrow(
      'volume w: its kind is not emulated',
    );
  });

  const refused: Record<string, [Volume, string]> = {
    'a ConfigMap that is not there': [config({ name: 'none' }), 'configmap none not found'],
    'a Secret that is not there': [{ name: 'v', secret: { secretName: 'none' } }, 'secret none not found'],
    'a key that is not there': [config({ items: [{ key: 'z', path: 'z' }] }), 'configmap there has no key z'],
    'a kind that is not emulated': [{ name: 'v' }, 'volume v: its kind is not emulated'],
  };
  test.each(Object.entries(refused))('is refused for %s', async (_, [volume, message]) => {
    await expect(project(volume)).rejects.toThrow(message);
  });
});

test('a mount is the folder of its volume, or a part of it', () => {
  const volumeMounts = [
    { name: 'v', mountPath: '/data/' },
    { name: 'w', mountPath: '/etc/x', subPath: 'y' },
  ];
  const folders = mountFolders({ name: 'c', image: 'i', volumeMounts }, (volume) => `/s/${volume}`);
  expect(Object.fromEntries(folders)).toEqual({ '/data': '/s/v', '/etc/x': '/s/w/y' });
});
