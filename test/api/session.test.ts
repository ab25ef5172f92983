import { describe, expect, test } from '@jest/globals';
import { RATE } from '../../src/api/rate-limits.js';
import { TOKEN } from '../builders/fake-api-parts.js';
import { eventually } from './addresses-rig.js';
import { type Asked, bearer, page, problemIn, rig } from './api-rig.js';

const ours = (headers: Record<string, string> = {}) => {
  const { cookie: _, ...rest } = page('');
  return { ...rest, ...headers };
};
const login = (token: unknown, headers: Record<string, string> = {}): Asked => ({
  method: 'POST',
  url: '/v1/session',
  headers: ours(headers),
  payload: { token },
});

describe('log-in', () => {
  test('sets a cookie that no script reads and no foreign page sends; with it he is known', async () => {
    const { app, fake } = await rig();
    const answer = await app.inject(login(TOKEN.admin));
    expect(answer.json()).toEqual({
      user: 'ann',
      groups: ['operators'],
      may: { read: true, change: true, drain: true },
      openReading: true,
    });
    expect(answer.headers['set-cookie']).toEqual([
      'cachefarm-session=admin-token; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict',
    ]);
    const who = await app.inject({ url: '/v1/session', headers: { cookie: 'cachefarm-session=admin-token' } });
    expect(who.json()).toMatchObject({ user: 'ann' });
    expect(fake.audits).toMatchObject([{ what: 'log-in', who: 'ann', subject: 'ann', status: 200 }]);
    expect(JSON.stringify(fake.audits)).not.toContain(TOKEN.admin);
  });

  test('by https, also where a proxy ends it: the cookie goes by https only', async () => {
    const { app } = await rig();
    const answer = await app.inject(login(TOKEN.admin, { origin: 'https://farm.example' }));
    expect(answer.headers['set-cookie']?.[0]).toContain('; Secure');
  });

  test('log-out takes the cookie away', async () => {
    const { app } = await rig();
    const answer = await app.inject({ method: 'DELETE', url: '/v1/session', headers: page(TOKEN.admin) });
    expect(answer.json()).toMatchObject({ user: null, may: { change: false } });
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^cachefarm-session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/,
    );
  });

  test('who is there: nobody, also for a token that ended; its cookie is left for a log-in to write over', async () => {
    const { app } = await rig();
    expect((await app.inject({ url: '/v1/session' })).json()).toMatchObject({ user: null, may: { read: true } });
    const ended = await app.inject({ url: '/v1/session', headers: { cookie: 'cachefarm-session=ended' } });
    expect([ended.statusCode, ended.json().user]).toEqual([200, null]);
    expect(ended.headers['set-cookie']).toBeUndefined();
    const reader = await app.inject({ url: '/v1/session', headers: bearer(TOKEN.reader) });
    expect(reader.json()).toMatchObject({ user: 'rob', may: { read: true, change: false, drain: false } });
  });

  const REFUSED: Readonly<Record<string, readonly [Asked, number]>> = {
    'a token that is nobody’s': [login('wrong'), 401],
    'no token': [login(''), 400],
    'a token that is a number': [login(7), 400],
    'a token with line ends': [login('a\r\nset-cookie: x'), 422],
    'a token of strange letters': [login('tökén'), 422],
    'a token that fits no cookie': [login('x'.repeat(3_901)), 422],
    'a token that is no token': [login('x'.repeat(16_385)), 400],
    'a foreign page': [login(TOKEN.admin, { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }), 403],
    'no page': [{ ...login(TOKEN.admin), headers: {} }, 403],
    'a form': [
      {
        ...login(TOKEN.admin),
        headers: ours({ 'content-type': 'application/x-www-form-urlencoded' }),
        payload: 'token=admin-token',
      },
      415,
    ],
  };
  for (const [what, [asked, status]] of Object.entries(REFUSED))
    test(`refused and told: ${what}`, async () => {
      const { app, fake } = await rig();
      const answer = await app.inject(asked);
      expect(answer.statusCode).toBe(status);
      problemIn(answer);
      expect(answer.body).not.toContain('xxx');
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(fake.audits).toMatchObject([{ what: 'log-in-refused', who: 'nobody', status }]);
    });

  test('nobody can be asked: 503, and nobody gets in', async () => {
    const { app, fake } = await rig();
    fake.gate.away = true;
    for (const asked of [login(TOKEN.admin), { url: '/v1/session', headers: bearer(TOKEN.admin) }]) {
      const answer = await app.inject(asked);
      expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([503, undefined]);
      problemIn(answer);
    }
  });

  test('who guesses is stopped before Kubernetes is asked; who was good from there is not', async () => {
    const { app, fake } = await rig();
    await app.inject(login(TOKEN.reader));
    for (let i = 0; i < RATE.failedTries; i++) expect((await app.inject(login(`guess${i}`))).statusCode).toBe(401);
    const { asked } = fake.gate;
    const stopped = await app.inject(login('guess'));
    expect([stopped.statusCode, stopped.headers['retry-after']]).toEqual([429, '60']);
    problemIn(stopped);
    expect((await app.inject({ url: '/v1/session', headers: bearer('guess') })).statusCode).toBe(429);
    expect((await app.inject(login(TOKEN.admin))).statusCode).toBe(429);
    expect(fake.gate.asked).toBe(asked);
    const good = { url: '/v1/session', headers: bearer(TOKEN.reader) };
    expect((await app.inject(good)).json()).toMatchObject({ user: 'rob' });
    // A token that ends is a guess like any other from then on.
    fake.gate.people.delete(TOKEN.reader);
    expect((await app.inject(good)).json()).toMatchObject({ user: null });
    fake.time += 10_000;
    expect((await app.inject(good)).statusCode).toBe(429);
  });

  test('guesses that come at once are counted as those that come in a row', async () => {
    const { app, fake } = await rig();
    const { who } = fake.gate;
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    fake.gate.who = async (token) => {
      const person = await who.call(fake.gate, token);
      await slow;
      return person;
    };
    const statusOf = (token: string) => app.inject(login(token)).then(({ statusCode }) => statusCode);
    const guesses = Array.from({ length: 6 * RATE.failedTries }, (_, i) => statusOf(`guess${i}`));
    await eventually('as many to be asked about as may fail', () => fake.gate.asked === RATE.failedTries);
    answer();
    const statuses = await Promise.all(guesses);
    expect(statuses.filter((status) => status === 401)).toHaveLength(RATE.failedTries);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5 * RATE.failedTries);
    expect(fake.gate.asked).toBe(RATE.failedTries);
  });

  test('many who log in at once from one address all come in', async () => {
    const { app, fake } = await rig();
    const tokens = Array.from({ length: 4 * RATE.failedTries }, (_, i) => `good${i}`);
    for (const token of tokens) fake.gate.people.set(token, { user: token, groups: [], may: ['read'] });
    const answers = await Promise.all(['wrong', ...tokens].map((token) => app.inject(login(token))));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, ...tokens.map(() => 200)]);
  });

  test('a page with the cookie of yesterday is no guesser: its token counts once, and is asked about once in 10 s', async () => {
    const { app, fake } = await rig();
    const old = { url: '/v1/session', headers: { cookie: 'cachefarm-session=yesterday' } };
    for (let i = 0; i < 3 * RATE.failedTries; i++) expect((await app.inject(old)).json()).toMatchObject({ user: null });
    expect(fake.gate.asked).toBe(1);
    expect((await app.inject(login(TOKEN.admin))).statusCode).toBe(200);
    fake.time += 10_000;
    await app.inject(old);
    expect(fake.gate.asked).toBe(3);
    for (let i = 0; i < 2 * RATE.failedTries; i++) {
      fake.time += 10_000;
      expect((await app.inject(old)).json()).toMatchObject({ user: null });
    }
    expect((await app.inject(login(TOKEN.owner))).statusCode).toBe(200);
  });
});

