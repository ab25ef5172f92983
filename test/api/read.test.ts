import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import * as shapes from '../../src/api/schemas.js';
import { TOKEN } from '../builders/fake-api-parts.js';
import { bearer, problemIn, rig } from './api-rig.js';

const READS: Readonly<Record<string, z.ZodType>> = {
  '/v1/health': shapes.healthSchema,
  '/v1/limits': shapes.limitsSchema,
  '/v1/map': shapes.farmMapSchema,
  '/v1/loss?kind=machine&name=a-m1': shapes.lossSchema,
  '/v1/loss?kind=datacenter&name=a': shapes.lossSchema,
  '/v1/clusters': shapes.clustersSchema,
  '/v1/clusters/User.id': shapes.clusterDetailSchema,
  '/v1/partitions/User.id::0': shapes.partitionSchema,
  '/v1/partitions/User.id%3A%3A0': shapes.partitionSchema,
  '/v1/events': shapes.eventsSchema,
  '/v1/groups': shapes.groupsSchema,
  '/v1/brakes': shapes.brakesSchema,
  '/v1/rebalance': shapes.rebalanceSchema,
  '/v1/decisions': z.array(shapes.decisionSchema),
  '/v1/session': shapes.sessionSchema,
  '/v1/clusters/User.id/topology': shapes.topologySchema,
  '/v1/sentinels': shapes.sentinelsSchema,
  '/cluster/nodes?clusterName=User.id': shapes.nodesSchema,
};

