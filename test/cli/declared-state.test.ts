import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { applyCommand } from '../../src/cli/apply.js';
import { CliError } from '../../src/cli/cli-error.js';
import type { CliIo } from '../../src/cli/cli-io.js';
import { writersOf } from '../../src/cli/declared-access.js';
import { planChanges } from '../../src/cli/declared-change.js';
import { type DeclaredCluster, readDeclared } from '../../src/cli/declared-state.js';
import { deleteCommand } from '../../src/cli/delete.js';
import { drainCommand } from '../../src/cli/drain.js';
import type { DeclaredObject, KubeWriter } from '../../src/cli/kube-port.js';
import { kubeWriters } from '../../src/cli/kube-writer.js';
import { scaleCommand } from '../../src/cli/scale.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { writeDeclared } from '../../src/cli/write-declared.js';
import { ANNOTATION, kubernetesName } from '../../src/farm/words.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

let farm: RunningFarm;
let folder: string;
let writers: readonly KubeWriter[];
let original: ReadonlyMap<string, DeclaredObject>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cachefarm-declared-'));
  farm = await runFarm(smallFarm());
  writers = await writersOf(farm.embedded.frame, { state: farm.embedded.state });
  original = new Map(((await writers[0]?.list()) ?? []).map((object) => [object.metadata.name, object]));
}, 60_000);
afterAll(async () => {
  await farm?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As the manifests have it, in every KubeCluster. */
beforeEach(async () => {
  for (const writer of writers) {
    for (const object of await writer.list())
      if (!original.has(object.metadata.name)) await writer.remove(object, false);
    for (const { apiVersion, kind, metadata, spec } of original.values()) {
      const { name, namespace, annotations } = metadata;
      const kept = { name, ...(namespace ? { namespace } : {}), ...(annotations ? { annotations } : {}) };
      await writer.apply({ apiVersion, kind, metadata: kept, spec }, { dryRun: false, force: true });
    }
  }
});

interface Ended {
  readonly out: string;
  readonly err: string;
  readonly error: string;
  readonly status: number;
}

type Make = (io: CliIo) => Command;
interface Stdin {
  readonly text?: string;
  readonly tty?: boolean;
}

async function run(make: Make, args: readonly string[], { text = '', tty = false }: Stdin = {}): Promise<Ended> {
  const said = { out: '', err: '' };
  const out = (more: string): void => {
    said.out += more;
  };
  const err = (more: string): void => {
    said.err += more;
  };
  const command = make({ stdin: Object.assign(Readable.from([text]), { isTTY: tty }), out, err });
  command.exitOverride().configureOutput({ writeOut: out, writeErr: err });
  try {
    await command.parseAsync([...args, '--state', farm.embedded.state], { from: 'user' });
    return { ...said, error: '', status: 0 };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ...said, error: error.message, status: error instanceof CliError ? error.status : 2 };
  }
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const apply = (text: string, ...more: readonly string[]): Promise<Ended> =>
  run(applyCommand, ['-f', file('clusters.yaml', text), ...more]);

const objectOf = async (name: string): Promise<DeclaredObject | undefined> =>
  (await writers[0]?.list())?.find(({ metadata }) => metadata.name === name);
const specs = async () =>
  Promise.all(
    writers.map(async (writer) =>
      Object.fromEntries((await writer.list()).map(({ metadata, spec }) => [metadata.name, spec])),
    ),
  );
/** Everything that is declared, with versions: what a dry run must leave alone. */
const declared = async () =>
  JSON.stringify(
    await Promise.all(
      writers.map(async (writer) =>
        (await writer.list()).map(({ metadata, spec }) => [metadata.name, metadata.resourceVersion, spec]),
      ),
    ),
  );

describe('apply', () => {
  test('makes a cache cluster in every KubeCluster, with every default spelled out and a sentinel group', async () => {
    const ended = await apply('clusterName: Feed\nclusterSize: 2\ntier: M1\n');
    expect(ended).toMatchObject({ status: 0, error: '' });
    expect(ended.out).toContain('Feed: new\n');
    expect(ended.out).toMatch(/sentinel group +main-0\n/);
    expect(ended.out).toContain('written to a, b, c\n');
    const spec = {
      clusterName: 'Feed',
      clusterSize: 2,
      tier: 'M1',
      partitionSize: 1,
      standbys: 1,
      hash: 'jump',
      importance: 3,
      sentinelGroup: 'main-0',
    };
    expect((await specs()).map((one) => one.feed)).toEqual([spec, spec, spec]);
  });

  test('what it wrote is what the operator reads as declared', async () => {
    await apply('clusterName: Feed\nclusterSize: 2\ntier: M1\n');
    const { farm: seen } = await farm.look();
    expect(seen.cacheClusters.find(({ clusterName }) => clusterName === 'Feed')).toMatchObject({
      clusterSize: 2,
      datacenters: ['a', 'b', 'c'],
    });
  });

  test('leaves alone what the file leaves out, and takes null for the default', async () => {
    await apply('clusterName: User.id\nbackingGroup: user-db\nimportance: 1\nclusterSize: 7\ntier: M1\n');
    await apply('clusterName: User.id\nclusterSize: 8\n');
    expect((await objectOf('user.id'))?.spec).toMatchObject({ clusterSize: 8, backingGroup: 'user-db', importance: 1 });
    await apply('clusterName: User.id\nbackingGroup: null\nimportance: null\n');
    const { spec, metadata } = (await objectOf('user.id')) ?? { spec: {}, metadata: {} };
    expect(spec).toMatchObject({ clusterSize: 8, importance: 3 });
    expect(spec).not.toHaveProperty('backingGroup');
    expect(metadata).toMatchObject({ annotations: { 'argocd.argoproj.io/sync-wave': '1' } });
  });

  test('takes several documents, objects as in dist/all, JSON and stdin', async () => {
    const json = file('one.json', JSON.stringify({ clusterName: 'One', clusterSize: 1, tier: 'M1', standbys: 0 }));
    const object = `# of dist
apiVersion: cachefarm.dev/v1alpha1
kind: CacheCluster
metadata: {name: two.x, namespace: cachefarm, annotations: {team: two}}
spec: {clusterName: Two_x, clusterSize: 1, tier: M1, standbys: 0}
`.replace('two.x', 'two-x');
    const text = `---\n${object}---\n---\n{clusterName: Three, clusterSize: 1, tier: M1, standbys: 0}\n`;
    const ended = await run(applyCommand, ['-f', json, '-f', '-'], { text });
    expect(ended).toMatchObject({ status: 0, error: '' });
    const [names] = await specs();
    expect(Object.keys(names ?? {}).sort()).toEqual(['chat.room', 'one', 'three', 'two-x', 'user.id']);
    expect((await objectOf('two-x'))?.metadata.annotations).toEqual({
      team: 'two',
      [ANNOTATION.declaredAt]: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
    });
  });

  test('moves a cache cluster to a group of its kind when it gets replicas', async () => {
    await apply('clusterName: Feed\nclusterSize: 1\ntier: M4\nstandbys: 0\n');
    const ended = await apply('clusterName: Feed\npartitionSize: 2\n');
    expect(ended.error).toBe('');
    expect(ended.out).toMatch(/sentinel group +main-0 -> replicated-0/);
    expect((await objectOf('feed'))?.spec).toMatchObject({
      sentinelGroup: 'replicated-0',
      partitionSize: 2,
      standbys: 0,
    });
  });

  test('applying the same again changes nothing', async () => {
    await apply('clusterName: Feed\nclusterSize: 2\ntier: M1\n');
    const before = await declared();
    const ended = await apply('clusterName: Feed\nclusterSize: 2\ntier: M1\n');
    expect(ended.out).toContain('Feed: unchanged');
    expect(await declared()).toBe(before);
  });

  test('a dry run says it all and changes nothing', async () => {
    const before = await declared();
    const ended = await apply('clusterName: Feed\nclusterSize: 2\ntier: M1\n', '--dry-run');
    expect(ended.out).toMatch(/Feed: new[\s\S]+dry run: nothing was changed\n$/);
    expect(await declared()).toBe(before);
  });

  test('every problem of the farm as it would be is told at once, and nothing is written', async () => {
    const before = await declared();
    const ended = await apply(
      '{clusterName: Feed, clusterSize: 0, tier: M2}\n---\n{clusterName: Bad name, clusterSize: 2000, tier: M1, clusterSzie: 1}\n---\n{clusterName: Good, clusterSize: 1, tier: M1}',
    );
    expect(ended.status).toBe(1);
    expect(ended.error).toContain('nothing was changed; farm small would have');
    expect(ended.error).toContain('[cacheClusters.Feed.clusterSize] clusterSize 0 is no whole number from 1 to 1000');
    expect(ended.error).toContain('[cacheClusters.Feed.tier] tier M2 is unknown; did you mean M1?');
    expect(ended.error).toContain('clusterSize 2000 is no whole number from 1 to 1000');
    expect(ended.error).toContain('did you mean clusterSize?');
    expect(ended.error).toContain('"Bad name"');
    expect(await declared()).toBe(before);
  });

  test.each([
    [
      'too large for the pool',
      'clusterName: Feed\nclusterSize: 60\ntier: M1\n',
      /needs 63 pods .* of tier M1, which has 18/,
    ],
    [
      'too large beside the others',
      'clusterName: Feed\nclusterSize: 9\ntier: M1\n',
      /tiers\.M1\] the cache clusters of tier M1 need/,
    ],
    ['no tier', 'clusterName: Feed\nclusterSize: 1\n', /cacheClusters\.Feed\.tier\] tier is missing/],
    ['another hash', 'clusterName: User.id\nhash: ketama\n', /hash jump cannot become ketama/],
    [
      'a group of the other kind',
      'clusterName: User.id\nsentinelGroup: replicated-0\n',
      /replicated-0 serves replicated/,
    ],
    [
      'a name that is another one in Kubernetes',
      'clusterName: USER.id\nclusterSize: 1\ntier: M1\n',
      /are both user\.id|are both "user\.id"/,
    ],
    [
      'twice the same',
      '{clusterName: User.id, clusterSize: 8}\n---\n{clusterName: User.id, clusterSize: 9}',
      /User\.id is in the input more than once/,
    ],
    ['broken YAML, with its line', 'clusterName: Feed\nclusterSize: [2\ntier: M1\n', /clusters\.yaml:\d+: /],
    ['a key twice', 'clusterName: Feed\nclusterSize: 2\nclusterSize: 3\n', /clusters\.yaml:3: Map keys must be unique/],
    [
      'wrong kind, with its line',
      'clusterName: Feed\nclusterSize: 1\ntier: M1\n---\nkind: Deployment\nmetadata: {name: x}\n',
      /clusters\.yaml:5: kind Deployment is none of ours/,
    ],
    [
      'another API version',
      'apiVersion: cachefarm.dev/v9\nkind: CacheCluster\nspec: {}\n',
      /apiVersion cachefarm\.dev\/v9 is not cachefarm\.dev\/v1alpha1/,
    ],
    [
      'an object under another name',
      'apiVersion: cachefarm.dev/v1alpha1\nkind: CacheCluster\nmetadata: {name: x}\nspec: {clusterName: Feed}\n',
      /metadata\.name x must be feed/,
    ],
    [
      'another namespace',
      'apiVersion: cachefarm.dev/v1alpha1\nkind: CacheCluster\nmetadata: {namespace: x}\nspec: {clusterName: Feed}\n',
      /metadata\.namespace x is not the farm's/,
    ],
    ['a list', '- clusterName: Feed\n', /clusters\.yaml:1: expected a CacheCluster object/],
    ['no name', 'clusterSize: 3\n', /clusterName is missing/],
    ['a number for a name', 'clusterName: 7\nclusterSize: 3\n', /clusterName must be text, e\.g\. User\.id; 7 is none/],
    ['nothing', '---\n---\n', /no CacheCluster in it/],
  ])('%s is refused and nothing is written', async (_, text, message) => {
    const before = await declared();
    const ended = await apply(text);
    expect(ended).toMatchObject({ status: 1, out: '' });
    expect(ended.error).toMatch(message);
    expect(await declared()).toBe(before);
  });

  test.each([
    ['a file that is not there', ['-f', '/tmp/no-such-file.yaml'], 1, /no-such-file\.yaml cannot be read/],
    ['stdin twice', ['-f', '-', '-f', '-'], 2, /given twice/],
    ['no file', [], 2, /required option '-f, --filename <file>'/],
  ])('%s is refused', async (_, args, status, message) => {
    const ended = await run(applyCommand, args);
    expect(ended.status).toBe(status);
    expect(ended.error).toMatch(message);
  });
});

