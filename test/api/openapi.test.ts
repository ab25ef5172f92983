import { describe, expect, test } from '@jest/globals';
import { RATE } from '../../src/api/rate-limits.js';
import { fc } from '../builders/fast-check.js';
import { type Asked, bearer, type Client, page, problemIn, rig } from './api-rig.js';
import { answerChecker, type Document, type Operation, operationsOf, requests } from './openapi.js';

const documentOf = async (app: Client): Promise<Document> => (await app.inject({ url: '/openapi.json' })).json();

/** Every operation that there is: a route more or less is told here. */
const OPERATIONS = [
  'DELETE /v1/clusters/{name}',
  'DELETE /v1/session',
  'GET /cluster/nodes',
  'GET /v1/brakes',
  'GET /v1/clusters',
  'GET /v1/clusters/{name}',
  'GET /v1/clusters/{name}/topology',
  'GET /v1/decisions',
  'GET /v1/events',
  'GET /v1/groups',
  'GET /v1/health',
  'GET /v1/limits',
  'GET /v1/loss',
  'GET /v1/map',
  'GET /v1/partitions/{name}',
  'GET /v1/partitions/{name}/clients',
  'GET /v1/rebalance',
  'GET /v1/sentinels',
  'GET /v1/session',
  'GET /v1/stream',
  'PATCH /v1/clusters/{name}',
  'POST /v1/approvals',
  'POST /v1/clusters',
  'POST /v1/drains',
  'POST /v1/session',
];
const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;

describe('the document', () => {
  test('tells each route, with its words, its problems and who may', async () => {
    const { app } = await rig();
    const document = await documentOf(app);
    expect(document.openapi).toBe('3.1.0');
    const operations = operationsOf(document);
    expect(operations.map(nameOf).sort()).toEqual(OPERATIONS);
    for (const operation of operations) {
      expect([nameOf(operation), operation.summary]).toEqual([nameOf(operation), expect.stringMatching(/^[A-Z]/)]);
      expect(operation.tags).toHaveLength(1);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '429', '500']));
      if (operation.path !== '/v1/session') expect(operation.security?.length).toBeGreaterThan(1);
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect([nameOf(operation), status, description]).not.toContain('Default Response');
        if (Number(status) >= 400) expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
      }
    }
  });

  test('every reference leads somewhere, and every shape is referred to', async () => {
    const { app } = await rig();
    const document = await documentOf(app);
    const text = JSON.stringify(document);
    const named = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(Object.keys(document.components.schemas).sort());
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };
/** The first request to those that seldom take one that was drawn. */
const FIRST: Readonly<Record<string, Asked>> = {
  'PATCH /v1/clusters/{name}': {
    method: 'PATCH',
    url: '/v1/clusters/User.id',
    headers: { ...JSON_TYPE, 'if-match': '1' },
    payload: '{"clusterSize":8}',
  },
  'DELETE /v1/clusters/{name}': { method: 'DELETE', url: '/v1/clusters/Session', headers: { 'if-match': '1' } },
  'POST /v1/clusters': {
    method: 'POST',
    url: '/v1/clusters?dryRun=true',
    headers: JSON_TYPE,
    payload: '{"clusterName":"New","clusterSize":2,"tier":"M1"}',
  },
};

/** Runs of each operation; the seed moves them (test/builders/fast-check.ts), RUNS makes them more. */
const RUNS = Number(process.env.API_FUZZ_RUNS ?? 50);

describe('requests made of the document', () => {
  for (const name of OPERATIONS)
    test(`${name}: no answer that the document does not know, and none that says we broke`, async () => {
      const { app, fake } = await rig();
      const document = await documentOf(app);
      const operation = operationsOf(document).find((one) => nameOf(one) === name);
      if (!operation) throw new Error(`${name} is not in the document`);
      const fault = answerChecker(document);
      const statuses = new Map<number, number>();
      let person = 0;
      const who = fc.constantFrom('bearer', 'bearer', 'bearer', 'page', 'reader', 'nobody');
      const property = fc.asyncProperty(requests(document, operation), who, async (asked, by) => {
        // Somebody else each time: how often one may ask is another test's business.
        const token = `t${person++}`;
        fake.gate.people.set(token, {
          user: token,
          groups: [],
          may: by === 'reader' ? ['read'] : ['read', 'change', 'drain'],
        });
        for (let index = 0; index < 10; index++) fake.control.held.add(`User.id::${index}`);
        const identity = by === 'nobody' ? {} : by === 'page' ? page(token) : bearer(token);
        const answer = await app.inject({ ...asked, headers: { ...asked.headers, ...identity } });
        statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
        expect(fake.failures).toEqual([]);
        expect(answer.statusCode).toBeLessThan(500);
        // Where a path is another one, or none: a name that is empty, or has a slash.
        if (answer.statusCode === 404 || answer.statusCode === 405) problemIn(answer);
        else if (answer.statusCode >= 400 && answer.statusCode !== 414) problemIn(answer);
        if (![404, 405, 414].includes(answer.statusCode)) expect(fault(operation, answer)).toBe('');
      });
      await fc.assert(property, {
        numRuns: name === 'POST /v1/session' ? RATE.failedTries : RUNS,
        interruptAfterTimeLimit: 20_000,
        examples: FIRST[name] ? [[FIRST[name], 'bearer']] : [],
      });
      if (name !== 'POST /v1/session') expect([...statuses.keys()]).toContain(200);
    });
});
