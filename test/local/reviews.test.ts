/** Who may use the page of an embedded farm: TokenReview and SubjectAccessReview of its API. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubeGate } from '../../src/cli/kube-gate.js';
import { type Loose, record } from '../../src/farm/loose.js';
import type { EmbeddedFarm } from '../../src/local/embedded-farm.js';
import { kubeEndpoints } from '../../src/observe/kube-config.js';
import { TestFarms } from './run-farm.js';

const farms = new TestFarms();
let farm: EmbeddedFarm;
beforeAll(async () => {
  farm = await farms.run({ datacenters: { a: [] } }, { wait: false });
}, 60_000);
afterAll(() => farms.end());

const tokenOf = (): string => JSON.parse(readFileSync(farm.kubeconfig, 'utf8')).users[0].user.token;
const ask = (path: string, body: unknown, more: { readonly method?: string; readonly token?: string } = {}) =>
  fetch(`${farm.address}/${path}`, {
    method: more.method ?? 'POST',
    headers: { authorization: `Bearer ${more.token ?? tokenOf()}`, 'content-type': 'application/json' },
    ...(more.method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const TOKENS = 'a/apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS = 'a/apis/authorization.k8s.io/v1/subjectaccessreviews';
const review = async (path: string, spec: unknown): Promise<Loose> =>
  record(record(await (await ask(path, { spec })).json()).status);
const may = async (user: string, verb: string, resource: string, groups: readonly string[] = []): Promise<unknown> =>
  (await review(ACCESS, { user, groups, resourceAttributes: { verb, resource } })).allowed;

describe('the token of the page', () => {
  test('is in a file of its owner, and another one at each start', async () => {
    const path = join(farm.state, 'page-token');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe(farm.pageToken);
    expect(farm.pageToken).toMatch(/^[\w-]{32}$/);
    const other = await farms.run({ datacenters: { a: [] } }, { wait: false });
    expect(other.pageToken).not.toBe(farm.pageToken);
  });
  test('is of somebody who may do everything there', async () => {
    expect(await review(TOKENS, { token: farm.pageToken })).toMatchObject({
      authenticated: true,
      user: { username: 'embedded' },
    });
    expect(await may('embedded', 'patch', 'cacheclusters')).toBe(true);
    expect(await may('embedded', 'patch', 'nodes')).toBe(true);
  });
  test('does not open the Kubernetes API itself', async () => {
    expect((await ask(TOKENS, {}, { token: farm.pageToken })).status).toBe(401);
  });
  test.each([{ token: 'guess' }, { token: '' }, { token: 7 }, {}, 'x', undefined])('%j is nobody’s', async (spec) => {
    expect(await review(TOKENS, spec)).toMatchObject({ authenticated: false });
  });
});

describe('other people', () => {
  test('may what they were given, by name or by group', async () => {
    farm.addPerson({ user: 'reader', may: ['read'] });
    farm.addPerson({ user: 'changer', groups: ['devs'], may: ['read', 'change'] });
    expect(await may('reader', 'list', 'cacheclusters')).toBe(true);
    expect(await may('reader', 'patch', 'cacheclusters')).toBe(false);
    expect(await may('changer', 'patch', 'cacheclusters')).toBe(true);
    expect(await may('changer', 'patch', 'nodes')).toBe(false);
    expect(await may('stranger', 'patch', 'cacheclusters', ['devs'])).toBe(true);
    expect(await may('stranger', 'list', 'cacheclusters')).toBe(false);
    expect(await may('changer', 'create', 'secrets')).toBe(false);
  });
  test('are told apart by their tokens, as the HTTP API asks', async () => {
    const token = farm.addPerson({ user: 'ann', groups: ['devs'], may: ['read'] });
    const gate = kubeGate({
      frame: farm.frame,
      endpoints: kubeEndpoints(farm.frame, farm.kubeconfig, undefined),
      now: () => performance.now(),
    });
    const ann = await gate.who(token);
    if (!ann) throw new Error('ann is known');
    expect(ann).toMatchObject({ user: 'ann', groups: expect.arrayContaining(['devs']) });
    expect(await gate.may(ann, 'read')).toBe(true);
    expect(await gate.who('guess')).toBeUndefined();
  });
});

describe('a review that is none', () => {
  test.each<[string, string, unknown, { readonly method?: string }, number]>([
    ['read', TOKENS, undefined, { method: 'GET' }, 405],
    ['no object', TOKENS, [], {}, 400],
    ['no JSON', ACCESS, '{', {}, 400],
    ['of another version', 'a/apis/authentication.k8s.io/v2/tokenreviews', {}, {}, 404],
    ['of a datacenter that is none', 'z/apis/authentication.k8s.io/v1/tokenreviews', {}, {}, 404],
    ['empty', ACCESS, {}, {}, 201],
  ])('%s', async (_, path, body, more, code) => {
    expect((await ask(path, body, more)).status).toBe(code);
  });
});