describe('scale', () => {
  test('says which share of the keys moves, keeps the sentinel group, and writes everywhere', async () => {
    const ended = await run(scaleCommand, ['User.id', '--size', '8']);
    expect(ended.error).toBe('');
    expect(ended.out).toBe(`User.id: changes
  clusterSize    7 -> 8
  keys           12.5 % move to another partition (7 -> 8 partitions)
  sentinel group main-0, kept
  pods           10 of tier M1 -> 11 of tier M1 (8 for partitions and replicas, 3 standbys)
written to a, b, c
`);
    for (const one of await specs()) expect(one['user.id']).toMatchObject({ clusterSize: 8, sentinelGroup: 'main-0' });
  });

  test('counts a generation for a change and none for the same again', async () => {
    const before = (await objectOf('user.id'))?.metadata.generation ?? 0;
    await run(scaleCommand, ['User.id', '--size', '6']);
    await run(scaleCommand, ['user.id', '--size', '6']);
    expect((await objectOf('user.id'))?.metadata.generation).toBe(before + 1);
  });

  test('a dry run changes nothing', async () => {
    const before = await declared();
    expect((await run(scaleCommand, ['User.id', '--size', '5', '--dry-run'])).out).toContain('28.6 % move');
    expect(await declared()).toBe(before);
  });

  test.each([
    [
      'an unknown one',
      ['Usr.id', '--size', '3'],
      1,
      /no cache cluster is called "Usr\.id"; did you mean User\.id\? there is Chat\.room, User\.id/,
    ],
    ['size 0', ['User.id', '--size', '0'], 1, /clusterSize 0 is no whole number from 1 to 1000/],
    ['size 2000', ['User.id', '--size', '2000'], 1, /clusterSize 2000 is no whole number/],
    ['more than the pool has', ['User.id', '--size', '16'], 1, /needs 19 pods .* has 18/],
    ['half a partition', ['User.id', '--size', '2.5'], 2, /expected a whole number of partitions/],
    ['no size', ['User.id'], 2, /required option '--size <partitions>'/],
  ])('%s is refused', async (_, args, status, message) => {
    const before = await declared();
    const ended = await run(scaleCommand, args);
    expect(ended.status).toBe(status);
    expect(ended.error).toMatch(message);
    expect(await declared()).toBe(before);
  });

  test('one KubeCluster down is named, with what it means, and takes it when it is back', async () => {
    await farm.embedded.stopDatacenter('c');
    try {
      const ended = await run(scaleCommand, ['User.id', '--size', '8']);
      expect(ended.status).toBe(0);
      expect(ended.out).toContain('written to a, b, not to c\n');
      expect(ended.err).toMatch(
        /^c does not answer \(.+\): it keeps the older declaration, and Barn follows the newest/,
      );
      const { farm: seen } = await farm.look();
      expect(seen.cacheClusters.find(({ clusterName }) => clusterName === 'User.id')?.clusterSize).toBe(8);
    } finally {
      await farm.embedded.startDatacenter('c');
    }
    expect((await specs())[2]?.['user.id']).toMatchObject({ clusterSize: 7 });
    expect(
      (await farm.look()).farm.cacheClusters.find(({ clusterName }) => clusterName === 'User.id')?.clusterSize,
    ).toBe(8);
    await run(scaleCommand, ['User.id', '--size', '8']);
    expect((await specs())[2]?.['user.id']).toMatchObject({ clusterSize: 8 });
    await farm.embedded.ready();
  }, 60_000);

  test('no KubeCluster at all: exit 1', async () => {
    for (const name of ['a', 'b', 'c']) await farm.embedded.stopDatacenter(name);
    try {
      const ended = await run(scaleCommand, ['User.id', '--size', '8']);
      expect(ended.status).toBe(1);
      expect(ended.error).toMatch(/^no KubeCluster answers, nothing was changed:\n {2}a: .+\n {2}b: .+\n {2}c: /);
    } finally {
      for (const name of ['a', 'b', 'c']) await farm.embedded.startDatacenter(name);
    }
    await farm.embedded.ready();
  }, 60_000);
});

