import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Gate, Verb } from '../../src/api/parts.js';
import { kubeGate, ownFirst } from '../../src/cli/kube-gate.js';
import { type Loose, record } from '../../src/farm/loose.js';
import { farm as demo } from '../../src/farms/demo.js';
import type { KubeEndpoint } from '../../src/world/kube.js';

/** What a KubeCluster answers; undefined: it hangs up */
type Answers = (path: string, spec: Loose) => { readonly code: number; readonly body: unknown } | undefined;

const { cacheClusters: _, ...frame } = demo;
const servers: Server[] = [];
let asked: { readonly path: string; readonly spec: Loose; readonly body: string }[];
let now: number;

beforeEach(() => {
  asked = [];
  now = 0;
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

async function kubeCluster(datacenter: string, answers: Answers): Promise<KubeEndpoint> {
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const path = `${datacenter} ${request.method} ${request.url}`;
    const spec = record(record(JSON.parse(body)).spec);
    asked.push({ path, spec, body });
    const answer = answers(path, spec);
    if (!answer) return void request.socket.destroy();
    response.writeHead(answer.code, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { datacenter, connect: async () => ({ server: `http://127.0.0.1:${port}`, options: {} }) };
}

const status = (of: Loose) => ({ code: 201, body: { status: of } });
const ANN = { username: 'ann', groups: ['devs'], uid: '7', extra: { scopes: ['x'] } };
const knows =
  (tokens: Readonly<Record<string, Loose>>, allowed: (spec: Loose) => boolean = () => true): Answers =>
  (path, spec) => {
    if (path.includes('subjectaccessreviews')) return status({ allowed: allowed(spec) });
    const user = tokens[String(spec.token)];
    return status(user ? { authenticated: true, user } : { authenticated: false, error: 'unknown' });
  };
const nobodyThere: Answers = () => undefined;
const gate = (endpoints: readonly KubeEndpoint[], web: (typeof frame)['web'] = frame.web): Gate => {
  const { web: __, ...without } = frame;
  return kubeGate({ frame: web ? { ...without, web } : without, endpoints, now: () => now });
};

describe('whose token it is', () => {
  test('says the KubeCluster, with the groups', async () => {
    const by = gate([await kubeCluster('a', knows({ secret: ANN }))]);
    expect(await by.who('secret')).toEqual({ user: 'ann', groups: ['devs'] });
    expect(asked.map(({ path }) => path)).toEqual(['a POST /apis/authentication.k8s.io/v1/tokenreviews']);
  });
  test('is nobody where it knows none', async () => {
    expect(await gate([await kubeCluster('a', knows({}))]).who('secret')).toBeUndefined();
  });
  test.each(['', 'two words', 'tok\r\nen', 'tök', 'x'.repeat(16_385)])(
    'is not asked of what no token is: %j',
    async (token) => {
      expect(await gate([await kubeCluster('a', knows({ [token]: ANN }))]).who(token)).toBeUndefined();
      expect(asked).toEqual([]);
    },
  );
  test('counts ten seconds: then it is asked again', async () => {
    const tokens: Record<string, Loose> = { secret: ANN };
    const by = gate([await kubeCluster('a', (path, spec) => knows(tokens)(path, spec))]);
    await Promise.all([by.who('secret'), by.who('secret'), by.who('secret')]);
    delete tokens.secret;
    now = 9_999;
    expect(await by.who('secret')).toBeDefined();
    expect(asked).toHaveLength(1);
    now = 10_000;
    expect(await by.who('secret')).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
  test('keeps a thousand answers and no more', async () => {
    const by = gate([await kubeCluster('a', knows({}))]);
    for (let i = 0; i <= 1_000; i++) await by.who(`t${i}`);
    await by.who('t1000');
    expect(asked).toHaveLength(1_001);
    await by.who('t0');
    expect(asked).toHaveLength(1_002);
  });
});

describe('a KubeCluster that is away', () => {
  test('lets nobody in, and is no answer', async () => {
    const by = gate([await kubeCluster('a', nobodyThere)]);
    await expect(by.who('secret')).rejects.toThrow('nobody could be asked whose token it is (a: ');
  });
  test('is not remembered', async () => {
    let there = false;
    const by = gate([await kubeCluster('a', (...how) => (there ? knows({ secret: ANN }) : nobodyThere)(...how))]);
    await expect(by.who('secret')).rejects.toThrow('nobody could be asked');
    there = true;
    expect(await by.who('secret')).toBeDefined();
  });
  test('is stood in for by another one that knows the token', async () => {
    const by = gate([await kubeCluster('a', nobodyThere), await kubeCluster('b', knows({ secret: ANN }))]);
    expect(await by.who('secret')).toBeDefined();
  });
  test('may know the token that another one does not: no answer', async () => {
    const by = gate([await kubeCluster('a', nobodyThere), await kubeCluster('b', knows({}))]);
    await expect(by.who('secret')).rejects.toThrow('nobody could be asked');
  });
  test('none at all', async () => {
    await expect(gate([]).who('secret')).rejects.toThrow('no KubeCluster is known');
    await expect(gate([]).may({ user: 'ann', groups: [] }, 'read')).rejects.toThrow('no KubeCluster is known');
  });
  test.each([401, 403, 500])('one that refuses with %s, and quotes the token, tells it to nobody', async (code) => {
    const by = gate([await kubeCluster('a', (_path, spec) => ({ code, body: { message: `no ${spec.token}` } }))]);
    const error = await by.who('hunter2hunter2').then(String, String);
    expect(error).toContain(`its API refuses with HTTP ${code}`);
    expect(error).not.toContain('hunter2');
  });
  test.each<[string, unknown]>([
    ['no object', []],
    ['no status', {}],
    ['no name', { status: { authenticated: true, user: {} } }],
    ['an empty name', { status: { authenticated: true, user: { username: '' } } }],
    ['no yes', { status: { authenticated: 'true', user: ANN } }],
  ])('an answer with %s lets nobody in', async (_what, body) => {
    expect(await gate([await kubeCluster('a', () => ({ code: 201, body }))]).who('secret')).toBeUndefined();
  });
});

describe('what somebody may do', () => {
  const attributes: Record<string, [verb: Verb, clusterName: string | undefined, attributes: Loose]> = {
    'read: list cache clusters': [
      'read',
      undefined,
      { group: 'cachefarm.dev', version: 'v1alpha1', resource: 'cacheclusters', namespace: 'cachefarm', verb: 'list' },
    ],
    'change: patch this one': [
      'change',
      'User_id',
      {
        group: 'cachefarm.dev',
        version: 'v1alpha1',
        resource: 'cacheclusters',
        namespace: 'cachefarm',
        verb: 'patch',
        name: 'user-id',
      },
    ],
    'drain: patch machines': ['drain', undefined, { group: '', version: 'v1', resource: 'nodes', verb: 'patch' }],
  };
  test.each(Object.entries(attributes))('%s', async (_what, [verb, clusterName, resourceAttributes]) => {
    const by = gate([await kubeCluster('a', knows({ secret: ANN }))]);
    const ann = await by.who('secret');
    if (!ann) throw new Error('ann is known');
    expect(await by.may(ann, verb, clusterName)).toBe(true);
    expect(asked.at(-1)?.spec).toEqual({
      user: 'ann',
      groups: ['devs'],
      uid: '7',
      extra: { scopes: ['x'] },
      resourceAttributes,
    });
  });
  test('is no where it is not said to be yes', async () => {
    const by = gate([
      await kubeCluster(
        'a',
        knows({}, () => false),
      ),
    ]);
    expect(await by.may({ user: 'ann', groups: [] }, 'read')).toBe(false);
    const denied = gate([await kubeCluster('b', () => status({ allowed: true, denied: true }))]);
    expect(await denied.may({ user: 'ann', groups: [] }, 'read')).toBe(false);
  });
  test('is asked where he is known: a name may be another person elsewhere', async () => {
    const [a, b] = [await kubeCluster('a', knows({})), await kubeCluster('b', knows({ secret: ANN }))];
    let away = true;
    const flaky: KubeEndpoint = {
      datacenter: 'a',
      connect: () => (away ? Promise.reject(new Error('no route')) : a.connect()),
    };
    const by = gate([flaky, b]);
    const ann = await by.who('secret');
    if (!ann) throw new Error('ann is known');
    away = false;
    await by.may(ann, 'change', 'User.id');
    expect(asked.map(({ path }) => path.slice(0, 1))).toEqual(['b', 'b']);
  });
  test('is kept for each person, verb and cache cluster', async () => {
    const by = gate([
      await kubeCluster(
        'a',
        knows({}, ({ user }) => user === 'ann'),
      ),
    ]);
    const [ann, bob] = [
      { user: 'ann', groups: [] },
      { user: 'bob', groups: [] },
    ];
    expect(await by.may(ann, 'change', 'User.id')).toBe(true);
    expect(await by.may(ann, 'change', 'User.id')).toBe(true);
    expect(await by.may(bob, 'change', 'User.id')).toBe(false);
    expect(await by.may({ user: 'bob', groups: ['ann'] }, 'change', 'User.id')).toBe(false);
    await by.may(ann, 'change', 'Session');
    expect(asked).toHaveLength(4);
  });
  test('is never more than the farm offers, whoever he is', async () => {
    const offers = async (changes: 'none' | 'clusters' | 'all' | undefined) => {
      const by = gate(
        [await kubeCluster('a', knows({}))],
        changes === undefined
          ? { port: 1, openReading: true, changes: 'none' }
          : { port: 1, openReading: true, changes },
      );
      const ann = { user: 'ann', groups: [] };
      return Promise.all([by.may(ann, 'read'), by.may(ann, 'change', 'User.id'), by.may(ann, 'drain')]);
    };
    expect(await offers('none')).toEqual([true, false, false]);
    expect(await offers('clusters')).toEqual([true, true, false]);
    expect(await offers('all')).toEqual([true, true, true]);
  });
});

test('its own KubeCluster is asked first', () => {
  const endpoints = ['a', 'b', 'c'].map((datacenter) => ({
    datacenter,
    connect: () => Promise.reject(new Error('unused')),
  }));
  expect(ownFirst(endpoints, 'b').map(({ datacenter }) => datacenter)).toEqual(['b', 'a', 'c']);
  expect(ownFirst(endpoints, undefined).map(({ datacenter }) => datacenter)).toEqual(['a', 'b', 'c']);
});
