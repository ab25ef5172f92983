import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { types } from 'node:util';
import { farmEndpoints } from '../../../src/cli/farm-endpoints.js';
import { loadKubeconfig } from '../../../src/cli/load-kubeconfig.js';
import { bytes, type FuzzTarget, readable, refusal, textOf } from '../target.js';
import { FRAME } from '../told-farm.js';

const folder = mkdtempSync(join(tmpdir(), 'cachefarm-fuzz-'));

/** Both ways that lead from a kubeconfig to a KubeCluster: a workstation's, and Barn's. */
export async function readKubeconfig(text: string): Promise<void> {
  const file = join(folder, 'config');
  writeFileSync(file, text);
  readable(
    await refusal(['CliError'], () =>
      loadKubeconfig(file)
        .getContexts()
        .map(({ name }) => name),
    ),
  );
  const endpoints: ReturnType<typeof farmEndpoints>[number][] = [];
  readable(await refusal(['CliError'], () => void endpoints.push(...farmEndpoints(FRAME, file, undefined))));
  for (const endpoint of endpoints) {
    // Whoever connects to a KubeCluster takes any error for "it does not answer".
    const error = await endpoint.connect().then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (error !== undefined && !types.isNativeError(error)) throw error;
  }
}

export const kubeconfigs: FuzzTarget = {
  name: 'kubeconfig',
  what: 'a kubeconfig file: read, or CliError that names it',
  seeds: [
    'clusters: [{name: a, cluster: {server: "https://10.0.0.1"}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\nusers: [{name: a, user: {token: t}}]\ncurrent-context: a\n',
    '{"clusters":[{"name":"a","cluster":{"server":"http://x","insecure-skip-tls-verify":true}}],"contexts":[{"name":"a","context":{"cluster":"a","user":"a"}}],"users":[{"name":"a","user":{"client-certificate-data":"eA==","client-key-data":"eA=="}}]}',
    'kind: Config\n',
  ].map(bytes),
  // No `exec` among the words: it would run what the fuzzer writes.
  words: [
    'clusters:',
    'contexts:',
    'users:',
    'cluster:',
    'context:',
    'user:',
    'name: a',
    'server:',
    'certificate-authority-data:',
    'certificate-authority: /nowhere',
    'tokenFile: /nowhere',
    'null',
    '[]',
    '{}',
    '- ',
    'current-context:',
    'proxy-url: socks://x',
    'username: x',
    'password: x',
  ],
  run: (input) => {
    const text = textOf(input);
    return /exec|auth-provider/i.test(text) ? undefined : readKubeconfig(text);
  },
  close: () => rmSync(folder, { recursive: true, force: true }),
};