describe('one that names no sentinel group', () => {
  const spec = { clusterName: 'Feed', clusterSize: 1, tier: 'M1', standbys: 0 };
  const byHand = async (): Promise<void> => {
    const metadata = { name: 'feed', namespace: 'cachefarm' };
    const object = { apiVersion: 'cachefarm.dev/v1alpha1', kind: 'CacheCluster', metadata, spec };
    for (const writer of writers) await writer.apply(object, { dryRun: false, force: true });
  };
  test('is given one by Barn, and scale leaves that choice to it', async () => {
    await byHand();
    expect((await farm.look()).farm.cacheClusters.map((one) => [one.clusterName, one.sentinelGroup])).toContainEqual([
      'Feed',
      'main-0',
    ]);
    const ended = await run(scaleCommand, ['Feed', '--size', '2']);
    expect(ended.error).toBe('');
    expect(ended.out).toMatch(/sentinel group left to Barn, kept\n/);
    expect((await objectOf('feed'))?.spec).not.toHaveProperty('sentinelGroup');
  });
  test('names the one that somebody wishes', async () => {
    await byHand();
    const ended = await apply('{clusterName: Feed, sentinelGroup: main-0}');
    expect(ended.out).toMatch(/sentinel group left to Barn -> main-0/);
    expect((await objectOf('feed'))?.spec).toMatchObject({ sentinelGroup: 'main-0' });
  });
});

