/** An API server that says anything, to those who read it; and anybody who asks the API of the embedded farm anything. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LIVE_KINDS } from '../../src/cli/complete-words.js';
import { accessDeclared } from '../../src/cli/declared-access.js';
import { liveNames } from '../../src/cli/live-names.js';
import { locateFarm } from '../../src/cli/locate-farm.js';
import { fc } from '../builders/fast-check.js';
import { editor, edits, hostileText, hostileValue } from './hostile.js';
import { nearlyRight } from './mutate.js';
import { Broken, readable, refusal } from './target.js';
import { kubeAnswers } from './targets/kube-answers.js';
import { localApi } from './targets/local-api.js';
import { FRAME, tellFarm } from './told-farm.js';

afterAll(async () => {
  for (const target of [kubeAnswers, localApi]) await target.close?.();
});

describe.each([kubeAnswers, localApi].map((target) => [target.what, target] as const))('%s', (_, target) => {
  test('what is nearly right', async () => {
    for (const seed of target.seeds) await target.run(seed);
    await fc.assert(
      fc.asyncProperty(nearlyRight(target), async (input) => {
        await target.run(input);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 2_500 },
    );
  }, 20_000);
});

describe('a workstation that is told anything by its KubeCluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cachefarm-fuzz-'));
  const file = join(folder, 'config');
  let body: unknown;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'a', cluster }],
        users: [{ name: 'a', user: {} }],
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
        'current-context': 'a',
      }),
    );
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** One answer to everything: a ConfigMap, a Secret, a list. */
  const whole = {
    data: { 'farm.json': JSON.stringify(FRAME), barn: 'Yg==', sentinel: 'cw==', application: 'YQ==' },
    metadata: { resourceVersion: '1' },
    items: tellFarm().kube[0]?.cacheClusters,
  };

  async function ask(answer: unknown): Promise<void> {
    body = answer;
    const options = { kubeconfig: file, farm: 'demo' };
    readable(await refusal(['CliError'], async () => (await locateFarm(options, {}, false)).credentials()));
    readable(await refusal(['CliError'], async () => (await accessDeclared(options, {})).read()));
    for (const kind of LIVE_KINDS) {
      const names = await liveNames(kind, options, {}).catch((): readonly string[] => []);
      if (names.length > 20_000) throw new Broken(`${names.length} ${kind} to complete`);
    }
  }

  test('a whole answer is a farm', async () => {
    body = whole;
    expect((await locateFarm({ kubeconfig: file, farm: 'demo' }, {}, false)).frame.name).toBe('small');
    expect((await (await accessDeclared({ kubeconfig: file, farm: 'demo' }, {})).read()).clusters).toHaveLength(2);
  });

  test('ConfigMap, Secret and lists with wrong things in them: a farm, or CliError', async () => {
    const edited = editor(whole);
    const answer = fc.oneof({ weight: 4, arbitrary: edits(4).map(edited) }, hostileValue(), hostileText());
    await fc.assert(fc.asyncProperty(answer, ask), { numRuns: 100, interruptAfterTimeLimit: 2_500 });
  }, 20_000);
});
