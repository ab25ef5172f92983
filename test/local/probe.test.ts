import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Probe } from '../../src/local/manifest.js';
import { runProbe } from '../../src/local/probe.js';
import type { ProcessGroups } from '../../src/local/process-groups.js';

/** `/302` answers 302; `/silent` nothing at all; a header `x-code` is the answer's code. */
const server = createServer((request, response) => {
  if (request.url === '/silent') return;
  response.statusCode = Number(request.headers['x-code'] ?? request.url?.slice(1));
  response.end('never read');
});
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const probe = (httpGet: Omit<NonNullable<Probe['httpGet']>, 'port'>, more: Probe = {}): Promise<boolean> => {
  const { port } = server.address() as AddressInfo;
  const container = { name: 'c', image: 'i', ports: [{ name: 'http', containerPort: port }] };
  const launch = () => {
    throw new Error('starts no process');
  };
  return runProbe(
    { httpGet: { port: 'http', ...httpGet }, ...more },
    { address: '127.0.0.1', container, launch, processes: {} as ProcessGroups },
  );
};

const answers: Record<string, [() => Promise<boolean>, boolean]> = {
  'of 200 is healthy': [() => probe({ path: '/200' }), true],
  'of 302 is healthy': [() => probe({ path: '/302' }), true],
  'of 404 is not': [() => probe({ path: '/404' }), false],
  'of 503 is not': [() => probe({ path: '/503' }), false],
  'to its own headers counts': [() => probe({ path: '/503', httpHeaders: [{ name: 'x-code', value: '204' }] }), true],
  'that does not come in time is not': [() => probe({ path: '/silent' }, { timeoutSeconds: 0.2 }), false],
  'without TLS where TLS is asked for is not': [() => probe({ path: '/200', scheme: 'HTTPS' }), false],
  'from where nobody listens is not': [() => probe({ path: '/200', host: '127.0.0.2' }), false],
};
test.each(Object.entries(answers))('an answer %s', async (_, [ask, healthy]) => {
  expect(await ask()).toBe(healthy);
});
