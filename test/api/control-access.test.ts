import { describe, expect, test } from '@jest/globals';
import { TOKEN } from '../builders/fake-api-parts.js';
import { type Asked, bearer, page, problemIn, rig } from './api-rig.js';
import { APPROVE, ann, by, CHANGES, CREATE, DELETE, DRAIN, dry, RESIZE } from './control-requests.js';

describe('who may change', () => {
  for (const [what, asked] of Object.entries(CHANGES)) {
    test(`${what}: nobody 401, a wrong token 401, a reader 403, no answer of Kubernetes 503; each is told`, async () => {
      const { app, fake } = await rig();
      const statusOf = async (headers: Asked['headers']) => {
        const answer = await app.inject(by(asked, headers));
        problemIn(answer);
        return answer.statusCode;
      };
      expect(await statusOf({})).toBe(401);
      expect(await statusOf(bearer('wrong'))).toBe(401);
      expect(await statusOf({ authorization: 'Basic YTpi' })).toBe(401);
      expect(await statusOf(bearer(TOKEN.reader))).toBe(403);
      expect(await statusOf(bearer(TOKEN.stranger))).toBe(403);
      fake.gate.away = true;
      expect(await statusOf(ann)).toBe(503);
      expect(fake.control.written).toBe(0);
      expect(fake.audits.map(({ who, status }) => [who, status])).toEqual([
        ['nobody', 401],
        ['nobody', 401],
        ['nobody', 401],
        ['rob', 403],
        ['sam', 403],
        ['nobody', 503],
      ]);
    });
  }

  test('who may change one cache cluster may not change another, nor drain', async () => {
    const { app } = await rig();
    const olga = bearer(TOKEN.owner);
    const statusOf = async (asked: Asked) => (await app.inject(by(asked, olga))).statusCode;
    expect(await statusOf({ ...RESIZE, url: '/v1/clusters/Session' })).toBe(200);
    expect(await statusOf(RESIZE)).toBe(403);
    expect(await statusOf(CREATE)).toBe(403);
    expect(await statusOf(DRAIN)).toBe(403);
    expect(await statusOf(APPROVE)).toBe(403);
  });

  test('a dry run: whoever may read, but not nobody', async () => {
    const { app } = await rig();
    const closed = await rig({ openReading: false });
    for (const asked of [CREATE, RESIZE, DELETE, DRAIN].map(dry)) {
      expect((await app.inject(by(asked, bearer(TOKEN.reader)))).statusCode).toBe(200);
      expect((await app.inject(by(asked, {}))).statusCode).toBe(401);
      expect((await closed.app.inject(by(asked, bearer(TOKEN.stranger)))).statusCode).toBe(403);
    }
  });

  test('dryRun takes nothing away where it means nothing', async () => {
    const { app, fake } = await rig();
    fake.control.held.add('User.id::3');
    for (const headers of [bearer(TOKEN.reader), ann]) {
      const answer = await app.inject(by(dry(APPROVE), headers));
      expect([answer.statusCode, problemIn(answer).errors?.[0]?.field]).toEqual([400, 'dryRun']);
    }
    expect(fake.control.held.size).toBe(1);
    await app.inject({ method: 'POST', url: '/v1/session?dryRun=true', payload: { token: 'wrong' } });
    expect(fake.audits.map(({ what }) => what)).toEqual(['approve', 'approve', 'log-in-refused']);
  });

  test('by the page: only with its header, from its own origin', async () => {
    const { app, fake } = await rig();
    const { origin, ...noOrigin } = page(TOKEN.admin);
    const good = page(TOKEN.admin);
    const CASES: readonly (readonly [string, Record<string, string | undefined>, number])[] = [
      ['all as it should be', good, 200],
      ['an origin alone is enough', { ...good, 'sec-fetch-site': undefined }, 200],
      ['what the browser says of the site alone', noOrigin, 200],
      ['neither', { ...noOrigin, 'sec-fetch-site': undefined }, 403],
      ['no header of the page', { ...good, 'x-cachefarm-page': undefined }, 403],
      ['a foreign page', { ...good, origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
      ['a foreign site that names no origin', { ...noOrigin, 'sec-fetch-site': 'cross-site' }, 403],
      ['a foreign origin, whatever else it says', { ...good, origin: 'http://evil.example' }, 403],
      ['another port of this host', { ...good, origin: 'http://farm.example:81', 'sec-fetch-site': 'same-site' }, 403],
      ['a sandboxed page', { ...good, origin: 'null' }, 403],
    ];
    for (const [what, headers, status] of CASES) {
      const told = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
      const answer = await app.inject(by(DRAIN, told as Asked['headers']));
      expect([what, answer.statusCode]).toEqual([what, status]);
    }
    expect(fake.control.written).toBe(3);
    const both = await app.inject({ ...DRAIN, headers: { ...ann, origin: 'http://evil.example' } });
    expect(both.statusCode).toBe(200);
  });
});
