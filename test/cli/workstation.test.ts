/** The commands from outside of Kubernetes: the farm is found by a kubeconfig, its ConfigMap and its Secret. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { farmFrame } from '../../constructs/farm-config.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const MAPS = /^\/[abc]\/api\/v1\/namespaces\/cachefarm\/(configmaps\/farm|secrets\/cachefarm-auth)$/;

let farm: RunningFarm;
let folder: string;
let kubeconfig: string;
let front: Server;
/** names of objects that this user may not read */
let forbidden: readonly string[] = [];

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function answer(path: string): { readonly code: number; readonly body: object } | undefined {
  const [, what = ''] = MAPS.exec(path) ?? [];
  const [kind = '', name = ''] = what.split('/');
  if (forbidden.includes(name))
    return {
      code: 403,
      body: { kind: 'Status', code: 403, message: `${kind} "${name}" is forbidden: User "dev" cannot get it` },
    };
  if (name === 'farm')
    return { code: 200, body: { data: { 'farm.json': JSON.stringify(farmFrame(farm.embedded.frame)) } } };
  if (name === 'cachefarm-auth') {
    const data = Object.entries(farm.embedded.secrets).map(([key, value]) => [key, base64(value)]);
    return { code: 200, body: { data: Object.fromEntries(data) } };
  }
  return /\/(configmaps|secrets)\//.test(path)
    ? { code: 404, body: { kind: 'Status', code: 404, message: 'not found' } }
    : undefined;
}

