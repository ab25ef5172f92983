import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { BarnEvent } from '../../src/barn/barn.js';
import { DEFAULT_LIMITS, ReplacementWindow } from '../../src/barn/replacement-window.js';
import type { FarmAccess } from '../../src/cli/farm-access.js';
import { type RunningBarn, runBarn } from '../../src/cli/run-barn.js';
import { seedFarm } from '../../src/cli/seed-farm.js';
import { accessEmbedded } from '../../src/cli/start-farm.js';
import { direct } from '../../src/observe/route.js';
import { plan } from '../../src/plan/plan.js';
import { UNLIMITED } from '../../src/plan/planning.js';
import type { Reason } from '../../src/plan/reasons.js';
import { lostVoices } from '../../src/world/evidence.js';
import type { PartitionFact } from '../../src/world/facts.js';
import type { RedisPod } from '../../src/world/model.js';
import { measureProgress } from '../../src/world/progress.js';
import { cutAgainAndAgain, fillQueue, takesConnections } from '../builders/pressed-pod.js';
import { until } from '../builders/processes.js';
import { type RunningFarm, runFarm, smallFarm } from '../builders/running-farm.js';
import { TornNetwork } from '../builders/torn-network.js';

type Pass = Extract<BarnEvent, { kind: 'pass' }>;

/** So long that nothing here can last to the end of it: what moves a partition must be something other than time. */
const DOWN_AFTER_MS = 20_000;

