import { describe, expect, test } from '@jest/globals';
import { changeSchema, drainSchema } from '../../src/api/schemas.js';
import { type Asked, bearer, problemIn, rig } from './api-rig.js';
import { APPROVE, ann, by, CREATE, DELETE, DRAIN, dry, RESIZE } from './control-requests.js';

describe('changes', () => {
  test('create, resize, delete: each answers the version that the next one takes', async () => {
    const { app, fake } = await rig();
    const created = await app.inject(CREATE);
    expect([created.statusCode, created.headers.location, created.headers.etag]).toEqual([
      201,
      '/v1/clusters/New.one',
      '"1"',
    ]);
    expect(changeSchema.parse(created.json())).toMatchObject({ kind: 'create', dryRun: false, version: '1' });
    const url = '/v1/clusters/New.one';
    const resized = await app.inject({ ...RESIZE, url, payload: { clusterSize: 3, importance: null } });
    expect([resized.statusCode, resized.headers.etag]).toEqual([200, '"2"']);
    expect(changeSchema.parse(resized.json())).toMatchObject({ kind: 'change', before: { clusterSize: 2 } });
    const deleted = await app.inject({ ...DELETE, url, headers: { ...ann, 'if-match': '2' } });
    expect([deleted.statusCode, deleted.headers.etag]).toEqual([200, undefined]);
    expect(changeSchema.parse(deleted.json())).toMatchObject({ kind: 'delete', after: null, version: null });
    expect(fake.control.written).toBe(3);
  });

  test('a dry run tells what would be done, and does nothing', async () => {
    const { app, fake } = await rig();
    const answer = await app.inject(dry(CREATE));
    expect(answer.statusCode).toBe(200);
    const change = changeSchema.parse(answer.json());
    expect(change).toMatchObject({ kind: 'create', dryRun: true, version: null, writtenTo: [] });
    expect(change.decisions.length).toBeGreaterThan(0);
    expect(fake.control.written).toBe(0);
    expect(fake.audits).toEqual([]);
  });

  test('drain and its undo; approve', async () => {
    const { app, fake } = await rig();
    const drained = await app.inject(DRAIN);
    expect(drainSchema.parse(drained.json())).toMatchObject({ undo: false, dryRun: false });
    await app.inject({ ...DRAIN, payload: { kind: 'machine', name: 'a-m1', undo: true } });
    expect(fake.audits.map(({ what, subject }) => [what, subject])).toEqual([
      ['drain', 'machine a-m1'],
      ['undo-drain', 'machine a-m1'],
    ]);
    fake.control.held.add('User.id::3');
    expect((await app.inject(APPROVE)).json()).toEqual({ partition: 'User.id::3' });
    const again = await app.inject(APPROVE);
    expect([again.statusCode, problemIn(again).detail]).toEqual([409, expect.stringContaining('is not held')]);
    fake.sight.leading = false;
    expect(problemIn(await app.inject(APPROVE)).detail).toContain('another Barn leads');
  });

  test('what is null is handed on, what is left out is not', async () => {
    const { app, fake } = await rig();
    let fields: unknown;
    const { change } = fake.control;
    fake.control.change = (wish) => {
      fields = wish.fields;
      return change.call(fake.control, wish);
    };
    await app.inject({ ...RESIZE, payload: { standbys: null, tier: 'M4' } });
    expect(fields).toEqual({ standbys: null, tier: 'M4' });
  });
});

