/** What `kill -9` of `cachefarm up` leaves: a state folder with a kubeconfig at whose address nobody answers. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { firstLook } from '../../src/cli/first-look.js';
import { defineFarm } from '../../src/farm/define.js';
import { kubeconfigText } from '../../src/local/kubeconfig.js';
import type { DatacenterView, World } from '../../src/world/model.js';

const PROGRAM = fileURLToPath(new URL('../../lib/src/cli/main.js', import.meta.url));
const farm = defineFarm({
  name: 'small',
  datacenters: ['a', 'b', 'c'].map((name) => ({ name, machines: { count: 2, memory: '8Gi' } })),
  tiers: [{ name: 'M1', maxMemory: '1gb', memory: '1.5Gi', ports: [6378], replicas: 2 }],
  cacheClusters: [{ clusterName: 'User.id', clusterSize: 2, tier: 'M1' }],
});

let state: string;
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'cachefarm-nobody-'));
  const { cacheClusters: _, ...frame } = farm;
  const secrets = { barn: 'x', sentinel: 'y', application: 'z', token: 't' };
  writeFileSync(join(state, 'farm.json'), JSON.stringify(frame));
  writeFileSync(join(state, 'secrets.json'), JSON.stringify(secrets));
  writeFileSync(join(state, 'kubeconfig'), kubeconfigText('http://127.0.0.1:9', farm.datacenters, farm.namespace, 't'));
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args, '--state', state], { timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });

describe('where no KubeCluster answers', () => {
  test.each([
    ['plan', ['plan']],
    ['plan --json', ['plan', '--json']],
    ['rebalance', ['rebalance']],
    ['get partitions', ['get', 'partitions']],
    ['get clusters', ['get', 'clusters', '-o', 'json']],
    ['get machines', ['get', 'machines']],
    ['get -w', ['get', 'pods', '-w']],
    ['explain', ['explain', 'User.id::0']],
    ['drain', ['drain', 'machine', 'a-m1', '--dry-run']],
    ['seed --dry-run', ['seed', '--dry-run']],
  ])(
    '%s says so, says nothing of the farm, and ends with 1',
    async (_, args) => {
      const { status, stdout, stderr } = await run(...args);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^no KubeCluster answers:\n {2}a: .+\n {2}b: .+\n {2}c: .+\n$/);
    },
    40_000,
  );

  const datacenter = (changes: Partial<DatacenterView> = {}): DatacenterView => ({
    name: 'a',
    complete: false,
    machines: [],
    ...changes,
  });
  const look = (...datacenters: readonly DatacenterView[]): Promise<World> => {
    const world: World = { observedAt: 0, datacenters, pods: [], groups: [], cacheClusters: [] };
    return firstLook({ frame: farm, endpoints: [], observe: async () => world });
  };

  test('one that answers is enough', async () => {
    const seen = await look(datacenter(), datacenter({ name: 'b', complete: true }));
    expect(seen.datacenters).toHaveLength(2);
  });

  test('one that answers with an object that cannot be read has answered', async () => {
    const machine = { name: 'a-m1', datacenter: 'a', address: '10.0.0.1', ready: true, draining: false };
    const seen = await look(datacenter({ problem: 'pod x has no uid', machines: [machine] }));
    expect(seen.datacenters[0]?.problem).toBe('pod x has no uid');
  });
});
