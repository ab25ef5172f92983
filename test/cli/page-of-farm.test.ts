/** `cachefarm up` as a person starts it: the address that it says opens a page, and the token in it a session. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../builders/processes.js';

const PROGRAM = join(import.meta.dirname, '../../lib/src/cli/main.js');
const ADDRESS = /the page: (http:\/\/127\.[\d.]+:9190)\/#token=([\w-]+)\n/;

let state: string;
let up: ChildProcess;
let said = '';
let page = '';
let token = '';

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'cachefarm-up-'));
  up = spawn(process.execPath, [PROGRAM, 'up', '--state', state], { stdio: ['ignore', 'ignore', 'pipe'] });
  up.stderr?.on('data', (piece) => {
    said += String(piece);
  });
  await until('the address of the page', async () => (ADDRESS.test(said) ? true : undefined), 60_000);
  [, page = '', token = ''] = ADDRESS.exec(said) ?? [];
}, 90_000);
afterAll(async () => {
  const ended = new Promise((resolve) => up.once('exit', resolve));
  up.kill('SIGTERM');
  await ended;
  rmSync(state, { recursive: true, force: true });
}, 30_000);

const ask = (path: string, init: RequestInit = {}, bearer = token): Promise<Response> =>
  fetch(`${page}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', ...init.headers },
  });
/** Everything that any Barn of the farm has logged. */
const logged = (): string =>
  readdirSync(join(state, 'logs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes('barn'))
    .map((path) => {
      try {
        return readFileSync(join(state, 'logs', path), 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

test('the token is that of its owner’s file, and opens a session', async () => {
  expect(readFileSync(join(state, 'page-token'), 'utf8')).toBe(token);
  expect(await (await ask('/v1/session')).json()).toMatchObject({
    user: 'embedded',
    may: { read: true, change: true, drain: true },
  });
  expect(await (await ask('/v1/session', {}, 'guess')).json()).toMatchObject({ user: null, may: { change: false } });
});
test('the page is served, and every Barn answers what it sees', async () => {
  expect(await (await fetch(page, { headers: { accept: 'text/html' } })).text()).toContain('<!doctype html>');
  expect(await (await ask('/v1/health')).json()).toMatchObject({ farm: 'demo', leads: true, ready: true });
});
test('a change needs a token, is made, and leaves a line in the log of Barn without it', async () => {
  const change = { method: 'POST', body: JSON.stringify({ clusterName: 'From.page', clusterSize: 1, tier: 'M4' }) };
  expect(
    (await fetch(`${page}/v1/clusters`, { ...change, headers: { 'content-type': 'application/json' } })).status,
  ).toBe(401);
  const made = await ask('/v1/clusters', change);
  expect([made.status, await made.json()]).toEqual([
    201,
    expect.objectContaining({ kind: 'create', writtenTo: ['a', 'b', 'c'] }),
  ]);
  await until(
    'the audit line',
    async () => (/"msg":"audit"/.test(logged()) && /"what":"create-cluster"/.test(logged()) ? true : undefined),
    5_000,
  );
  const line = logged()
    .split('\n')
    .find((one) => one.includes('"what":"create-cluster"') && one.includes('"status":201'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    level: 'info',
    msg: 'audit',
    who: 'embedded',
    subject: 'From.page',
  });
  expect(logged()).not.toContain(token);
});