describe('which version', () => {
  const CASES: Readonly<Record<string, readonly [string | undefined, number]>> = {
    'none named': [undefined, 428],
    'nothing named': ['  ', 428],
    any: ['*', 428],
    'a list': ['"1", "2"', 400],
    'a weak one': ['W/"1"', 400],
    'an old one': ['"0"', 412],
    'the one that was read': ['"1"', 200],
    'the one that was read, bare': ['1', 200],
  };
  for (const [what, [version, status]] of Object.entries(CASES))
    test(`${what}: ${status}`, async () => {
      for (const asked of [RESIZE, DELETE]) {
        const { app, fake } = await rig();
        const headers = version === undefined ? ann : { ...ann, 'if-match': version };
        const answer = await app.inject({ ...asked, headers });
        expect(answer.statusCode).toBe(status);
        if (status !== 200) problemIn(answer);
        expect(fake.control.written).toBe(status === 200 ? 1 : 0);
      }
    });

  test('two people change the same one: the second is told to look again', async () => {
    const { app, fake } = await rig();
    const answers = await Promise.all([app.inject(RESIZE), app.inject({ ...RESIZE, payload: { clusterSize: 9 } })]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
    expect(fake.control.written).toBe(1);
  });
});

describe('what cannot be', () => {
  const CASES: Readonly<Record<string, readonly [Asked, number, (readonly string[])?]>> = {
    'there already': [{ ...CREATE, payload: { clusterName: 'User.id', clusterSize: 1, tier: 'M1' } }, 409],
    'not there': [{ ...RESIZE, url: '/v1/clusters/Nobody' }, 404],
    'a tier that is none': [{ ...RESIZE, payload: { tier: 'M9' } }, 422, ['tier']],
    'too large': [{ ...RESIZE, payload: { clusterSize: 1_001 } }, 422, ['clusterSize']],
    'two too large': [{ ...RESIZE, payload: { partitionSize: 99, standbys: 5 } }, 422, ['partitionSize', 'standbys']],
    'a new one too large': [
      { ...CREATE, payload: { clusterName: 'New', clusterSize: 1_001, tier: 'M1' } },
      422,
      ['clusterSize'],
    ],
    'none at all': [{ ...RESIZE, payload: { clusterSize: 0 } }, 400, ['clusterSize']],
    'text for a number': [{ ...RESIZE, payload: { clusterSize: '8' } }, 400, ['clusterSize']],
    'a number without end': [{ ...RESIZE, payload: '{"clusterSize": 1e999}' }, 400, ['clusterSize']],
    'half a partition': [{ ...RESIZE, payload: { clusterSize: 1.5 } }, 400, ['clusterSize']],
    'null where there is no default': [{ ...RESIZE, payload: { clusterSize: null } }, 400, ['clusterSize']],
    'a field that is none': [{ ...RESIZE, payload: { clusterSizes: 8 } }, 400, ['clusterSizes']],
    'a hash that is none': [{ ...RESIZE, payload: { hash: 'md5' } }, 400, ['hash']],
    'a name of its own in a change': [{ ...RESIZE, payload: { clusterName: 'Other' } }, 400, ['clusterName']],
    'no name': [{ ...CREATE, payload: { clusterSize: 1, tier: 'M1' } }, 400, ['clusterName']],
    'nothing said': [{ ...CREATE, payload: {} }, 400, ['clusterSize', 'tier', 'clusterName']],
    'no body': [{ ...CREATE, payload: undefined }, 400, ['body']],
    'a list': [{ ...CREATE, payload: [1] }, 400, ['body']],
    'dryRun misspelt': [{ ...RESIZE, url: `${RESIZE.url}?dryrun=true` }, 400, ['dryrun']],
    'dryRun of another kind': [{ ...RESIZE, url: `${RESIZE.url}?dryRun=1` }, 400, ['dryRun']],
    'dryRun twice': [{ ...RESIZE, url: `${RESIZE.url}?dryRun=true&dryRun=false` }, 400, ['dryRun']],
    'no machine of that name': [{ ...DRAIN, payload: { kind: 'machine', name: 'z' } }, 404],
    'a kind that cannot be drained': [{ ...DRAIN, payload: { kind: 'rack', name: 'z' } }, 400, ['kind']],
    'a partition without a number': [{ ...APPROVE, payload: { partition: 'User.id' } }, 400, ['partition']],
    'an Idempotency-Key of strange letters': [
      { ...CREATE, headers: { ...ann, 'idempotency-key': 'a b' } },
      400,
      ['Idempotency-Key'],
    ],
  };
  for (const [what, [asked, status, fields]] of Object.entries(CASES))
    test(what, async () => {
      const { app, fake } = await rig();
      const typed = typeof asked.payload === 'string' ? { 'content-type': 'application/json' } : {};
      const answer = await app.inject({ ...asked, headers: { ...asked.headers, ...typed } });
      expect(answer.statusCode).toBe(status);
      expect(problemIn(answer).errors?.map(({ field }) => field)).toEqual(fields);
      expect(fake.control.written).toBe(0);
      expect(fake.audits).toMatchObject([{ who: 'ann', status, why: expect.any(String) }]);
    });

  test('the range, the value and a way out are named', async () => {
    const { app } = await rig();
    const { errors } = problemIn(await app.inject({ ...RESIZE, payload: { clusterSize: 1_001 } }));
    expect(errors).toEqual([
      {
        field: 'clusterSize',
        message:
          'must be a whole number from 1 to 1000; it counts partitions; split what is larger into several cache clusters; it is 1001',
      },
    ]);
  });

  test('what Git owns is not changed here: the answer says what to change there', async () => {
    const { app, fake } = await rig();
    fake.control.owners.set('User.id', 'Argo CD application farm');
    const answer = await app.inject(RESIZE);
    expect(answer.statusCode).toBe(409);
    expect(problemIn(answer).changeElsewhere).toEqual({
      owner: 'Argo CD application farm',
      typescript: '{ clusterSize: 12 }',
      yaml: 'spec: { clusterSize: 12 }',
    });
    expect((await app.inject(dry(RESIZE))).statusCode).toBe(200);
  });

  test('no KubeCluster answers: 503, and when to come again', async () => {
    const { app, fake } = await rig();
    fake.control.away = true;
    for (const asked of [CREATE, RESIZE, DELETE, DRAIN]) {
      const answer = await app.inject(asked);
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
      problemIn(answer);
    }
  });
});

describe('the audit', () => {
  test('who, from where, what, before and after', async () => {
    const { app, fake } = await rig();
    await app.inject(RESIZE);
    expect(fake.audits).toEqual([
      {
        at: fake.time,
        who: 'ann',
        from: '127.0.0.1',
        what: 'change-cluster',
        subject: 'User.id',
        status: 200,
        before: expect.objectContaining({ clusterSize: 10 }),
        after: expect.objectContaining({ clusterSize: 8 }),
      },
    ]);
  });

  test('a forged address, a name with line ends: nothing of a stranger gets into a line as it is', async () => {
    const { app, fake } = await rig();
    const headers = { ...ann, 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1' };
    await app.inject({ ...DELETE, url: '/v1/clusters/x%0Ainjected%E2%80%AE', headers });
    expect(fake.audits).toMatchObject([{ from: '127.0.0.1', subject: '"x\\u{a}injected\\u{202e}"', status: 400 }]);
  });
});

describe('Idempotency-Key', () => {
  const keyed = (asked: Asked, key = 'k1'): Asked => ({
    ...asked,
    headers: { ...asked.headers, 'idempotency-key': key },
  });

  test('the same again: the answer of the first, nothing done again', async () => {
    const { app, fake } = await rig();
    const first = await app.inject(keyed(CREATE));
    const second = await app.inject(keyed(CREATE));
    expect([second.statusCode, second.body, second.headers.location, second.headers['idempotency-replayed']]).toEqual([
      201,
      first.body,
      '/v1/clusters/New.one',
      'true',
    ]);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(fake.control.written).toBe(1);
    expect(fake.audits.at(-1)?.why).toContain('answered again');
  });

  test('at the same time: both wait for the one', async () => {
    const { app, fake } = await rig();
    let go = (): void => undefined;
    fake.control.gate = new Promise((resolve) => {
      go = resolve;
    });
    const both = [app.inject(keyed(CREATE)), app.inject(keyed(CREATE))];
    go();
    expect((await Promise.all(both)).map(({ statusCode }) => statusCode)).toEqual([201, 201]);
    expect(fake.control.written).toBe(1);
  });

  test('for something else: 422; of somebody else: another key', async () => {
    const { app, fake } = await rig();
    await app.inject(keyed(DRAIN));
    const other = await app.inject(keyed({ ...DRAIN, payload: { kind: 'machine', name: 'a-m2' } }));
    expect([other.statusCode, problemIn(other).errors?.[0]?.field]).toEqual([422, 'Idempotency-Key']);
    fake.gate.people.set('eve', { user: 'eve', groups: [], may: ['drain'] });
    expect((await app.inject(keyed(by(DRAIN, bearer('eve'))))).statusCode).toBe(200);
    expect(fake.control.written).toBe(2);
  });

  test('what failed can be tried again; after 10 minutes all is forgotten; dry runs are not kept', async () => {
    const { app, fake } = await rig();
    fake.control.away = true;
    expect((await app.inject(keyed(DRAIN))).statusCode).toBe(503);
    fake.control.away = false;
    expect((await app.inject(keyed(DRAIN))).statusCode).toBe(200);
    fake.time += 600_000;
    expect((await app.inject(keyed(DRAIN))).headers['idempotency-replayed']).toBeUndefined();
    await app.inject(keyed(dry(RESIZE), 'k2'));
    expect((await app.inject(keyed(RESIZE, 'k2'))).statusCode).toBe(200);
    expect(fake.control.written).toBe(3);
  });
});
