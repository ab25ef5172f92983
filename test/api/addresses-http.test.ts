import { describe, expect, test } from '@jest/globals';
import { nodesSchema, sentinelsSchema, topologySchema } from '../../src/api/schemas.js';
import { put } from '../builders/placed-farm.js';
import { problemOf, started, TOPOLOGY, tagOf } from './addresses-served.js';

describe('GET topology', () => {
  test('answers its schema, with an entity tag that has to be asked about', async () => {
    const { get } = await started();
    const answer = await get(TOPOLOGY);
    expect(answer.status).toBe(200);
    expect(topologySchema.parse(await answer.json()).partitions).toHaveLength(6);
    expect(tagOf(answer)).toMatch(/^W\/"[\w-]{22}"$/);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      age: '0',
    });
  });

  test.each([
    ['the tag as it was given', (tag: string) => tag, 304],
    ['the same as a strong one', (tag: string) => tag.slice(2), 304],
    ['among others', (tag: string) => `"other" , ${tag},W/"third"`, 304],
    ['anything', () => '*', 304],
    ['another one', () => 'W/"other"', 200],
    ['a part of it', (tag: string) => tag.slice(0, -2), 200],
    ['nothing', () => '', 200],
    ['what is no tag', () => '",,,"\\', 200],
  ])('If-None-Match with %s', async (_what, headerOf, status) => {
    const { get } = await started();
    const tag = tagOf(await get(TOPOLOGY));
    const answer = await get(TOPOLOGY, { 'if-none-match': headerOf(tag) });
    expect(answer.status).toBe(status);
    expect(tagOf(answer)).toBe(tag);
    const body = await answer.text();
    expect(body === '').toBe(status === 304);
  });

  test('its tag stays while only its age is another', async () => {
    const { seen, get } = await started();
    const tag = tagOf(await get(TOPOLOGY));
    seen.clock += 9_500;
    seen.trouble = 'cannot look';
    const answer = await get(TOPOLOGY, { 'if-none-match': tag });
    expect(answer.status).toBe(304);
    expect(answer.headers.get('age')).toBe('9');
    expect(answer.headers.get('warning')).toBe('110 cachefarm "Response is Stale"');
  });

  test('says how old it is, and why', async () => {
    const { seen, get } = await started();
    seen.clock += 2_500;
    const fresh = await get(TOPOLOGY);
    expect(fresh.headers.has('warning')).toBe(false);
    expect(topologySchema.parse(await fresh.json()).freshness).toMatchObject({ ageMs: 2_500, stale: false });
    seen.trouble = 'Sentinel does not answer';
    const stale = await get(TOPOLOGY);
    expect(topologySchema.parse(await stale.json()).freshness).toMatchObject({
      ageMs: 2_500,
      stale: true,
      why: 'Sentinel does not answer',
    });
    expect(stale.headers.get('warning')).toMatch(/^110 /);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const { get } = await started();
    const [whole, head] = [await get(TOPOLOGY), await get(TOPOLOGY, {}, 'HEAD')];
    expect(head.status).toBe(200);
    expect(tagOf(head)).toBe(tagOf(whole));
    expect(head.headers.get('content-length')).toBe(String((await whole.text()).length));
    expect(await head.text()).toBe('');
    expect((await get(TOPOLOGY, { 'if-none-match': tagOf(whole) }, 'HEAD')).status).toBe(304);
  });

  test.each(['?watch', '?wait=60'])('HEAD with %s ends at once', async (query) => {
    const { get } = await started();
    const tag = tagOf(await get(TOPOLOGY));
    const answer = await get(`${TOPOLOGY}${query}`, { 'if-none-match': tag }, 'HEAD');
    expect(answer.status).toBe(304);
  });

  test.each(['POST', 'PUT', 'DELETE'])('%s is not for addresses', async (method) => {
    const { get } = await started();
    expect([404, 405]).toContain((await get(TOPOLOGY, {}, method)).status);
  });
});

