/** lib/cachefarm.cjs, the one program of Barn's image, as it runs there: with nothing but the page, under the name `cachefarm`. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const BUNDLE = fileURLToPath(new URL('../../lib/cachefarm.cjs', import.meta.url));
const PAGE = fileURLToPath(new URL('../../lib/web', import.meta.url));
const MANIFEST = fileURLToPath(new URL('../../package.json', import.meta.url));

let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachefarm-bundle-'));
  program = join(folder, 'bin/cachefarm');
  mkdirSync(dirname(program));
  copyFileSync(BUNDLE, program);
  cpSync(PAGE, join(folder, 'share/cachefarm/web'), { recursive: true });
  // Whatever a folder above says of its modules (a package.json left in /tmp): the image has nothing of the kind.
  writeFileSync(join(folder, 'package.json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}
const env = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, HOME: folder, NO_COLOR: '1' });
const run = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env: env(), cwd: folder }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function until(what: string, holds: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the bundle in a folder with the page', () => {
  test('is of the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { readonly version: string };
    expect(await run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });
  test('knows Barn, and no command that would need cdk8s', async () => {
    const barn = await run('barn', '--help');
    expect([barn.status, barn.stderr]).toEqual([0, '']);
    for (const option of ['--listen <host:port>', '--web <host:port>']) expect(barn.stdout).toContain(option);
    const { stdout } = await run('--help');
    const commands = stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+) /gm);
    expect([...commands].map(([, name]) => name)).toEqual(
      [
        ['apply', 'barn', 'completion', 'delete', 'diff', 'drain', 'explain', 'get', 'help'],
        ['plan', 'rebalance', 'scale', 'seed'],
      ].flat(),
    );
  });
  test('holds neither cdk8s nor the generated models of the Kubernetes API', () => {
    const text = readFileSync(BUNDLE, 'utf8');
    expect(text).not.toMatch(/cdk8s-plus|V1StatefulSetSpec|require\("[^"]*\.node"\)/);
    expect(statSync(BUNDLE).size).toBeLessThan(3 * 2 ** 20);
  });
  test.each(['socks5', 'http'])('takes a kubeconfig that leads through a proxy: %s', async (scheme) => {
    const port = await freePort();
    const path = join(folder, `${scheme}.json`);
    const cluster = { server: 'https://127.0.0.1:1', 'proxy-url': `${scheme}://127.0.0.1:${port}` };
    const config = {
      clusters: [{ name: 'a', cluster }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'me' } }],
      users: [{ name: 'me', user: { token: 'x' } }],
      'current-context': 'a',
    };
    writeFileSync(path, JSON.stringify(config));
    const { status, stderr } = await run('get', 'pods', '--kubeconfig', path);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`ECONNREFUSED 127.0.0.1:${port}`)]);
  });
});

describe('the bundle with a farm', () => {
  let farm: RunningFarm;
  let barn: ChildProcess | undefined;
  let state: string;
  beforeAll(async () => {
    farm = await runFarm(smallFarm());
    state = dirname(farm.embedded.kubeconfig);
  }, 60_000);
  afterAll(async () => {
    barn?.kill('SIGKILL');
    await farm?.stop();
  });

  test('barn gets ready, leads, names every partition, and ends at SIGTERM', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const web = `127.0.0.1:${await freePort()}`;
    const child = spawn(process.execPath, [program, 'barn', '--state', state, '--listen', address, '--web', web], {
      env: env(),
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    barn = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (said += String(piece)));
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    const ask = (path: string): Promise<Response | undefined> =>
      fetch(`http://${address}${path}`).catch(() => undefined);
    await until('readiness', async () => (await ask('/readyz'))?.ok ?? false);
    await until('partitions that serve', async () => {
      const { facts } = await farm.look();
      return facts.partitions.length === 8 && facts.partitions.every(({ agreed }) => agreed !== undefined);
    });
    expect(await (await ask('/metrics'))?.text()).toContain('process_resident_memory_bytes');
    expect((await ask('/healthz'))?.status).toBe(200);
    const read = async (path: string, accept: string): Promise<string> =>
      (await fetch(`http://${web}${path}`, { headers: { accept } })).text();
    expect(JSON.parse(await read('/v1/health', 'application/json'))).toMatchObject({ farm: 'small', ready: true });
    const page = await read('/', 'text/html');
    const [, script = 'none'] = /<script[^>]* src="([^"]+)"/.exec(page) ?? [];
    expect((await fetch(`http://${web}${script}`)).status).toBe(200);
    child.kill('SIGTERM');
    expect([await ended, said]).toEqual([0, expect.stringContaining('SIGTERM: stopping')]);
    expect(said).not.toMatch(/TypeError|ReferenceError|is not a function/);
  }, 90_000);
  test('the commands beside it work, those that check and write what is declared too', async () => {
    const got = await run('get', 'partitions', '--state', state, '-o', 'name');
    expect([got.status, got.stderr, got.stdout.trimEnd().split('\n').length]).toEqual([0, '', 8]);
    const scaled = await run('scale', 'User.id', '--size', '8', '--dry-run', '--state', state);
    expect([scaled.status, scaled.stderr]).toEqual([0, '']);
    const planned = await run('plan', '--json', '--state', state);
    expect(JSON.parse(planned.stdout)).toHaveProperty('decisions');
  });
});