describe('what looks like a death to Barn and is none', () => {
  const network = new TornNetwork();
  let running: RunningFarm;
  /** Barn's own sight, through the network; `running.access` sees the farm as it is. */
  let access: FarmAccess;
  let barn: RunningBarn;
  let events: BarnEvent[] = [];
  let switched: string[] = [];
  const ears: Redis[] = [];
  const open: { destroy(): void }[] = [];

  beforeAll(async () => {
    running = await runFarm(
      smallFarm({
        tiers: [{ name: 'M1', maxMemory: '64mb', memory: '96Mi', ports: [6378, 6379], replicas: 3 }],
        sentinelGroups: [{ name: 'main', downAfterMs: DOWN_AFTER_MS }],
        cacheClusters: [{ clusterName: 'User.id', clusterSize: 8, tier: 'M1' }],
      }),
    );
    expect((await seedFarm(running.access, { timeoutMs: 60_000 })).settled).toBe(true);
    const { world } = await running.look();
    await network.span(world.pods.map(({ address }) => address));
    for (const { address } of world.groups.flatMap(({ sentinels }) => sentinels)) await listen(address);
  }, 120_000);
  afterAll(async () => {
    for (const ear of ears) ear.disconnect();
    await network.close();
    await running?.stop();
  });

  beforeEach(async () => {
    events = [];
    access = accessEmbedded(running.embedded, { route: network.route, commandTimeoutMs: 1_000 });
    barn = runBarn(access, {
      controller: 7,
      intervalMs: 100,
      told: (event) => events.push(event),
      // Each test ends with a real death; the brake on many of them is not what is tested here.
      window: new ReplacementWindow({ ...DEFAULT_LIMITS, least: 100 }),
    });
    await quiet();
    events = [];
    switched = [];
  }, 60_000);
  afterEach(async () => {
    for (const one of open.splice(0)) one.destroy();
    await network.mend();
    await barn.stop();
    access.close();
    expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });

  async function listen(sentinel: string): Promise<void> {
    const ear = new Redis({ ...direct(sentinel), username: 'barn', password: running.embedded.secrets.barn });
    // Barn also tries the hello, on a name of its own.
    ear.on('message', (_, message: string) => void (message.startsWith('User.id::') && switched.push(message)));
    ears.push(ear);
    await ear.subscribe('+switch-master');
  }

  /** Everything serves and is armed, and there is no better spread that Barn might move something for. */
  async function quiet(): Promise<void> {
    let missing = '';
    const isQuiet = async (): Promise<boolean> => {
      missing = await unsettled();
      return missing === '';
    };
    await until('the farm to be whole and well spread', isQuiet, 30_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${missing}`);
    });
  }
  /** @returns what is not as it should be, else '' */
  async function unsettled(): Promise<string> {
    const last = passes().at(-1);
    if (!last) return 'no pass yet';
    const left = [...last.plan.decisions, ...last.plan.notes];
    if (left.length > 0) return left.map(({ reason, subject, detail }) => `${subject} ${reason} ${detail}`).join('; ');
    // A partition that is being written to is left out of a pass; and a name that was just written has no links yet.
    const begun = events.filter(({ kind }) => kind === 'decided').length;
    if (begun > events.filter(({ kind }) => kind === 'ended').length) return 'something is under way';
    const { farm, world, facts } = await running.look();
    if (facts.partitions.some((one) => lostVoices(one, one.agreed ?? '') > 0)) return 'a sentinel is not connected';
    if (world.pods.some(({ instance }) => instance.state === 'up' && instance.mute))
      return 'a pod may not be asked yet';
    const progress = measureProgress(farm, facts);
    const { declared, serving, named, armed, toArm } = progress;
    if (serving !== declared || named !== declared || armed !== toArm) return JSON.stringify(progress);
    const input = { declared: farm, world, inFlight: new Set<string>(), budget: UNLIMITED, failures: new Map() };
    const better = plan({ ...input, now: 0, controller: 7, spread: true }).decisions;
    return better.map(({ reason, subject, detail }) => `${subject} ${reason} ${detail}`).join('; ');
  }

  const passes = (): readonly Pass[] => events.filter((event): event is Pass => event.kind === 'pass');
  const decided = (): readonly string[] =>
    events.flatMap((e) =>
      e.kind === 'decided' ? [`${e.decision.subject}: ${e.decision.reason} ${e.decision.detail}`] : [],
    );
  const partitionIn = ({ facts }: Pick<Pass, 'facts'>, name: string): PartitionFact => {
    const found = facts.partitions.find((partition) => partition.name === name);
    if (!found) throw new Error(`${name} is not declared`);
    return found;
  };
  async function podOf(name: string): Promise<RedisPod> {
    const pod = partitionIn(await running.look(), name).at;
    if (!pod) throw new Error(`${name} is nowhere`);
    return pod;
  }
  /** partition -> the address each sentinel gives, as somebody sees it whose network is whole */
  async function addresses(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { facts } = await running.look();
    return Object.fromEntries(facts.partitions.map(({ name, known }) => [name, known.map(({ view }) => view.address)]));
  }

  /** Barn has looked three times at what `shows` describes. */
  async function lookedThrice(what: string, shows: (pass: Pass) => boolean): Promise<void> {
    await until(`three passes with ${what}`, () => passes().filter(shows).length >= 3, 15_000);
  }
  const noted = (pass: Pass, reason: Reason, subject: string): boolean =>
    pass.plan.notes.some((note) => note.reason === reason && note.subject === subject);

  /** Breaks something, waits until Barn has seen it three times, and nothing has come of it. */
  async function changesNothing(
    breakIt: () => Promise<unknown>,
    what: string,
    shows: (pass: Pass) => boolean,
  ): Promise<void> {
    const before = await addresses();
    await breakIt();
    await lookedThrice(what, shows);
    expect(decided()).toEqual([]);
    expect(switched).toEqual([]);
    expect(await addresses()).toEqual(before);
  }

  /** The other half of each test: the same eyes see a real death. It is killed again whenever it comes back before it was missed. */
  async function isMovedWhenKilled(name: string, pod: RedisPod): Promise<void> {
    for (const one of open.splice(0)) one.destroy();
    await network.mend();
    // A relay takes a connection before it knows that nobody is behind it.
    network.bypass(pod.address);
    await quiet();
    await until(
      `${name} to leave ${pod.address}`,
      async () => {
        running.embedded.killContainer(pod.datacenter, pod.name, 'redis');
        return partitionIn(await running.look(), name).agreed !== pod.address;
      },
      DOWN_AFTER_MS / 2,
    );
    expect(decided().filter((line) => line.startsWith(`${name}: PodCrashed`))).toHaveLength(1);
    expect(switched.filter((line) => line.startsWith(`${name} `)).length).toBeGreaterThan(0);
  }

  const admin = async (pod: RedisPod): Promise<Redis> => {
    const redis = new Redis({ ...direct(pod.address), username: 'barn', password: running.embedded.secrets.barn });
    redis.on('error', () => undefined);
    open.push({ destroy: () => redis.disconnect() });
    await redis.ping();
    return redis;
  };

  test('a firewall that rejects Barn alone, while the sentinels are connected, moves nothing; a kill does', async () => {
    const pod = await podOf('User.id::0');
    await changesNothing(
      () => network.reject([pod.address]),
      'a refused connection',
      (pass) => {
        const instance = pass.facts.podAt.get(pod.address)?.instance;
        return noted(pass, 'PodUnreachable', 'User.id::0') && instance?.state === 'unreachable' && instance.refused;
      },
    );
    await isMovedWhenKilled('User.id::0', pod);
  }, 90_000);

  test('a reject of Barn, while one sentinel of three has lost the pod too, moves nothing; a kill does', async () => {
    const pod = await podOf('User.id::1');
    const [sentinel] = (await running.look()).world.groups.flatMap(({ sentinels }) => sentinels);
    const redis = await admin(pod);
    const cutting = cutAgainAndAgain(redis, direct(sentinel?.address ?? '').host);
    open.push(cutting);
    await changesNothing(
      () => network.reject([pod.address]),
      'a refused connection and one voice of three',
      (pass) =>
        noted(pass, 'PodUnreachable', 'User.id::1') && lostVoices(partitionIn(pass, 'User.id::1'), pod.address) === 1,
    );
    await isMovedWhenKilled('User.id::1', pod);
  }, 90_000);

  test('a pod with no client to spare, for Barn or for any sentinel, moves nothing; a kill does', async () => {
    const pod = await podOf('User.id::2');
    const redis = await admin(pod);
    await changesNothing(
      async () => {
        await redis.config('SET', 'maxclients', 1);
        for (const type of ['normal', 'pubsub']) await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      },
      'connections that are closed with an error, and a majority of sentinels without one',
      (pass) => {
        const instance = pass.facts.podAt.get(pod.address)?.instance;
        return (
          noted(pass, 'PodUnreachable', 'User.id::2') &&
          instance?.state === 'unreachable' &&
          !instance.refused &&
          lostVoices(partitionIn(pass, 'User.id::2'), pod.address) >= 2
        );
      },
    );
    await redis.config('SET', 'maxclients', 10_000);
    await isMovedWhenKilled('User.id::2', pod);
  }, 90_000);

  test('a pod that is busy, its accept queue full of connections, moves nothing; a kill does', async () => {
    const pod = await podOf('User.id::3');
    const redis = await admin(pod);
    await redis.config('SET', 'busy-reply-threshold', 60_000);
    const busy = redis.eval("local from = redis.call('TIME')[1] while redis.call('TIME')[1] - from < 60 do end", 0);
    busy.catch(() => undefined);
    expect(await takesConnections(pod.address)).toBe(true);
    const queue = await fillQueue(pod.address);
    open.push(queue);
    await changesNothing(
      async () => network.bypass(pod.address),
      'connections that are not answered',
      (pass) => {
        const instance = pass.facts.podAt.get(pod.address)?.instance;
        return (
          noted(pass, 'PodUnreachable', 'User.id::3') &&
          instance?.state === 'unreachable' &&
          /ETIMEDOUT|no answer within/.test(instance.why)
        );
      },
    );
    // One that is only busy would be connected to, and give no answer: nobody's connection was taken here, so neither was Barn's new one.
    expect(await takesConnections(pod.address)).toBe(false);
    running.embedded.killContainer(pod.datacenter, pod.name, 'redis');
    await until('User.id::3 to leave its pod', async () => {
      running.embedded.killContainer(pod.datacenter, pod.name, 'redis');
      return partitionIn(await running.look(), 'User.id::3').agreed !== pod.address;
    });
    expect(decided().filter((line) => line.startsWith('User.id::3: PodCrashed'))).toHaveLength(1);
  }, 90_000);

  test('Barn cut off from every pod does nothing and says that it is the isolated one; a kill moves', async () => {
    const pod = await podOf('User.id::4');
    await changesNothing(
      async () => network.silence(),
      'no answer from anybody',
      (pass) => noted(pass, 'BarnIsolated', 'barn'),
    );
    await isMovedWhenKilled('User.id::4', pod);
  }, 90_000);

  test('a reject of Barn by every machine moves nothing; a kill does', async () => {
    const pod = await podOf('User.id::5');
    await changesNothing(
      () => network.reject(),
      'every connection refused',
      (pass) => pass.facts.partitions.every(({ name }) => noted(pass, 'PodUnreachable', name)),
    );
    await isMovedWhenKilled('User.id::5', pod);
  }, 90_000);

  test('a cut between Barn and one datacenter moves nothing; a kill does', async () => {
    const pod = await podOf('User.id::6');
    const there = (await running.look()).world.pods.filter(({ datacenter }) => datacenter === pod.datacenter);
    await changesNothing(
      async () => network.silence(there.map(({ address }) => address)),
      'no answer from there',
      // It depends on how many partitions are there.
      (pass) => noted(pass, 'PodUnreachable', 'User.id::6') || noted(pass, 'BarnIsolated', 'barn'),
    );
    await isMovedWhenKilled('User.id::6', pod);
  }, 90_000);
});