describe('reading by token', () => {
  test('where reading is not open: nobody 401, who may not 403, who may 200; log-in and its question are open', async () => {
    const { app } = await rig({ openReading: false });
    const URLS = [
      '/v1/health',
      '/v1/map',
      '/v1/events',
      '/v1/clusters/User.id/topology',
      '/v1/sentinels',
      '/cluster/nodes?clusterName=User.id',
      '/openapi.json',
    ];
    for (const url of [...URLS, '/v1/stream']) {
      const statusOf = async (headers: Asked['headers']) => {
        const answer = await app.inject({ url, headers: headers ?? {} });
        if (answer.statusCode !== 200) problemIn(answer);
        return answer.statusCode;
      };
      expect([url, await statusOf({})]).toEqual([url, 401]);
      expect([url, await statusOf(bearer('wrong'))]).toEqual([url, 401]);
      expect([url, await statusOf(bearer(TOKEN.stranger))]).toEqual([url, 403]);
      if (url === '/v1/stream') continue;
      expect([url, await statusOf(bearer(TOKEN.reader))]).toEqual([url, 200]);
      expect([url, await statusOf({ cookie: `cachefarm-session=${TOKEN.reader}` })]).toEqual([url, 200]);
    }
    expect((await app.inject({ url: '/v1/session' })).json()).toMatchObject({ user: null, may: { read: false } });
  });
});

describe('how often', () => {
  test('changes of one person are limited, wherever he comes from; others go on, and dry runs are counted apart', async () => {
    const { app, fake } = await rig();
    const drain: Asked = { method: 'POST', url: '/v1/drains', payload: { kind: 'machine', name: 'a-m1' } };
    const as = (token: string, url = '/v1/drains') => app.inject({ ...drain, url, headers: bearer(token) });
    for (let i = 0; i < RATE.changes; i++) expect((await as(TOKEN.admin)).statusCode).toBe(200);
    const limited = await as(TOKEN.admin);
    expect([limited.statusCode, Number(limited.headers['retry-after']) > 0]).toEqual([429, true]);
    problemIn(limited);
    expect((await app.inject({ ...drain, url: '/v1/approvals', headers: bearer(TOKEN.admin) })).statusCode).toBe(429);
    expect((await as(TOKEN.admin, '/v1/drains?dryRun=true')).statusCode).toBe(200);
    expect((await as(TOKEN.owner)).statusCode).toBe(403);
    expect(fake.control.written).toBe(RATE.changes);
    // A line for each refusal would be what somebody floods the log with.
    expect(fake.audits.map(({ status }) => status)).not.toContain(429);
  });

  test('addresses have no limit', async () => {
    const { app } = await rig();
    const answer = await app.inject({ url: '/cluster/nodes?clusterName=User.id' });
    expect(answer.headers['x-ratelimit-limit']).toBeUndefined();
  });
});
