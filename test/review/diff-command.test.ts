import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { CliError } from '../../src/cli/cli-error.js';
import { diffCommand, runDiff } from '../../src/cli/diff.js';
import { cacheCluster, type Dist, dist, filesOf, pools } from './small-dist.js';

const GIT = [
  '-c',
  'user.name=t',
  '-c',
  'user.email=t@example.invalid',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'init.defaultBranch=main',
];

describe('cachefarm diff', () => {
  let repo: string;
  const git = (...args: readonly string[]) => execFileSync('git', [...GIT, ...args], { cwd: repo, stdio: 'pipe' });
  const write = (folder: string, objects: Dist) => {
    rmSync(join(repo, folder), { recursive: true, force: true });
    for (const { path, text } of filesOf(objects)) {
      mkdirSync(dirname(join(repo, folder, path)), { recursive: true });
      writeFileSync(join(repo, folder, path), text);
    }
  };
  async function run(a: string, b: string, output: 'text' | 'json' | 'markdown' = 'text', cwd = repo) {
    let printed = '';
    const status = await runDiff(a, b, output, { cwd, write: (text) => (printed += text), colour: false });
    return { status, printed };
  }
  async function failure(a: string, b: string, cwd = repo): Promise<string> {
    const error = await run(a, b, 'text', cwd).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect((error as CliError).status).toBe(2);
    return (error as CliError).message;
  }

  beforeAll(() => {
    repo = mkdtempSync(join(tmpdir(), 'farm-diff-'));
    git('init', '--quiet');
    write('dist', dist());
    write('deploy/dist', dist());
    writeFileSync(join(repo, 'dist/README.md'), 'not a manifest');
    git('add', '.');
    git('commit', '--quiet', '-m', 'one');
    git('tag', 'v1');
    write('dist', dist({ all: [cacheCluster('User.id', { clusterSize: 6 })] }));
    git('add', '.');
    git('commit', '--quiet', '-m', 'two');
    writeFileSync(join(repo, 'dist/README.md'), 'not a manifest');
    write('renamed', dist(pools({ tier: 'S1' })));
    write('grown', dist(pools({ replicas: 5 })));
  });
  afterAll(() => rmSync(repo, { recursive: true, force: true }));

  test('status 0 without a difference, 1 with, 2 with a refused one', async () => {
    expect(await run('v1', 'v1:dist')).toEqual({ status: 0, printed: 'v1 -> v1:dist: no difference\n' });
    expect(await run('v1', 'grown')).toMatchObject({ status: 1, printed: expect.stringContaining('4 -> 5 pods') });
    const refused = await run('v1', 'renamed', 'json');
    expect(refused.status).toBe(2);
    expect(JSON.parse(refused.printed)).toMatchObject({ verdict: 'refused', from: 'v1', to: 'renamed' });
  });

  test('revisions by any name git knows, with nothing checked out', async () => {
    for (const [a, b] of [
      ['v1', 'main'],
      ['HEAD~1', 'HEAD'],
      ['v1:dist', 'HEAD:dist'],
      ['v1:./dist/', 'dist'],
      ['HEAD:deploy/dist', 'dist'],
    ] as const)
      expect(await run(a, b)).toMatchObject({ status: 1, printed: expect.stringContaining('size 5 -> 6') });
    expect(String(git('status', '--porcelain', '--untracked-files=no'))).toBe('');
  });

  test('from a sub-folder of the repository, <rev> means its own dist', async () => {
    expect(await run('HEAD', 'dist', 'text', join(repo, 'deploy'))).toMatchObject({ status: 0 });
    expect(await run('HEAD:dist', 'dist', 'text', join(repo, 'deploy'))).toMatchObject({ status: 1 });
  });

  test('colour only where it is asked for', async () => {
    let printed = '';
    await runDiff('v1', 'grown', 'text', { cwd: repo, write: (text) => (printed += text), colour: true });
    expect(printed).toContain('\u001b[');
    expect((await run('v1', 'grown')).printed).not.toContain('\u001b[');
  });

  test('markdown for a pull request', async () => {
    expect((await run('v1', 'HEAD', 'markdown')).printed).toMatch(/^### Farm: v1 → HEAD\n/);
  });

  const mistakes: Record<string, [string, string]> = {
    'a name that is neither folder nor revision': [
      'nowhere',
      'error: nowhere: no such folder, and the repository has no revision nowhere',
    ],
    'a revision without that folder': ['v1:lib', 'error: v1:lib: revision v1 has no folder lib'],
    'a file of a revision': ['v1:dist/README.md', 'error: v1:dist/README.md: revision v1 has no folder dist/README.md'],
    'a file': ['dist/README.md', 'error: dist/README.md is a file; name the folder of manifests it is in'],
    'an option in the place of a revision': ['--upload-pack=x', 'error: --upload-pack=x is no git revision'],
    'a folder without manifests': [
      'empty',
      'error: empty: no manifests there (no *.yaml); is it what cdk8s synth wrote?',
    ],
    'broken YAML, with file and line': ['broken', 'error: broken/a/x.yaml:3: '],
    'YAML that is no manifest': [
      'stray',
      'error: stray/values.yaml:1: no Kubernetes manifest, it has no apiVersion, kind, metadata.name',
    ],
  };
  test.each(Object.entries(mistakes))('%s is an error with status 2', async (_, [name, message]) => {
    mkdirSync(join(repo, 'empty'), { recursive: true });
    mkdirSync(join(repo, 'broken/a'), { recursive: true });
    mkdirSync(join(repo, 'stray'), { recursive: true });
    writeFileSync(join(repo, 'broken/a/x.yaml'), 'apiVersion: v1\nkind: A\nmetadata: {name: [}\n');
    writeFileSync(join(repo, 'stray/values.yaml'), 'replicas: 3\n');
    expect(await failure(name, 'dist')).toContain(message);
    expect(await failure('dist', name)).toContain(message);
  });

  test('outside of a repository a folder still works, a revision does not', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'farm-diff-outside-'));
    expect(await run(join(repo, 'grown'), join(repo, 'grown'), 'text', outside)).toMatchObject({ status: 0 });
    expect(await failure('main', join(repo, 'grown'), outside)).toBe(
      'error: main: no such folder, and no git repository here to have a revision of that name',
    );
    rmSync(outside, { recursive: true });
  });
});

test('the help tells the exit statuses; a wrong format is refused', async () => {
  let help = '';
  const command = diffCommand()
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  expect(() => command.parse(['--help'], { from: 'user' })).toThrow(CommanderError);
  expect(help).toMatch(/0 {2}no difference\n {2}1 {2}differences.*\n {2}2 {2}refused/);
  expect(() => command.parse(['a', 'b', '-o', 'xml'], { from: 'user' })).toThrow(
    /Allowed choices are text, json, markdown/,
  );
});
