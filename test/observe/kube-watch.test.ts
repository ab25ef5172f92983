import { afterEach, describe, expect, test } from '@jest/globals';
import { record, text } from '../../src/farm/loose.js';
import { KubeWatch, type WatchTimes } from '../../src/observe/kube-watch.js';
import { until } from '../local/until.js';
import {
  type Answer,
  bookmark,
  ending,
  event,
  gone,
  item,
  list,
  refused,
  reset,
  ScriptedApi,
  silent,
  stalled,
  watching,
} from './scripted-api.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Watched {
  readonly api: ScriptedApi;
  readonly watch: KubeWatch<string>;
  /** names that are remembered */
  names(): readonly string[];
  changes(): number;
}

/** A watch of an API server with a script; what is remembered of an object is its name and its label `is`. */
async function watched(script: readonly Answer[], times: WatchTimes = {}): Promise<Watched> {
  const api = await new ScriptedApi(...script).start();
  let changes = 0;
  const watch = new KubeWatch<string>({
    endpoint: api,
    listing: { path: '/api/v1/nodes', labelSelector: 'farm=small' },
    keep: ({ metadata }) =>
      [record(metadata).name, record(record(metadata).labels).is].flatMap((x) => text(x) ?? []).join(),
    changed: () => {
      changes++;
    },
    times: { chance: () => 0, ...times },
  });
  ends.push(
    () => api.stop(),
    () => watch.stop(),
  );
  watch.start();
  return { api, watch, names: () => watch.items, changes: () => changes };
}

const gap = (api: ScriptedApi, from: number): number => (api.asked[from + 1]?.at ?? 0) - (api.asked[from]?.at ?? 0);
const queryOf = (api: ScriptedApi, i: number): Record<string, string> =>
  Object.fromEntries(api.asked[i]?.url.searchParams ?? []);

describe('a list that is watched', () => {
  test('is listed by pages, then watched from its version on, with bookmarks and an end', async () => {
    const { api, names } = await watched([list(7, [item('y', 3), item('x', 4)]), watching()], { pageSize: 2 });
    await until('the watch', () => api.asked.length === 2);
    expect(names()).toEqual(['x', 'y']);
    expect(queryOf(api, 0)).toEqual({ labelSelector: 'farm=small', limit: '2' });
    expect(queryOf(api, 1)).toEqual({
      labelSelector: 'farm=small',
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '7',
      timeoutSeconds: '45',
    });
  });

  test('events add, change and delete; each tells that something changed', async () => {
    const { api, names, changes } = await watched([list(7, [item('x', 4), item('y', 3)]), watching()]);
    await until('the watch', () => api.asked.length === 2);
    api.tell(event('ADDED', item('z', 8)), event('MODIFIED', item('x', 9, { labels: { is: 'new' } })));
    api.tell(event('DELETED', item('y', 10)));
    await until('all of it', () => changes() === 4);
    expect(names()).toEqual(['x,new', 'z']);
  });

  test('events cut anywhere, inside a character too, are put together again', async () => {
    const { api, names } = await watched([list(1, []), watching()]);
    await until('the watch', () => api.asked.length === 2);
    const bytes = Buffer.from(event('ADDED', item('x', 2, { labels: { is: 'grüße' } })) + event('ADDED', item('y', 3)));
    for (const byte of bytes) api.tell(Buffer.of(byte));
    await until('both', () => names().length === 2);
    expect(names()).toEqual(['x,grüße', 'y']);
  });

  test('the same event twice changes nothing, and neither does one in which nothing that is remembered differs', async () => {
    const { api, changes, watch } = await watched([list(7, [item('x', 4)]), watching()]);
    await until('the watch', () => api.asked.length === 2);
    const before = watch.items;
    api.tell(event('ADDED', item('x', 4)), event('MODIFIED', item('x', 8, { heartbeat: 'now' })));
    api.tell(event('DELETED', item('never-there', 9)), event('DELETED', { metadata: { name: 'x', uid: 'of-old' } }));
    const at = watch.freshAt ?? 0;
    await until('they are heard', () => (watch.freshAt ?? 0) > at);
    api.tell(event('ADDED', item('y', 10)), event('ADDED', item('y', 10)));
    await until('a change', () => watch.items !== before);
    expect([changes(), watch.items]).toEqual([2, ['x', 'y']]);
  });

  test('a name that is deleted and made anew is told, though all that is remembered is the same', async () => {
    const { api, changes } = await watched([list(7, [item('x', 4)]), watching()]);
    await until('the watch', () => api.asked.length === 2);
    api.tell(event('ADDED', { metadata: { name: 'x', uid: 'second', resourceVersion: '9' } }));
    await until('it is told', () => changes() === 2);
  });

  test('bookmarks alone: nothing changes, the memory is fresh, and the next watch goes on from the last of them', async () => {
    const { api, watch, changes } = await watched([
      list(7, [item('x', 4)]),
      ending(1_200, bookmark(50)),
      watching(bookmark(60)),
    ]);
    await until('the next watch', () => api.asked.length === 3);
    expect(api.kinds).toEqual(['list', 'watch 7', 'watch 50']);
    await until('the bookmark', () => performance.now() - (watch.freshAt ?? 0) < 100);
    expect([changes(), watch.lost]).toEqual([1, undefined]);
  });

  test('an end in time is followed by the next watch from where it was, without a word in between too', async () => {
    const { api } = await watched([list(7, []), ending(1_100), watching()]);
    await until('the next watch', () => api.asked.length === 3);
    expect(api.kinds).toEqual(['list', 'watch 7', 'watch 7']);
  });
});