describe('reading', () => {
  test('every route answers what its schema says, no more and no less', async () => {
    const { app, fake } = await rig();
    fake.sight.happens({ level: 'info', msg: 'started', error: { name: 'E', message: 'm', stack: 'secret path' } });
    for (const [url, schema] of Object.entries(READS)) {
      const answer = await app.inject({ url });
      expect([url, answer.statusCode]).toEqual([url, 200]);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect([url, schema.parse(answer.json())]).toEqual([url, answer.json()]);
      expect(answer.body).not.toContain('secret path');
    }
  });

  test('the age of what is told is that of now, though a view is made once for each pass', async () => {
    const { app, fake } = await rig();
    const age = async () => (await app.inject({ url: '/v1/map' })).json().freshness;
    expect(await age()).toMatchObject({ ageMs: 0, stale: false });
    fake.time += 1_234;
    expect(await age()).toMatchObject({ ageMs: 1_234, stale: false });
    fake.sight.why = 'sentinels do not answer';
    expect(await age()).toMatchObject({ stale: true, why: 'sentinels do not answer' });
    fake.sight.look();
    expect(await age()).toMatchObject({ ageMs: 0 });
  });

  test('one cache cluster tells its version, and goes without where no KubeCluster answers', async () => {
    const { app, fake } = await rig();
    fake.control.owners.set('User.id', 'Argo CD application farm');
    const known = await app.inject({ url: '/v1/clusters/User.id' });
    expect(known.headers.etag).toBe('"1"');
    expect(known.json()).toMatchObject({ version: '1', owner: 'Argo CD application farm' });
    fake.control.away = true;
    const unknown = await app.inject({ url: '/v1/clusters/User.id' });
    expect([unknown.statusCode, unknown.headers.etag, unknown.json().version]).toEqual([200, undefined, null]);
    expect(unknown.json().partitions).toHaveLength(10);
  });

  test('events: the newest, or those after one, and which are kept', async () => {
    const { app, fake } = await rig();
    for (let i = 1; i <= 1_010; i++) fake.sight.happens({ level: 'info', msg: `m${i}`, subject: `User.id::${i % 2}` });
    const seqs = async (query: string) => {
      const { events, first, last } = (await app.inject({ url: `/v1/events${query}` })).json();
      return [events[0]?.seq, events.at(-1)?.seq, first, last];
    };
    expect(await seqs('')).toEqual([11, 1_010, 11, 1_010]);
    expect(await seqs('?limit=10')).toEqual([1_001, 1_010, 11, 1_010]);
    expect(await seqs('?since=20&limit=10')).toEqual([21, 30, 11, 1_010]);
    expect(await seqs('?since=1010')).toEqual([undefined, undefined, 11, 1_010]);
    expect(await seqs('?subject=User.id%3A%3A1&limit=1')).toEqual([1_009, 1_009, 11, 1_010]);
  });

  test('before the farm was seen: health answers, the rest says when to come again', async () => {
    const { app, fake } = await rig({ seen: false });
    fake.sight.why = 'no KubeCluster answers';
    expect((await app.inject({ url: '/v1/health' })).json()).toMatchObject({ ready: false, freshness: null });
    const withoutPass = ['/v1/health', '/v1/events', '/v1/session'];
    for (const url of Object.keys(READS).filter((one) => !withoutPass.includes(one))) {
      const answer = await app.inject({ url });
      expect([url, answer.statusCode]).toEqual([url, 503]);
      expect(answer.headers['retry-after']).toBeDefined();
      problemIn(answer);
    }
    expect(fake.failures).toEqual([]);
  });

  const FAULTS: Readonly<Record<string, readonly [string, number, string?]>> = {
    'no such cache cluster': ['/v1/clusters/Nobody', 404],
    'no such partition': ['/v1/partitions/User.id::10', 404],
    'no such machine': ['/v1/loss?kind=machine&name=z-m9', 404],
    'no route': ['/v1/nothing', 404],
    'a name that can be none': ['/v1/clusters/1st', 400, 'name'],
    'a partition without a number': ['/v1/partitions/User.id', 400, 'name'],
    'a kind that is none': ['/v1/loss?kind=rack&name=a', 400, 'kind'],
    'a name left out': ['/v1/loss?kind=machine', 400, 'name'],
    'a parameter twice': ['/v1/loss?kind=machine&kind=pod&name=a', 400, 'kind'],
    'a parameter that is none': ['/v1/map?full=1', 400, 'full'],
    'a limit beyond its range': ['/v1/events?limit=1001', 400, 'limit'],
    'a limit of nothing': ['/v1/events?limit=0', 400, 'limit'],
    'a number that is none': ['/v1/events?since=-1', 400, 'since'],
    'an endless number': ['/v1/events?since=99999999999999999999', 400, 'since'],
    'a prototype': ['/v1/events?__proto__=1', 400, '__proto__'],
    'a broken escape': ['/v1/clusters/%E0%A4%A', 400],
  };
  for (const [what, [url, status, field]] of Object.entries(FAULTS))
    test(`refused: ${what}`, async () => {
      const { app } = await rig();
      const answer = await app.inject({ url });
      expect(answer.statusCode).toBe(status);
      const problem = problemIn(answer);
      expect(problem.errors?.map((one) => one.field)).toEqual(field === undefined ? undefined : [field]);
    });

  test('a fault names the value and what is allowed', async () => {
    const { app } = await rig();
    const messageOf = async (url: string) => problemIn(await app.inject({ url })).errors?.[0]?.message;
    expect(await messageOf('/v1/loss?kind=rack&name=a')).toBe('must be one of machine, datacenter, pod; it is "rack"');
    expect(await messageOf('/v1/events?limit=1001')).toBe('must be at most 1000; it is "1001"');
    expect(await messageOf('/v1/clusters/1st')).toContain('begins with a letter');
  });

  test('a path or method that is not there: 404, or 405 with those that are', async () => {
    const { app } = await rig();
    const put = await app.inject({ method: 'PUT', url: '/v1/clusters/User.id', headers: { accept: 'text/html' } });
    expect([put.statusCode, put.headers.allow]).toEqual([405, 'GET, HEAD, PATCH, DELETE']);
    problemIn(put);
    expect((await app.inject({ method: 'OPTIONS', url: '/v1/clusters' })).statusCode).toBe(405);
    expect((await app.inject({ method: 'DELETE', url: '/nothing' })).statusCode).toBe(404);
    expect((await app.inject({ method: 'HEAD', url: '/v1/map' })).statusCode).toBe(200);
    expect((await app.inject({ method: 'HEAD', url: '/v1/stream' })).statusCode).toBe(405);
  });

  test('clients of a partition are told to people only, also where reading is open', async () => {
    const { app, fake } = await rig();
    const url = '/v1/partitions/User.id::0/clients';
    const refused = await app.inject({ url });
    expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Bearer realm="cachefarm"']);
    const told = await app.inject({ url, headers: bearer(TOKEN.reader) });
    expect(shapes.clientsSchema.parse(told.json())).toEqual(told.json());
    expect(told.json().clients).toHaveLength(1);
    const [client] = fake.control.clients;
    fake.control.clients = Array.from({ length: 1_001 }, () => ({ ...client, name: 'x' }) as never);
    const many = (await app.inject({ url, headers: bearer(TOKEN.reader) })).json();
    expect([many.clients.length, many.truncated]).toEqual([1_000, true]);
    fake.control.away = true;
    expect((await app.inject({ url, headers: bearer(TOKEN.reader) })).statusCode).toBe(503);
  });

  test('what breaks is told to the log and not to the client', async () => {
    const { app, fake } = await rig();
    fake.control.rebalance = async () => {
      throw new Error('password=hunter2');
    };
    const answer = await app.inject({ url: '/v1/rebalance' });
    expect(answer.statusCode).toBe(500);
    expect(problemIn(answer).detail).not.toContain('hunter2');
    expect(fake.failures).toMatchObject([{ request: 'GET /v1/rebalance', error: { message: 'password=hunter2' } }]);
  });
});