describe('names', () => {
  test('one that is not there: 404 with the nearest', async () => {
    const { get } = await started();
    const answer = await get('/v1/clusters/user.ids/topology');
    expect(answer.status).toBe(404);
    expect(await problemOf(answer)).toMatchObject({
      status: 404,
      detail: 'there is no cache cluster user.ids; did you mean User.id?',
    });
  });

  test('so many that are not there do not cost all the time: the hint is left out', async () => {
    const { get } = await started();
    const details = await Promise.all(
      Array.from({ length: 30 }, async () => (await problemOf(await get('/v1/clusters/User.idd/topology'))).detail),
    );
    expect(details.filter((detail) => detail.includes('did you mean'))).toHaveLength(20);
  });

  test.each([
    ['spaces', 'User%20id'],
    ['a slash', 'User%2Fid'],
    ['dots that climb', '..%2F..%2Fetc'],
    ['a digit first', '1User'],
    ['a line break', 'User%0Aid'],
    ['zero', 'User%00'],
    ['64 characters', 'U'.repeat(64)],
    ['another script', '%EC%BA%90%EC%8B%9C'],
    ['the name of a partition', 'User.id%3A%3A0'],
    ['__proto__', '__proto__'],
  ])('%s: 400 that names the field', async (_what, name) => {
    const { get } = await started();
    for (const path of [`/v1/clusters/${name}/topology`, `/cluster/nodes?clusterName=${name}`]) {
      const answer = await get(path);
      expect(answer.status).toBe(400);
      const { errors } = await problemOf(answer);
      expect(errors?.map(({ field }) => field)).toEqual([path.startsWith('/v1') ? 'name' : 'clusterName']);
    }
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])('%s is a name like others, and not there', async (name) => {
    const { get } = await started();
    expect((await get(`/v1/clusters/${name}/topology`)).status).toBe(404);
  });

  test.each([
    ['broken percent', '/v1/clusters/%E0%A4%A/topology'],
    ['a very long one', `/v1/clusters/${'a'.repeat(5_000)}/topology`],
    ['none', '/cluster/nodes'],
    ['two', '/cluster/nodes?clusterName=User.id&clusterName=Chat.room'],
  ])('%s: a 4xx', async (_what, path) => {
    const { get } = await started();
    const { status } = await get(path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});

describe('a farm that has never been seen', () => {
  test.each([
    TOPOLOGY,
    '/cluster/nodes?clusterName=User.id',
    '/v1/sentinels',
    `${TOPOLOGY}?watch`,
    `${TOPOLOGY}?wait=1`,
  ])('%s: 503, come again', async (path) => {
    const { get } = await started({ blind: true });
    const answer = await get(path);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await problemOf(answer)).detail).toMatch(/has not been seen yet/);
  });

  test('is answered as soon as it is seen', async () => {
    const { seen, get } = await started({ blind: true });
    seen.look();
    expect((await get(TOPOLOGY)).status).toBe(200);
  });
});

describe('GET /cluster/nodes', () => {
  const NODES = '/cluster/nodes?clusterName=User.id';

  test('ip and port by index, and an entity tag', async () => {
    const { seen, get } = await started();
    const answer = await get(NODES);
    const nodes = nodesSchema.parse(await answer.json());
    expect(nodes).toHaveLength(6);
    const { address } = seen.at('User.id::4');
    expect(`${nodes[4]?.ip}:${nodes[4]?.port}`).toBe(address);
    expect((await get(NODES, { 'if-none-match': tagOf(answer) })).status).toBe(304);
  });

  test('a partition that nobody serves keeps its place in the list', async () => {
    const { seen, get } = await started();
    const before = await (await get(NODES)).json();
    Object.assign(seen.at('User.id::2').state, { up: false, refused: true });
    seen.look();
    expect(await (await get(NODES)).json()).toEqual(before);
    const topology = topologySchema.parse(await (await get(TOPOLOGY)).json());
    expect(topology.partitions[2]?.address).toBeNull();
  });

  test('another address is another tag', async () => {
    const { seen, get } = await started();
    const tag = tagOf(await get(NODES));
    put(seen.imaginary, 'User.id', 1, seen.idle());
    seen.look();
    expect((await get(NODES, { 'if-none-match': tag })).status).toBe(200);
  });

  test('a list with a hole would lead keys astray: 503 until all have an address', async () => {
    const { seen, get } = await started();
    seen.declare((all) => all.map((one) => (one.clusterName === 'User.id' ? { ...one, clusterSize: 7 } : one)));
    seen.look();
    const answer = await get(NODES);
    expect(answer.status).toBe(503);
    expect((await problemOf(answer)).detail).toMatch(/^User\.id::6 has no address yet/);
    put(seen.imaginary, 'User.id', 6, seen.idle());
    seen.look();
    expect(nodesSchema.parse(await (await get(NODES)).json())).toHaveLength(7);
  });
});

test('GET /v1/sentinels: each group with its sentinels, and an entity tag', async () => {
  const { seen, get } = await started();
  const answer = await get('/v1/sentinels');
  const groups = sentinelsSchema.parse(await answer.json());
  expect(groups.map(({ group, sentinels }) => [group, sentinels.length])).toEqual([
    ['main-0', 3],
    ['replicated-0', 3],
  ]);
  const again = { 'if-none-match': tagOf(answer) };
  expect((await get('/v1/sentinels', again)).status).toBe(304);
  seen.sentinels({ up: false });
  seen.look();
  const down = await get('/v1/sentinels', again);
  expect(down.status).toBe(200);
  expect(
    sentinelsSchema
      .parse(await down.json())
      .flatMap(({ sentinels }) => sentinels)
      .every(({ up }) => !up),
  ).toBe(true);
});

test('where reading is not open, nobody reads addresses without a token', async () => {
  const { get } = await started({ token: 'good' });
  for (const path of [TOPOLOGY, `${TOPOLOGY}?watch`, '/cluster/nodes?clusterName=User.id', '/v1/sentinels']) {
    expect((await get(path)).status).toBe(401);
    expect((await get(path, { authorization: 'Bearer bad' })).status).toBe(401);
  }
  expect((await get(TOPOLOGY, { authorization: 'Bearer good' })).status).toBe(200);
});