/** The embedded API with what it lacks of a real one in front: the two objects that say what the farm is. */
function startFront(): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const own = answer(incoming.url ?? '');
    if (own) {
      outgoing.writeHead(own.code, { 'content-type': 'application/json' }).end(JSON.stringify(own.body));
      return;
    }
    const { method, headers, url = '' } = incoming;
    const passed = request(`${farm.embedded.address}${url}`, { ...(method ? { method } : {}), headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface Named {
  readonly name: string;
}
interface Kubeconfig {
  readonly 'current-context': string;
  readonly clusters: readonly (Named & { readonly cluster: { readonly server: string } })[];
  readonly contexts: readonly Named[];
}

function write(name: string, change: (config: Kubeconfig) => object = (config) => config): string {
  const { port } = front.address() as AddressInfo;
  const text = readFileSync(farm.embedded.kubeconfig, 'utf8').replaceAll(
    farm.embedded.address,
    `http://127.0.0.1:${port}`,
  );
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(change(JSON.parse(text) as Kubeconfig)));
  return path;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cachefarm-workstation-'));
  farm = await runFarm(smallFarm());
  front = await startFront();
  kubeconfig = write('config');
  mkdirSync(join(folder, 'bin'));
  for (const name of ['cachefarm', 'kubectl-farm', 'kubectl_complete-farm'])
    symlinkSync(PROGRAM, join(folder, 'bin', name));
}, 60_000);
afterAll(async () => {
  front?.closeAllConnections();
  front?.close();
  await farm?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  forbidden = [];
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Completion has more time than a person has: here it counts what it answers, not how soon. */
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  CACHEFARM_COMPLETION_PATIENCE: '60',
  PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter),
  HOME: folder,
  NO_COLOR: '1',
  ...more,
});
const run = (file: string, args: readonly string[], env = environment()): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(file, args, { env, cwd: folder }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
const cachefarm = (...args: readonly string[]): Promise<Ended> => run('cachefarm', args);
const lines = ({ stdout }: Ended): readonly string[] => stdout.trimEnd().split('\n');

describe('with --kubeconfig', () => {
  test('get shows the farm whose ConfigMap and Secret the context has', async () => {
    const ended = await cachefarm('get', 'partitions', '--kubeconfig', kubeconfig, '-o', 'name');
    expect([ended.status, ended.stderr]).toEqual([0, '']);
    expect(lines(ended)).toHaveLength(8);
    const machines = await cachefarm('get', 'machines', '--kubeconfig', kubeconfig, '--context', 'b', '-o', 'name');
    expect(lines(machines)).toHaveLength(9);
  });
  test('explain and plan reach pods and sentinels with the passwords of the Secret', async () => {
    const explained = await cachefarm('explain', 'User.id::0', '--kubeconfig', kubeconfig);
    expect([explained.status, explained.stderr]).toEqual([0, '']);
    const planned = await cachefarm('plan', '--kubeconfig', kubeconfig, '--json');
    expect(planned.status).toBe(2);
    const { decisions } = JSON.parse(planned.stdout) as { decisions: readonly { reason: string }[] };
    expect(new Set(decisions.map(({ reason }) => reason))).toContain('PartitionUnbound');
  });
  test('what only declares needs no Secret', async () => {
    forbidden = ['cachefarm-auth'];
    const ended = await cachefarm('scale', 'User.id', '--size', '8', '--dry-run', '--kubeconfig', kubeconfig);
    expect([ended.status, ended.stderr]).toEqual([0, '']);
    expect(ended.stdout).toContain('User.id');
  });
  test('a context of another name stands for the datacenter whose pods it shows', async () => {
    const path = write('renamed', (config) => ({
      ...config,
      'current-context': 'prod',
      contexts: config.contexts.slice(1, 2).map((context) => ({ ...context, name: 'prod' })),
    }));
    const ended = await cachefarm('get', 'pods', '--kubeconfig', path, '-o', 'name');
    expect(ended.status).toBe(0);
    expect(lines(ended).filter((name) => name.includes('b/'))).toHaveLength(lines(ended).length);
  });

  test('several files of KUBECONFIG are one, as kubectl merges them', async () => {
    const only = (name: string, contexts: readonly string[]): string =>
      write(name, ({ 'current-context': current, ...config }) => ({
        ...config,
        ...(contexts.includes(current) ? { 'current-context': current } : {}),
        contexts: config.contexts.filter((context) => contexts.includes(context.name)),
      }));
    const files = [join(folder, 'not-there'), only('of-b', ['b']), only('of-a-c', ['a', 'c'])];
    const env = environment({ KUBECONFIG: files.join(delimiter) });
    const pods = await run('kubectl-farm', ['get', 'machines', '-o', 'name'], env);
    expect([pods.status, pods.stderr]).toEqual([0, '']);
    expect(lines(pods)).toHaveLength(9);
    const declared = await run('kubectl-farm', ['scale', 'User.id', '--size', '8', '--dry-run'], env);
    expect([declared.status, declared.stderr]).toEqual([0, '']);
    const completed = await run('kubectl_complete-farm', ['get', 'pods', '--context', ''], env);
    expect(lines(completed).slice(0, 3).sort()).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['a namespace without a farm', ['-n', 'other'], /namespace other of \S+ has no ConfigMap farm: no farm is there/],
    ['an unknown context', ['--context', 'moon'], /has no context "moon"; it has \S+, \S+, \S+/],
    [
      'a kubeconfig that is not there',
      ['--kubeconfig', '/tmp/none/config'],
      /there is no kubeconfig at \/tmp\/none\/config/,
    ],
  ])('%s is said', async (_, args, message) => {
    const ended = await run('cachefarm', ['get', 'pods', ...args], environment({ KUBECONFIG: kubeconfig }));
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/ at .*\.js/);
  });
  test.each([
    ['farm', /does not let you read ConfigMap farm: .*ask for `get` on configmaps "farm"\n {2}.*User "dev" cannot/],
    [
      'cachefarm-auth',
      /does not let you read Secret cachefarm-auth: .*kubectl exec -n cachefarm deploy\/cachefarm-barn/,
    ],
  ])('who may not read %s is told what to ask for', async (name, message) => {
    forbidden = [name];
    const ended = await cachefarm('get', 'pods', '--kubeconfig', kubeconfig);
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toMatch(message);
  });
  test('a state folder beside it is refused', async () => {
    const ended = await cachefarm('get', 'pods', '--kubeconfig', kubeconfig, '--state', folder);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("option '--kubeconfig <file>' cannot be used with option '--state <folder>'");
  });
});

