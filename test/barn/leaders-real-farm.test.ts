import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { httpHand } from '../../src/act/http-hand.js';
import { KUBE_KIND, type KubeHand } from '../../src/act/kube-hand.js';
import { runBarn } from '../../src/cli/run-barn.js';
import { runOperator } from '../../src/cli/run-operator.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { claimedCluster } from '../../src/farm/access.js';
import { type Loose, list, record, records, text } from '../../src/farm/loose.js';
import { kubeEndpoints } from '../../src/observe/kube-config.js';
import { claimOf } from '../../src/world/facts.js';
import { isServing } from '../../src/world/progress.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';

const PROGRAM = join(import.meta.dirname, '../../lib/src/cli/main.js');

/** `cachefarm barn` as a process of its own. */
class BarnProcess {
  output = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  /** @param listen `ip:port` of its health */
  constructor(
    state: string,
    readonly listen: string,
  ) {
    const args = [PROGRAM, 'barn', '--state', state, '--listen', listen];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    this.ended = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }
  get leads(): boolean {
    const said = this.output.match(/"msg":"(leads|follows):/g) ?? [];
    return said.at(-1)?.includes('leads') ?? false;
  }
  get looks(): boolean {
    return this.output.includes('"msg":"started"');
  }
  /** subjects of what it decided with this reason */
  decided(reason: string): readonly string[] {
    return this.output
      .split('\n')
      .flatMap((line) => (line.includes('"msg":"decided"') ? [record(JSON.parse(line))] : []))
      .filter((line) => line.reason === reason)
      .flatMap(({ subject }) => text(subject) ?? []);
  }
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

describe('several Barns on a farm of real processes', () => {
  let running: RunningFarm;
  let hands: readonly KubeHand[];
  const barns: BarnProcess[] = [];

  beforeAll(async () => {
    // Without standbys only a Barn can give a dead partition another pod.
    running = await runFarm(
      smallFarm({
        cacheClusters: [
          { clusterName: 'User.id', clusterSize: 4, tier: 'M1', standbys: 0 },
          { clusterName: 'Session', clusterSize: 3, tier: 'M1' },
        ],
      }),
    );
    const { settled } = await seedFarm(running.access, { timeoutMs: 60_000 });
    expect(settled).toBe(true);
    hands = kubeEndpoints(running.embedded.frame, running.embedded.kubeconfig, undefined).map((endpoint) =>
      httpHand(endpoint, 'cachefarm', 5_000),
    );
  }, 90_000);
  afterAll(() => running.stop());
  afterEach(async () => {
    for (const barn of barns.splice(0)) {
      barn.signal('SIGKILL');
      await barn.ended;
    }
  });

  let started = 0;
  const start = (): BarnProcess => {
    // A port each, on an address that is this farm's alone.
    const ip = running.embedded.machines()[0]?.address ?? '127.0.0.1';
    const barn = new BarnProcess(running.embedded.state, `${ip}:${9_600 + started++}`);
    barns.push(barn);
    return barn;
  };
  /** The first leads, the second looks on. */
  async function pair(): Promise<readonly [BarnProcess, BarnProcess]> {
    const first = start();
    await until('the first to lead', () => first.leads && first.looks, 20_000);
    const second = start();
    await until('the second to look on', () => second.looks, 20_000);
    expect(second.leads).toBe(false);
    return [first, second];
  }
  async function find(name: string) {
    const { facts, farm } = await running.look();
    const partition = facts.partitions.find((one) => one.name === name);
    const pod = facts.podAt.get(partition?.agreed ?? '');
    return { pod, serves: partition !== undefined && isServing(farm, facts, partition) };
  }
  const served = (name: string, notOn: string): Promise<unknown> =>
    until(
      `${name} to be served elsewhere`,
      async () => {
        const { pod, serves } = await find(name);
        return serves && pod?.machine !== notOn;
      },
      20_000,
    );
  async function objectOf(hand: KubeHand, name: string): Promise<Loose> {
    return record(await hand.get(KUBE_KIND.cacheCluster, name));
  }
  const readyOf = (object: Loose) =>
    records(record(object.status).conditions).find(({ type }) => type === 'Ready')?.status;
  async function expectNothingTwice(): Promise<void> {
    const { world, facts } = await running.look();
    const agreed = facts.partitions.flatMap((partition) => partition.agreed ?? []);
    expect(new Set(agreed).size).toBe(agreed.length);
    for (const pod of world.pods) {
      const claim = claimOf(pod);
      const owner = claim && claimedCluster(claim);
      for (const name of facts.listed.get(pod.address) ?? [])
        if (owner !== undefined) expect(name.startsWith(`${owner}::`)).toBe(true);
    }
  }

  test('the leader is killed, then a machine: the other one leads within 5 s and recovers what only a Barn can', async () => {
    const [first, second] = await pair();
    const { pod } = await find('User.id::0');
    const machine = pod?.machine ?? '';
    const killed = performance.now();
    first.signal('SIGKILL');
    await first.ended;
    await running.embedded.stopMachine(machine);
    try {
      await until('the other to lead', () => second.leads, 10_000);
      const tookOver = performance.now() - killed;
      process.stderr.write(`takeover after kill -9: ${Math.round(tookOver)} ms\n`);
      expect(tookOver).toBeLessThan(5_000);
      await served('User.id::0', machine);
      process.stderr.write(`User.id::0 served again: ${Math.round(performance.now() - killed)} ms after the kill\n`);
      expect(second.decided('PodCrashed')).toContain('User.id::0');
      await expectNothingTwice();
    } finally {
      await running.embedded.startMachine(machine);
    }
  }, 60_000);

  test('what it did is told in every KubeCluster: status with conditions, Events with reasons, one holder', async () => {
    start();
    for (const hand of hands)
      await until('User.id to be Ready', async () => readyOf(await objectOf(hand, 'user.id')) === 'True', 30_000);
    const { pod } = await find('User.id::1');
    const machine = pod?.machine ?? '';
    await running.embedded.stopMachine(machine);
    try {
      await served('User.id::1', machine);
    } finally {
      await running.embedded.startMachine(machine);
    }
    await until(
      'the move to be told',
      async () => record((await objectOf(hands[0] as KubeHand, 'user.id')).status).lastMove !== undefined,
      20_000,
    );
    for (const hand of hands) {
      const { status, metadata } = await objectOf(hand, 'user.id');
      expect(status).toMatchObject({ observedGeneration: record(metadata).generation, sentinelGroup: 'main-0' });
      expect(records(record(status).conditions).map(({ type }) => type)).toEqual(['Ready', 'Progressing', 'Degraded']);
    }
    // It leads with two of three; the third is whose last leader was killed, until that one's time is over.
    await until('one holder of all Leases', async () => {
      const holders = await Promise.all(
        hands.map(async (hand) => record((await hand.get(KUBE_KIND.lease, 'cachefarm-barn'))?.spec).holderIdentity),
      );
      return new Set(holders).size === 1;
    });
    await until('an Event in each KubeCluster', async () => {
      const events = await Promise.all(['a', 'b', 'c'].map(eventsOf));
      return events.every((all) =>
        all.some(({ reason, note }) => reason === 'PodCrashed' && String(note).includes('User.id::1')),
      );
    });
  }, 90_000);

  async function eventsOf(datacenter: string): Promise<readonly Loose[]> {
    const token = record(record(records(kubeconfig().users)[0]).user).token;
    const path = `${running.embedded.address}/${datacenter}/apis/events.k8s.io/v1/namespaces/cachefarm/events`;
    const answer = await fetch(path, { headers: { authorization: `Bearer ${String(token)}` } });
    return list(record(await answer.json()).items).map(record);
  }
  function kubeconfig(): Loose {
    return record(JSON.parse(readFileSync(running.embedded.kubeconfig, 'utf8')));
  }

  test('who follows is as ready as who leads, and says that it does not lead', async () => {
    const [first, second] = await pair();
    const ask = async ({ listen }: BarnProcess, path: string): Promise<string> => {
      const answer = await fetch(`http://${listen}${path}`);
      return `${answer.status} ${await answer.text()}`;
    };
    for (const path of ['/readyz', '/healthz'])
      expect([await ask(first, path), await ask(second, path)]).toEqual(['200 ok\n', '200 ok\n']);
    const leader = /^cachefarm_leader\{.*\} (\d)$/m;
    expect(leader.exec(await ask(first, '/metrics'))?.[1]).toBe('1');
    const metrics = await ask(second, '/metrics');
    expect(leader.exec(metrics)?.[1]).toBe('0');
    expect(metrics).toMatch(/^cachefarm_watch_staleness_seconds\{.*datacenter="b".*\} [\d.]+$/m);
  }, 60_000);

  test('SIGTERM: the Leases are given back, and the other leads at its next look', async () => {
    const [first, second] = await pair();
    const asked = performance.now();
    first.signal('SIGTERM');
    await until('the other to lead', () => second.leads, 5_000);
    expect(performance.now() - asked).toBeLessThan(2_500);
    expect(await first.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(4_000);
  }, 60_000);

  test('a hung leader is followed by another, and wakes up to nothing: no pod is bound twice', async () => {
    const [first, second] = await pair();
    first.signal('SIGSTOP');
    try {
      await until('the other to lead', () => second.leads, 10_000);
      const { pod } = await find('Session::0');
      const machine = pod?.machine ?? '';
      await running.embedded.stopMachine(machine);
      try {
        first.signal('SIGCONT');
        await served('Session::0', machine);
        await until('the first to know', () => !first.leads, 10_000);
        expect(second.leads).toBe(true);
        await expectNothingTwice();
      } finally {
        await running.embedded.startMachine(machine);
      }
    } finally {
      first.signal('SIGCONT');
    }
  }, 90_000);

  test('two that both believe to lead: epochs keep them apart, each partition serves once and no pod twice', async () => {
    const both = [1, 2].map((controller) =>
      runBarn(running.access, { controller, intervalMs: 250, leadership: { leads: true, controller } }),
    );
    try {
      for (const name of ['User.id::0', 'User.id::2', 'Session::1']) {
        const { pod } = await find(name);
        const machine = pod?.machine ?? '';
        await running.embedded.stopMachine(machine);
        try {
          await served(name, machine);
          await expectNothingTwice();
        } finally {
          await running.embedded.startMachine(machine);
        }
      }
      await until(
        'each partition to have one pod',
        async () => {
          const { facts, farm } = await running.look();
          return facts.partitions.every((one) => isServing(farm, facts, one) && one.claimedBy.length === 1);
        },
        30_000,
      );
      await expectNothingTwice();
    } finally {
      await Promise.all(both.map((barn) => barn.stop()));
    }
  }, 120_000);

  test('a quiet farm is looked at again and again without a request and without a write', async () => {
    const passes: number[] = [];
    const { frame, kubeconfig, secrets } = running.embedded;
    const operator = runOperator({
      frame,
      kubeconfig,
      credentials: secrets,
      ownDatacenter: undefined,
      identity: 'in-process',
      intervalMs: 100,
      voice: {
        told: (event) => {
          if (event.kind === 'pass') passes.push(event.plan.decisions.length);
        },
        led: () => undefined,
        unwritten: () => undefined,
        say: () => undefined,
      },
    });
    const versions = async (): Promise<string> =>
      JSON.stringify(
        await Promise.all(
          hands.flatMap((hand) =>
            ['user.id', 'session'].map(async (name) => record((await objectOf(hand, name)).metadata).resourceVersion),
          ),
        ),
      );
    const requests = (): number => operator.sights().reduce((sum, sight) => sum + sight.requests, 0);
    try {
      await until('it to lead', () => operator.election.leads, 10_000);
      // The words of a status may follow within five seconds; a watch is renewed every minute.
      const state = async (): Promise<string> => `${requests()} ${await versions()}`;
      let [seen, since] = [await state(), passes.length];
      await until(
        'seventy passes without a request and without a write',
        async () => {
          const now = await state();
          if (now !== seen) [seen, since] = [now, passes.length];
          return passes.length - since >= 70;
        },
        60_000,
      );
      expect(passes.slice(since).filter((decisions) => decisions > 0)).toEqual([]);
    } finally {
      await operator.stop();
    }
  }, 90_000);
});