describe('what somebody else owns', () => {
  const tracked = async () => {
    for (const writer of writers) {
      const object = (await writer.list()).find(({ metadata }) => metadata.name === 'user.id') as DeclaredObject;
      const annotations = {
        ...object.metadata.annotations,
        'argocd.argoproj.io/tracking-id': 'farm-a:cachefarm.dev/CacheCluster:cachefarm/user.id',
      };
      await writer.apply({ ...object, metadata: { name: 'user.id', annotations } }, { dryRun: false, force: true });
    }
  };

  test('is refused with the change to make instead, in TypeScript and in YAML', async () => {
    await tracked();
    const before = await declared();
    const ended = await run(scaleCommand, ['User.id', '--size', '8']);
    expect(ended.status).toBe(1);
    expect(ended.error).toContain('User.id belongs to Argo CD application farm-a');
    expect(ended.error).toContain("{ clusterName: 'User.id', clusterSize: 8,");
    expect(ended.error).toContain('      clusterSize: 8\n');
    expect(await declared()).toBe(before);
  });

  test('is changed with --force', async () => {
    await tracked();
    expect((await run(scaleCommand, ['User.id', '--size', '8', '--force'])).error).toBe('');
    expect((await objectOf('user.id'))?.spec).toMatchObject({ clusterSize: 8 });
  });

  test('also when another field manager wrote the spec', async () => {
    const { address, kubeconfig } = farm.embedded;
    const { token } = JSON.parse(readFileSync(kubeconfig, 'utf8')).users[0].user;
    const path = '/a/apis/cachefarm.dev/v1alpha1/namespaces/cachefarm/cacheclusters/user.id?fieldManager=somebody';
    const response = await fetch(`${address}${path}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ spec: { importance: 2 } }),
    });
    expect(response.status).toBe(200);
    const ended = await run(deleteCommand, ['User.id', '--yes']);
    expect(ended.error).toContain('User.id belongs to field manager somebody');
    expect(ended.error).toContain('take the entry of User.id out of cacheClusters of farm small');
  });
});

test('a KubeCluster that takes the connection and never answers is one that does not answer', async () => {
  const { frame } = farm.embedded;
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const { port } = silent.address() as AddressInfo;
  const kubeconfig = {
    clusters: [{ name: 'a', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'me' } }],
    users: [{ name: 'me', user: { token: 'x' } }],
  };
  const through = kubeWriters(frame, file('silent.json', JSON.stringify(kubeconfig)), undefined, 200);
  await expect(readDeclared(frame, through)).rejects.toThrow(
    'no KubeCluster answers, nothing was changed:\n  a: no answer within 200 ms\n  b: the kubeconfig has no context b\n  c: ',
  );
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => silent.close(closed));
});

describe('a farm that has a problem already', () => {
  const { cacheClusters, ...frame } = smallFarm();
  const poor = { ...frame, tiers: frame.tiers.map((tier) => ({ ...tier, replicas: 1 })) };
  const current = cacheClusters.map(({ datacenters: _, ...spec }): DeclaredCluster => {
    const { clusterName } = spec;
    const object = { apiVersion: '', kind: '', metadata: { name: kubernetesName(clusterName) }, spec };
    return { clusterName, spec, object };
  });
  const scaled = (clusterSize: number) =>
    planChanges(poor, current, [{ kind: 'put', clusterName: 'User.id', fields: { clusterSize } }]);

  test.each([
    ['may shrink, though the problem stays', 5, []],
    ['may not grow', 8, [expect.stringContaining('needs 11 pods')]],
  ])('%s', (_, size, messages) => {
    expect(scaled(size).problems.map(({ message }) => message)).toEqual(messages);
  });

  test('may lose a cache cluster', () => {
    expect(planChanges(poor, current, [{ kind: 'delete', clusterName: 'Chat.room' }]).problems).toEqual([]);
  });
});

describe('somebody else writes at the same moment', () => {
  /** Does something in each KubeCluster just before the first real write arrives there. */
  const interrupted = (before: (writer: KubeWriter) => Promise<unknown>): readonly KubeWriter[] =>
    writers.map((writer) => {
      let first = true;
      return {
        datacenter: writer.datacenter,
        list: () => writer.list(),
        remove: (object, dryRun) => writer.remove(object, dryRun),
        annotate: (kind, name, annotations) => writer.annotate(kind, name, annotations),
        apply: async (object, mode) => {
          if (!mode.dryRun && first) {
            first = false;
            await before(writer);
          }
          return writer.apply(object, mode);
        },
      };
    });
  const scaleThrough = async (through: readonly KubeWriter[]): Promise<Ended> => {
    const said = { out: '', err: '', error: '', status: 0 };
    const io = {
      out: (text: string) => {
        said.out += text;
      },
      err: (text: string) => {
        said.err += text;
      },
    };
    const { frame } = farm.embedded;
    const wish = { kind: 'put' as const, clusterName: 'User.id', fields: { clusterSize: 8 } };
    const mode = { dryRun: false, force: false };
    return writeDeclared(frame, await readDeclared(frame, through), [wish], mode, io).then(
      () => said,
      (error: Error) => ({ ...said, error: error.message, status: 1 }),
    );
  };
  const change = async (writer: KubeWriter, path: string, body: unknown): Promise<void> => {
    const { address, kubeconfig } = farm.embedded;
    const { token } = JSON.parse(readFileSync(kubeconfig, 'utf8')).users[0].user;
    const base = `${address}/${writer.datacenter}/apis/cachefarm.dev/v1alpha1/namespaces/cachefarm/cacheclusters`;
    const response = await fetch(`${base}/${path}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  };

  test('a status is no reason to stop', async () => {
    let serving = 0;
    const ended = await scaleThrough(
      interrupted((writer) => change(writer, 'user.id/status', { status: { serving: serving++ } })),
    );
    expect(ended).toMatchObject({ error: '', err: '' });
    expect(ended.out).toContain('written to a, b, c\n');
  });

  test('another spec is: nothing is overwritten that was not looked at', async () => {
    const ended = await scaleThrough(interrupted((writer) => change(writer, 'user.id', { spec: { clusterSize: 5 } })));
    expect(ended.error).toBe('no KubeCluster took it whole');
    expect(ended.err).toContain(
      'a did not take it (User.id: User.id was changed by somebody else meanwhile; look, and run it again)',
    );
    for (const one of await specs()) expect(one['user.id']).toMatchObject({ clusterSize: 5 });
  });
});

describe('delete', () => {
  test('takes it out of every KubeCluster', async () => {
    const ended = await run(deleteCommand, ['User.id', '--yes']);
    expect(ended.error).toBe('');
    expect(ended.out).toMatch(/User\.id: deleted\n {2}keys +all: 7 partitions end/);
    expect(ended.out).toContain('written to a, b, c\n');
    for (const one of await specs()) expect(Object.keys(one)).toEqual(['chat.room']);
  });

  test.each<[string, readonly string[], Stdin, number, RegExp]>([
    ['nobody can be asked', ['User.id'], {}, 2, /loses what they cache; say so with --yes/],
    ['another name is typed', ['User.id'], { text: 'Chat.room\n', tty: true }, 1, /its name was not typed/],
    ['the input ends', ['User.id'], { text: '', tty: true }, 1, /its name was not typed/],
    ['there is none', ['User.di', '--yes'], {}, 1, /did you mean User\.id\?/],
  ])('does nothing when %s', async (_, args, stdin, status, message) => {
    const before = await declared();
    const ended = await run(deleteCommand, args, stdin);
    expect(ended.status).toBe(status);
    expect(ended.error).toMatch(message);
    expect(await declared()).toBe(before);
  });

  test('asks on a terminal and takes the name for yes', async () => {
    const ended = await run(deleteCommand, ['User.id'], { text: 'User.id\n', tty: true });
    expect(ended).toMatchObject({ status: 0, error: '' });
    expect(ended.err).toContain(
      'Deleting User.id ends its 7 partitions and loses what they cache.\nType its name to go on: ',
    );
    expect(await objectOf('user.id')).toBeUndefined();
  });

  test('a dry run asks nobody and changes nothing', async () => {
    const before = await declared();
    expect((await run(deleteCommand, ['User.id', '--dry-run'])).out).toContain('dry run: nothing was changed');
    expect(await declared()).toBe(before);
  });

  test('one KubeCluster down: it stays deleted when that is back with the old object, and the same again clears up', async () => {
    await farm.embedded.stopDatacenter('b');
    try {
      const ended = await run(deleteCommand, ['User.id', '--yes']);
      expect(ended.error).toBe('');
      expect(ended.out).toContain('written to a, c, not to b\n');
      expect(ended.err).toMatch(
        /^b does not answer \(.+\): what it still declares is older and stays deleted; run this/,
      );
    } finally {
      await farm.embedded.startDatacenter('b');
    }
    await farm.embedded.ready();
    expect((await specs()).map((one) => one['user.id'] !== undefined)).toEqual([true, true, true]);
    const { world } = await farm.look();
    expect(world.cacheClusters.map(({ clusterName }) => clusterName)).toEqual(['Chat.room']);
    expect(world.disputes).toEqual([
      { clusterName: 'User.id', detail: expect.stringMatching(/^a counts, deleted .+Z; b: still declared$/) },
    ]);
    const again = await run(deleteCommand, ['user.id']);
    expect(again).toMatchObject({ error: '', err: '' });
    expect(again.out).toBe('User.id: deleted already, what is left of it is taken away\nwritten to a, b, c\n');
    for (const one of await specs()) expect(Object.keys(one)).toEqual(['chat.room']);
  }, 60_000);

  test('what was deleted in part is declared again by a later apply, whoever comes back', async () => {
    await farm.embedded.stopDatacenter('b');
    try {
      await run(deleteCommand, ['User.id', '--yes']);
    } finally {
      await farm.embedded.startDatacenter('b');
    }
    await farm.embedded.ready();
    await farm.embedded.stopDatacenter('c');
    try {
      expect((await run(scaleCommand, ['User.id', '--size', '3'])).error).toMatch(
        /^no cache cluster is called "User\.id"/,
      );
      const ended = await apply('{clusterName: User.id, clusterSize: 3, tier: M1}');
      expect(ended.out).toContain('User.id: new\n');
      expect(ended.out).toContain('written to a, b, not to c\n');
    } finally {
      await farm.embedded.startDatacenter('c');
    }
    await farm.embedded.ready();
    const { world } = await farm.look();
    expect(world.cacheClusters.find(({ clusterName }) => clusterName === 'User.id')?.clusterSize).toBe(3);
    expect(world.disputes).toEqual([{ clusterName: 'User.id', detail: expect.stringMatching(/; c: deleted$/) }]);
    await apply('{clusterName: User.id, clusterSize: 3}');
    expect((await farm.look()).world.disputes).toEqual([]);
  }, 60_000);

  test('is refused when most KubeClusters do not answer', async () => {
    for (const name of ['b', 'c']) await farm.embedded.stopDatacenter(name);
    try {
      const ended = await run(deleteCommand, ['User.id', '--yes', '--force']);
      expect(ended.status).toBe(1);
      expect(ended.error).toMatch(/^nothing was changed: a deletion counts for nothing while .+:\n {2}b: .+\n {2}c: /);
    } finally {
      for (const name of ['b', 'c']) await farm.embedded.startDatacenter(name);
    }
    await farm.embedded.ready();
    expect((await farm.look()).world.disputes).toEqual([]);
    for (const one of await specs()) expect(Object.keys(one)).toEqual(['chat.room', 'user.id']);
  }, 60_000);

  test('cut off in the middle, what is left says itself that it is deleted', async () => {
    const { frame } = farm.embedded;
    const through = writers.map(
      (writer): KubeWriter => ({
        datacenter: writer.datacenter,
        list: () => writer.list(),
        annotate: (kind, name, marks) => writer.annotate(kind, name, marks),
        apply: (object, mode) => writer.apply(object, mode),
        remove: (object, dryRun) =>
          writer.datacenter === 'b' && !dryRun ? Promise.reject(new Error('cut off')) : writer.remove(object, dryRun),
      }),
    );
    const io = { out: () => undefined, err: () => undefined };
    const wish = { kind: 'delete' as const, clusterName: 'User.id' };
    await writeDeclared(frame, await readDeclared(frame, through), [wish], { dryRun: false, force: false }, io);
    expect((await specs()).map((one) => one['user.id'] !== undefined)).toEqual([false, true, false]);
    const { world } = await farm.look();
    expect(world.cacheClusters.map(({ clusterName }) => clusterName)).toEqual(['Chat.room']);
    expect(world.disputes).toEqual([]);
  });

  test('made anew it is not the old one: a copy that was changed often does not count more', async () => {
    for (const size of ['6', '5', '4']) await run(scaleCommand, ['User.id', '--size', size]);
    const [, , c] = writers;
    const old = (await c?.list())?.find(({ metadata }) => metadata.name === 'user.id');
    for (const writer of writers.slice(0, 2)) {
      const object = (await writer.list()).find(({ metadata }) => metadata.name === 'user.id');
      if (object) await writer.remove(object, false);
    }
    await farm.embedded.stopDatacenter('c');
    try {
      await apply('{clusterName: User.id, clusterSize: 2, tier: M1}');
    } finally {
      await farm.embedded.startDatacenter('c');
    }
    await farm.embedded.ready();
    expect(old?.metadata.generation).toBeGreaterThan((await objectOf('user.id'))?.metadata.generation ?? 99);
    expect(
      (await farm.look()).farm.cacheClusters.find(({ clusterName }) => clusterName === 'User.id')?.clusterSize,
    ).toBe(2);
  }, 60_000);
});

describe('drain', () => {
  const annotations = async () => {
    const kube = await farm.embedded.kube();
    const marked = (
      items: readonly {
        readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
      }[],
    ) =>
      items.flatMap(({ metadata }) => (metadata.annotations?.[ANNOTATION.drain] === undefined ? [] : [metadata.name]));
    return kube.map(({ nodes, pods }) => [...marked(nodes), ...marked(pods)]);
  };

  beforeAll(async () => {
    await seedFarm(farm.access, { timeoutMs: 60_000 });
  }, 90_000);

  test('a machine is marked with the time, what is on it is listed, and --undo takes the mark away', async () => {
    const ended = await run(drainCommand, ['machine', 'a-m1']);
    expect(ended.error).toBe('');
    expect(ended.out).toMatch(
      /^machine a-m1: \d+ pods? in use, \d+ idle\n {2}a\/redis-m\d-\d+-\d +(partition|standby of) /,
    );
    expect(ended.out).toMatch(/tier M\d: \d+ to move, \d+ idle elsewhere/);
    expect(ended.out).toContain('machine a-m1 is being emptied since now\n');
    expect(await annotations()).toEqual([['a-m1'], [], []]);
    const [node] = (await farm.embedded.kube())[0]?.nodes ?? [];
    expect(node?.metadata.annotations?.[ANNOTATION.drain]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect((await farm.access.observe()).datacenters[0]?.machines[0]).toMatchObject({ name: 'a-m1', draining: true });
    const undone = await run(drainCommand, ['machine', 'a-m1', '--undo']);
    expect(undone.out).toBe('machine a-m1 is taken back into use\n');
    expect(undone.out).not.toContain('unknown');
    expect(await annotations()).toEqual([[], [], []]);
  });

  test('a datacenter marks all its machines', async () => {
    await run(drainCommand, ['datacenter', 'b']);
    expect(await annotations()).toEqual([[], ['b-m1', 'b-m2', 'b-m3'], []]);
    await run(drainCommand, ['datacenter', 'b', '--undo']);
    expect(await annotations()).toEqual([[], [], []]);
  });

  test('a pod is named with its datacenter', async () => {
    await run(drainCommand, ['pod', 'c/redis-m1-6378-0']);
    expect(await annotations()).toEqual([[], [], ['redis-m1-6378-0']]);
    await run(drainCommand, ['pod', 'c/redis-m1-6378-0', '--undo']);
    expect(await annotations()).toEqual([[], [], []]);
  });

  test('a dry run marks nothing', async () => {
    expect((await run(drainCommand, ['datacenter', 'a', '--dry-run'])).out).toContain('dry run: nothing was changed');
    expect(await annotations()).toEqual([[], [], []]);
  });

  test.each([
    ['an unknown machine', ['machine', 'a-m9'], 1, /no machine is called "a-m9"; did you mean a-m1\?/],
    ['an unknown datacenter', ['datacenter', 'z'], 1, /no datacenter is called "z"; did you mean a\?|there is a, b, c/],
    [
      'an unknown pod',
      ['pod', 'a/redis-m1-6378-9'],
      1,
      /no pod is called "a\/redis-m1-6378-9"; did you mean a\/redis-m1-6378-/,
    ],
    [
      'a pod in every datacenter',
      ['pod', 'redis-m1-6378-0'],
      1,
      /is in several datacenters; write a\/redis-m1-6378-0 or b\//,
    ],
    ['an unknown kind', ['rack', 'a'], 2, /Allowed choices are machine, datacenter, pod/],
  ])('%s is refused', async (_, args, status, message) => {
    const ended = await run(drainCommand, args);
    expect(ended.status).toBe(status);
    expect(ended.error).toMatch(message);
    expect(await annotations()).toEqual([[], [], []]);
  });
});

describe('help', () => {
  test.each<[string, Make]>([
    ['apply', applyCommand],
    ['scale', scaleCommand],
    ['delete', deleteCommand],
    ['drain', drainCommand],
  ])('%s shows examples', async (name, make) => {
    const { out } = await run(make, ['--help']);
    expect(out).toContain(`$ cachefarm ${name} `);
    expect(out).toContain('--dry-run');
  });
});