test('diff --live says that an embedded farm cannot be asked', async () => {
  const dist = join(farm.embedded.state, 'dist');
  const ended = await cachefarm('diff', '--live', dist, '--state', farm.embedded.state);
  expect([ended.status, ended.stdout]).toEqual([2, '']);
  expect(ended.stderr).toMatch(
    /^error: the KubeCluster of a does not say which kinds it has; an embedded farm does not/,
  );
});

describe('as kubectl farm', () => {
  test('the kubeconfig of kubectl counts, and the usage says what to type', async () => {
    const env = environment({ KUBECONFIG: kubeconfig });
    const ended = await run('kubectl-farm', ['get', 'clusters', '-o', 'name'], env);
    expect([ended.status, ended.stderr]).toEqual([0, '']);
    expect(lines(ended)).toHaveLength(2);
    expect((await run('kubectl-farm', ['get', '--help'], env)).stdout).toContain('Usage: kubectl farm get ');
  });
  test('kubectl completes by the answer that its plugins give', async () => {
    const ended = await run('kubectl_complete-farm', ['scale', 'Us'], environment({ KUBECONFIG: kubeconfig }));
    expect(lines(ended)).toEqual(['User.id', ':4']);
  });
});

describe('completion', () => {
  const complete = async (...words: readonly string[]): Promise<readonly string[]> =>
    lines(await cachefarm('__complete', '--', ...words));
  const live = () => ['--kubeconfig', kubeconfig];

  test('of commands, kinds, options and their choices', async () => {
    expect(await complete('re')).toEqual(['rebalance']);
    expect(await complete('get', 'p')).toEqual(['partitions', 'pods']);
    expect(await complete('get', 'pods', '--con')).toEqual(['--context']);
    expect(await complete('get', 'pods', '-o', '')).toEqual(['table', 'wide', 'json', 'yaml', 'name']);
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });
  test('of names that the running farm has', async () => {
    expect(await complete('explain', ...live(), 'Chat')).toEqual(['Chat.room::0']);
    expect(await complete('delete', ...live(), '')).toEqual(['Chat.room', 'User.id']);
    expect(await complete('drain', 'datacenter', ...live(), '')).toEqual(['a', 'b', 'c']);
    expect(await complete('drain', 'machine', ...live(), 'a-')).toHaveLength(3);
    expect(await complete('get', 'pods', ...live(), 'b/redis-m4')).toEqual(['b/redis-m4-6381-0', 'b/redis-m4-6381-1']);
    expect(await complete('get', 'pods', ...live(), '--context', '')).toHaveLength(3);
  });
  test('of names where no farm answers is nothing, and no noise', async () => {
    const ended = await cachefarm('__complete', '--', 'explain', '--kubeconfig', '/tmp/none', '');
    expect(ended).toEqual({ status: 0, stdout: '', stderr: '' });
  });
  test('of names of a farm that is silent is nothing, after the time that the user gave it', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const nobody = write('silent', (config) => ({
      ...config,
      clusters: config.clusters.map((known) => ({ ...known, cluster: { server: `http://127.0.0.1:${port}` } })),
    }));
    const words = ['__complete', '--', 'explain', '--kubeconfig', nobody, ''];
    const ended = await run('cachefarm', words, environment({ CACHEFARM_COMPLETION_PATIENCE: '0.5' }));
    expect(ended).toEqual({ status: 0, stdout: '', stderr: '' });
    const wrong = await run('cachefarm', words, environment({ CACHEFARM_COMPLETION_PATIENCE: 'soon' }));
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain("value 'soon' from env 'CACHEFARM_COMPLETION_PATIENCE' is invalid");
    expect(wrong.stderr).toContain('more than 0 and at most 86400');
    silent.closeAllConnections();
    silent.close();
  });
  test('works in bash, across the colons of partition names', async () => {
    const line = `cachefarm explain --kubeconfig ${kubeconfig} User.id::`;
    const script = `source <(cachefarm completion bash); COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _cachefarm; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ended = await run('bash', ['--norc', '-c', script]);
    expect(ended.stderr).toBe('');
    expect(lines(ended)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });
});