describe('a list of several pages', () => {
  const first = list(7, [item('x', 1)], 'more');

  test('is read to the end', async () => {
    const { api, names } = await watched([first, list(7, [item('y', 2)], 'last'), list(7, [item('z', 3)]), watching()]);
    await until('the watch', () => api.asked.length === 4);
    expect(api.kinds).toEqual(['list', 'list continue=more', 'list continue=last', 'watch 7']);
    expect(names()).toEqual(['x', 'y', 'z']);
  });

  test('that expires in the middle is read again in one piece', async () => {
    const { api, names } = await watched([first, refused(410), list(9, [item('z', 8)]), watching()]);
    await until('the watch', () => api.asked.length === 4);
    expect(api.kinds).toEqual(['list', 'list continue=more', 'list all', 'watch 9']);
    expect(names()).toEqual(['z']);
  });

  test('that breaks off in the middle leaves what was known before', async () => {
    const whole = list(7, [item('x', 1), item('y', 2)]);
    const { api, names } = await watched([whole, reset(), first, stalled, whole, watching()], { answerMs: 200 });
    await until('the last watch', () => api.asked.length === 6);
    expect(api.kinds).toEqual(['list', 'watch 7', 'list', 'list continue=more', 'list', 'watch 7']);
    expect(names()).toEqual(['x', 'y']);
  });
});

describe('whatever ends a watch, all is listed again and what was deleted meanwhile is noticed', () => {
  test.each<[string, Answer]>([
    ['410 Gone as the answer', refused(410)],
    ['410 Gone as an event', ending(5, gone)],
    ['500', refused(500)],
    ['504: the version is ahead of this API server', refused(504)],
    ['403', refused(403)],
    ['a reset', reset()],
    ['a reset in the middle of an event', reset('{"type":"MODIF')],
    ['an end in the middle of an event', ending(5, event('ADDED', item('x', 8)).slice(0, 40))],
    ['a line that is no JSON', watching('<html>504 Gateway Time-out</html>\n')],
    ['an event of a type that is not known', watching(event('RENAMED', item('x', 8)))],
    ['an object without a name', watching(event('ADDED', {}))],
    ['an end as soon as it began', ending(0)],
    ['a proxy that takes the request and never answers', silent],
  ])('%s', async (_, failure) => {
    const { api, names, watch, changes } = await watched(
      [list(7, [item('x', 4), item('y', 3)]), failure, list(9, [item('x', 4)]), watching()],
      { answerMs: 300 },
    );
    await until('the new watch', () => api.asked.length === 4);
    expect(api.kinds).toEqual(['list', 'watch 7', 'list', 'watch 9']);
    expect([names(), changes()]).toEqual([['x'], 2]);
    await until('it is in touch again', () => watch.lost === undefined);
  });

  test('half-open: no byte for longer than the watch may last', async () => {
    const times = { watchSeconds: 1, slackMs: 200 };
    const { api, names } = await watched([list(7, [item('x', 4)]), watching(), list(9, []), watching()], times);
    await until('it is listed again', () => api.kinds[2] === 'list');
    expect(gap(api, 1)).toBeGreaterThan(1_150);
    await until('what is gone is noticed', () => names().length === 0);
  });
});

describe('a list that fails', () => {
  test.each<[string, Answer]>([
    ['500', refused(500)],
    ['no answer', silent],
    ['an answer that stops in the middle', stalled],
    ['an answer that is cut off', reset('{"metadata":{')],
    ['an answer cut off that looks whole to HTTP', ending(0, '{"metadata":{"resourceVersion":"7"},"items":[')],
    ['an answer that is no list', ending(0, '{"kind":"Status"}')],
  ])('%s: it is tried again, and the reason is told meanwhile', async (_, failure) => {
    const { api, watch, names } = await watched([failure, list(9, [item('x', 4)]), watching()], { answerMs: 200 });
    await watch.firstOutcome;
    expect(watch.lost?.why).toMatch(/./);
    expect(watch.freshAt).toBeUndefined();
    await until('the watch', () => api.kinds.at(-1) === 'watch 9');
    expect([names(), watch.lost]).toEqual([['x'], undefined]);
  });

  test('429: whoever asks for time gets it', async () => {
    const { api } = await watched([refused(429, { 'retry-after': '1' }), list(9, []), watching()]);
    await until('the watch', () => api.asked.length === 3);
    expect(gap(api, 0)).toBeGreaterThanOrEqual(1_000);
  });

  test('429 of a watch: the list after it waits as well', async () => {
    const { api } = await watched([list(7, []), refused(429, { 'retry-after': '1' }), list(9, []), watching()]);
    await until('the watch', () => api.asked.length === 4);
    expect(gap(api, 1)).toBeGreaterThanOrEqual(1_000);
  });

  test('each failure doubles the rest, also when lists succeed and only watches fail', async () => {
    const { api } = await watched([list(7, []), refused(500), list(7, []), refused(500), list(7, []), refused(500)]);
    await until('three rounds', () => api.asked.length === 6);
    const [first, second] = [gap(api, 1), gap(api, 3)];
    expect(first).toBeGreaterThanOrEqual(120);
    expect(second).toBeGreaterThanOrEqual(245);
  });
});

describe('an end', () => {
  test.each<[string, readonly Answer[]]>([
    ['while it watches', [list(7, []), watching()]],
    ['while it waits for an answer', [silent]],
    ['while it reads a list', [stalled]],
    ['while it rests', [refused(429, { 'retry-after': '60' })]],
  ])('%s closes every connection, at once', async (_, script) => {
    const { api, watch } = await watched(script);
    await until('all is asked', () => api.asked.length === script.length);
    const from = performance.now();
    await watch.stop();
    await watch.firstOutcome;
    expect(performance.now() - from).toBeLessThan(2_000);
    await until('the connections are closed', () => api.connections === 0);
    expect(api.asked.length).toBe(script.length);
  });
});
