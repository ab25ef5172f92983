import { afterEach, describe, expect, test } from '@jest/globals';
import type { FarmFrame } from '../../src/farm/model.js';
import { type EyesOptions, watchEndpoints } from '../../src/observe/kube-eyes.js';
import { until } from '../local/until.js';
import { type Answer, item, list, ready, refused, ScriptedApi, silent, watching } from './scripted-api.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const frame = { name: 'small', namespace: 'cachefarm', datacenters: [{ name: 'a' }], tiers: [], sentinelGroups: [] };
/** Often, and patient: a busy machine is not to look like an API server that is away. */
const FAST = { everyMs: 50, againMs: 50, answerMs: 2_000 };

/** Eyes on an API server that answers lists and watches as `serve` says. */
async function eyes(serve: Answer, options: Partial<EyesOptions> = {}) {
  const api = await new ScriptedApi(serve).start();
  const opened = watchEndpoints(frame as unknown as FarmFrame, [api], {
    changed: () => undefined,
    graceMs: 0,
    pulse: FAST,
    ...options,
  });
  ends.push(
    () => api.stop(),
    () => opened.stop(),
  );
  const [source] = opened.sources;
  return {
    api,
    problem: async () => (await source?.read())?.problem,
    sight: () => opened.sights()[0],
    watches: () => api.kinds.filter((kind) => kind.startsWith('watch')).length,
    lists: () => api.kinds.filter((kind) => kind === 'list').length,
  };
}

const whole: Answer = (response, url) =>
  (url.searchParams.has('watch') ? watching() : list(7, [item('x', 1)]))(response, url);

describe('the pulse of an API server', () => {
  test('is felt at its own rate; as long as it is there, nothing is listed or watched anew', async () => {
    const { api, sight, problem, watches } = await eyes(whole);
    await until('ten beats', () => api.pulses.length >= 10);
    expect(await problem()).toBeUndefined();
    expect([watches(), sight()?.inSync, sight()?.requests]).toEqual([3, true, 6]);
  });

  test('is missing twice: the API server hangs, though its watches are as silent as ever', async () => {
    const { api, problem, watches, lists } = await eyes(whole, { pulse: { ...FAST, answerMs: 500 } });
    await until('all watches', () => watches() === 3);
    api.ready = silent;
    await until('it is out of touch', async () => (await problem()) !== undefined);
    expect(await problem()).toMatch(/^out of touch since .*: no answer within 0.5 s$/);
    api.ready = ready;
    await until('it is in touch again', async () => (await problem()) === undefined);
    // What they have missed is asked for from where they were: nothing is listed.
    await until('watches are begun anew', () => watches() >= 6);
    expect(new Set(api.kinds)).toEqual(new Set(['list', 'watch 7']));
    expect(lists()).toBe(3);
  });

  test('is missing once: nothing follows', async () => {
    const { api, problem, watches } = await eyes(whole, { pulse: { ...FAST, answerMs: 1_000 } });
    await until('all watches', () => watches() === 3);
    let missed = 0;
    api.ready = (response, url) => (missed++ === 0 ? silent : ready)(response, url);
    await until('it is asked again', () => missed > 3);
    expect([await problem(), watches()]).toEqual([undefined, 3]);
  });

  test.each([401, 403, 404, 429])('is a refusal with %d: it is there', async (code) => {
    const { api, problem, watches } = await eyes(whole);
    api.ready = refused(code);
    const from = api.pulses.length;
    await until('some beats', () => api.pulses.length > from + 5);
    expect([await problem(), watches()]).toEqual([undefined, 3]);
  });

  test('says not ready: what is watched counts, and once it is ready nobody sits out a rest', async () => {
    let broken = true;
    const away = refused(500);
    const serve: Answer = (response, url) => (broken ? away : whole)(response, url);
    const { api, sight, lists } = await eyes(serve, { times: { rest: () => 60_000 } });
    api.ready = refused(500);
    await until('all lists have failed', () => lists() === 3);
    const from = api.pulses.length;
    await until('it said so', () => api.pulses.length > from + 2);
    broken = false;
    api.ready = ready;
    await until('all is watched', () => sight()?.inSync);
    expect(lists()).toBe(6);
  });

  test('does not hurry an API server that has asked for time', async () => {
    const { api, lists } = await eyes(refused(429, { 'retry-after': '60' }));
    api.ready = refused(500);
    await until('all lists were refused', () => lists() === 3);
    const from = api.pulses.length;
    await until('it said that it is not ready', () => api.pulses.length > from + 2);
    api.ready = ready;
    const since = api.pulses.length;
    await until('it said that it is', () => api.pulses.length > since + 5);
    expect(lists()).toBe(3);
  });
});
