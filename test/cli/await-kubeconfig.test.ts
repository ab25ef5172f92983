/** A pod of a farm of several KubeClusters that is there before its Secret `cachefarm-kubeconfig`. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { farmFrame } from '../../constructs/farm-config.js';
import { awaitKubeconfig, missingKubeconfig } from '../../src/cli/await-kubeconfig.js';
import { ENV } from '../../src/farm/words.js';
import { farm as demo } from '../../src/farms/demo.js';
import { freeAddress, until } from '../builders/processes.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cachefarm-await-'));
afterAll(() => rmSync(folder, { recursive: true }));

const frame = farmFrame(demo);
const HOW = `kubectl -n ${frame.namespace} create secret generic cachefarm-kubeconfig --from-file=config=<kubeconfig>`;
const pod = (kubeconfig: string): NodeJS.ProcessEnv => ({
  [ENV.farm]: folder,
  [ENV.datacenter]: 'a',
  KUBECONFIG: kubeconfig,
});

/** A clock that only waiting moves on. */
function waiting(timeoutMs: number, at: (ms: number) => void = () => undefined) {
  const said: string[] = [];
  let now = 0;
  const wait = async (ms: number): Promise<void> => {
    now += ms;
    at(now);
  };
  return { said, timeoutMs, say: (line: string) => void said.push(line), now: () => now, wait };
}

describe('what is missing', () => {
  const there = join(folder, 'there');
  writeFileSync(there, '');
  const [first] = frame.datacenters;
  const alone = { ...frame, datacenters: first ? [first] : [] };
  test.each([
    ['nothing with the Secret mounted', frame, pod(there)],
    ['nothing in a farm of one KubeCluster', alone, pod(join(folder, 'none'))],
    ['nothing outside of a pod', frame, { KUBECONFIG: join(folder, 'none') }],
  ])('%s', (_, of, env) => expect(missingKubeconfig(of, env)).toBeUndefined());

  test('the Secret, by its name, with the command that makes it and the contexts it needs', () => {
    const text = missingKubeconfig(frame, pod(join(folder, 'none')));
    expect(text).toContain('Secret cachefarm-kubeconfig is not there: the farm has 3 KubeClusters');
    expect(text).toContain('contexts a, b, c:');
    expect(text).toContain(HOW);
  });
});

test('it waits, says so once a minute, and goes on by itself when the Secret is mounted', async () => {
  const path = join(folder, 'late');
  const patient = waiting(600_000, (ms) => {
    if (ms === 130_000) writeFileSync(path, '');
  });
  await awaitKubeconfig(frame, pod(path), patient);
  expect(patient.now()).toBe(130_000);
  expect(patient.said).toEqual([
    expect.stringContaining(HOW),
    'still waiting for Secret cachefarm-kubeconfig, 60 s now',
    'still waiting for Secret cachefarm-kubeconfig, 120 s now',
    'Secret cachefarm-kubeconfig is there: going on',
  ]);
});

test('it says nothing, and does not wait, where nothing is missing', async () => {
  const quick = waiting(600_000);
  await awaitKubeconfig(frame, {}, quick);
  expect([quick.now(), quick.said]).toEqual([0, []]);
});

/** A pod's folders without the Secret `cachefarm-kubeconfig`, and where that one would be mounted. */
function podWithout(name: string): { readonly env: NodeJS.ProcessEnv; readonly kubeconfig: string } {
  const [config, secrets, kube] = ['config', 'secrets', 'kube'].map((part) => join(folder, name, part));
  if (!config || !secrets || !kube) throw new Error('no folders');
  for (const made of [config, secrets, kube]) mkdirSync(made, { recursive: true });
  writeFileSync(join(config, 'farm.json'), JSON.stringify(frame));
  for (const key of ['barn', 'sentinel', 'application']) writeFileSync(join(secrets, key), 'x');
  const kubeconfig = join(kube, 'config');
  const folders = { [ENV.farm]: config, [ENV.secrets]: secrets, [ENV.podName]: 'p', [ENV.ip]: '127.0.0.1' };
  return { kubeconfig, env: { PATH: process.env.PATH ?? '', ...pod(kubeconfig), ...folders } };
}

test('Barn says so and looks on; it ends well when the Secret is mounted, so that its container starts with it', async () => {
  const { env, kubeconfig } = podWithout('barn');
  const { ip, port } = freeAddress(19_380);
  const barn = spawn(process.execPath, [PROGRAM, 'barn', '--listen', `${ip}:${port}`], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  barn.stdout.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const ended = new Promise((resolve) => barn.once('exit', resolve));
  try {
    await until('Barn to say what is missing', async () => said.includes(HOW), 20_000);
    expect(barn.exitCode).toBeNull();
    writeFileSync(kubeconfig, '{}');
    expect(await ended).toBe(0);
  } finally {
    barn.kill('SIGKILL');
  }
  expect(said).toContain('Secret cachefarm-kubeconfig is there, to be read by the next start: stopping');
}, 60_000);

test('the seed names the contexts that the Secret lacks', async () => {
  const { env, kubeconfig } = podWithout('lacking');
  writeFileSync(kubeconfig, JSON.stringify({ clusters: [], contexts: [], users: [] }));
  const stderr = await new Promise<string>((resolve) =>
    execFile(process.execPath, [PROGRAM, 'seed', '--timeout', '1'], { env }, (_error, _stdout, text) => resolve(text)),
  );
  for (const name of ['a', 'b', 'c'])
    expect(stderr).toContain(`datacenter ${name} is not seen: the kubeconfig has no context ${name}`);
}, 30_000);

test('the seed gives up in the end, naming the Secret: the Job starts it again', async () => {
  const { env } = podWithout('seed');
  const ended = await new Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>(
    (resolve) =>
      execFile(process.execPath, [PROGRAM, 'seed', '--timeout', '1'], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code, stdout, stderr }),
      ),
  );
  expect([ended.code, ended.stdout]).toEqual([1, '']);
  expect(ended.stderr.split(HOW)).toHaveLength(3);
  expect(ended.stderr).toContain('this pod goes on by itself');
  expect(ended.stderr).not.toMatch(/ at .*\.js:\d+/);
}, 30_000);
