import { describe, expect, test } from '@jest/globals';
import { topologySchema } from '../../src/api/schemas.js';
import { put } from '../builders/placed-farm.js';
import { problemOf, started, TOPOLOGY, tagOf } from './addresses-served.js';

describe('long poll', () => {
  test('waits for a change, and has it', async () => {
    const { seen, get } = await started();
    const tag = tagOf(await get(TOPOLOGY));
    const waiting = get(`${TOPOLOGY}?wait=30`, { 'if-none-match': tag });
    // Other cache clusters, and looks that see the same, do not end it.
    await get('/v1/sentinels');
    seen.look();
    put(seen.imaginary, 'User.id', 0, seen.idle());
    seen.look();
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(tagOf(answer)).not.toBe(tag);
    const { partitions } = topologySchema.parse(await answer.json());
    expect(partitions[0]?.address).toBe(seen.at('User.id::0').address);
  });

  test('ends when its time is over, as it would have without', async () => {
    const { get } = await started();
    const tag = tagOf(await get(TOPOLOGY));
    const began = performance.now();
    const answer = await get(`${TOPOLOGY}?wait=0.2`, { 'if-none-match': tag });
    expect(answer.status).toBe(304);
    expect(performance.now() - began).toBeGreaterThanOrEqual(190);
  });

  test.each([
    ['without a tag', {}],
    ['with another tag', { 'if-none-match': 'W/"other"' }],
  ])('%s it does not wait', async (_what, headers: Record<string, string>) => {
    const { get } = await started();
    expect((await get(`${TOPOLOGY}?wait=60`, headers)).status).toBe(200);
  });

  test('a cache cluster that is deleted meanwhile: 404', async () => {
    const { seen, get } = await started();
    const tag = tagOf(await get(TOPOLOGY));
    const waiting = get(`${TOPOLOGY}?wait=30`, { 'if-none-match': tag });
    await get('/v1/sentinels');
    seen.declare((all) => all.filter(({ clusterName }) => clusterName !== 'User.id'));
    seen.look();
    expect((await problemOf(await waiting)).status).toBe(404);
  });

  test.each(['61', '-1', 'soon', 'NaN', 'Infinity', '1e9', '1&wait=2'])('wait=%s: 400', async (wait) => {
    const { get } = await started();
    const answer = await get(`${TOPOLOGY}?wait=${wait}`, { 'if-none-match': '*' });
    expect(answer.status).toBe(400);
    expect((await problemOf(answer)).errors?.[0]?.field).toBe('wait');
  });

  test('is sent home when the server closes', async () => {
    const { get, served } = await started();
    const tag = tagOf(await get(TOPOLOGY));
    const waiting = get(`${TOPOLOGY}?wait=60`, { 'if-none-match': tag });
    await get('/v1/sentinels');
    await served.app.close();
    expect((await waiting).status).toBe(304);
  });
});
