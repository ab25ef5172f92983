/** Plays a scene to the real fence and to the simulated one: a pod, sentinels that say what they are told to, and what comes of it. */
import type { Server } from 'node:net';
import { splitAddress } from '../../src/farm/words.js';
import { ask, freeAddress, until } from '../builders/processes.js';
import { BARN, type Pod, ScriptFarm, SENTINEL, secretOf } from '../scripts/script-farm.js';
import { passwordOf } from './contract-stage.js';
import { Network } from './network.js';
import type { Command, Reply } from './parts.js';
import { Scheduler } from './scheduler.js';
import { serveListener } from './serve-listener.js';
import { type FenceGroup, SimFence } from './sim-fence.js';
import { SimProcess } from './sim-process.js';
import { SimRedis } from './sim-redis.js';
import { type Mood, type ToldName, ToldSentinel } from './told-sentinel.js';

/** `me` is the pod's address, other letters stand for pods that nobody asks. */
export interface SceneSentinel {
  readonly names?: readonly ToldName[];
  readonly mood?: Mood | 'down';
}

export interface SceneGroup {
  readonly name: string;
  /** @default unreplicated */
  readonly kind?: FenceGroup['kind'];
  /** @default as many as there are */
  readonly size?: number;
  readonly sentinels: readonly SceneSentinel[];
}

export interface Change {
  /** what the fence says first, or a sentinel is asked first */
  readonly when: RegExp;
  /** what each sentinel says from then on, group by group; left out: as before */
  readonly names?: readonly (readonly ToldName[])[];
  /** of each sentinel, group by group */
  readonly moods?: readonly Mood[];
  /** sent to the pod as barn */
  readonly barn?: readonly Command[];
}

export interface Scene {
  readonly groups: readonly SceneGroup[];
  readonly auth?: 'none';
  /** the pod starts with these: it is persistent */
  readonly keys?: readonly string[];
  /** names in hellos that are published on the pod twice a second */
  readonly greet?: readonly string[];
  readonly changes?: readonly Change[];
  /** the line it ends with */
  readonly until: RegExp;
}

export interface Outcome {
  readonly said: readonly string[];
  /** ms from the start to each line */
  readonly at: readonly number[];
  readonly users: readonly string[];
  readonly keys: unknown;
  readonly asked: readonly (readonly string[])[];
}

/** so long after the last line we look, ms: less than the fence waits before it asks again */
const SETTLE_MS = 300;
const GREET_MS = 500;
const address = (at: { ip: string; port: number }): string => `${at.ip}:${at.port}`;

/** The part that both share. */
class Cast {
  readonly sentinels: { readonly told: ToldSentinel; readonly down: boolean }[] = [];
  readonly groups: FenceGroup[] = [];
  readonly done = new Set<Change>();

  constructor(
    readonly scene: Scene,
    readonly me: string,
    nextSentinel: () => string,
  ) {
    for (const { name, kind = 'unreplicated', size, sentinels } of scene.groups) {
      const own = sentinels.map(({ names = [], mood = 'well' }) => {
        const told = new ToldSentinel(nextSentinel());
        told.names = names.map((one) => this.#placed(one));
        if (mood !== 'down') told.mood = mood;
        return { told, down: mood === 'down' };
      });
      this.sentinels.push(...own);
      this.groups.push({ name, kind, size: size ?? own.length, hosts: own.map(({ told }) => told.address) });
    }
  }

  #at(word: string): string {
    return word === 'me' ? this.me : `127.77.77.${word.charCodeAt(0)}:6379`;
  }

  #placed(name: ToldName): ToldName {
    const { master, replicas, later } = name;
    return {
      ...name,
      master: this.#at(master),
      ...(replicas ? { replicas: replicas.map((word) => this.#at(word)) } : {}),
      ...(later
        ? { later: this.#placed({ name: name.name, master, ...(replicas ? { replicas } : {}), ...later }) }
        : {}),
    };
  }

  /** @returns changes that are due, each once; what they say of sentinels is done */
  due(said: readonly string[]): readonly Change[] {
    const heard = [...said, ...this.sentinels.flatMap(({ told }) => told.asked)];
    const due = (this.scene.changes ?? []).filter(
      (change) => !this.done.has(change) && heard.some((line) => change.when.test(line)),
    );
    for (const change of due) {
      this.done.add(change);
      for (const [i, mood] of (change.moods ?? []).entries()) {
        const told = this.sentinels[i]?.told;
        if (told) told.mood = mood;
      }
      for (const [i, names] of (change.names ?? []).entries()) {
        const told = this.sentinels[i]?.told;
        if (told) told.names = names.map((one) => this.#placed(one));
      }
    }
    return due;
  }

  hello(name: string): string {
    return `127.0.0.9,26379,${'a'.repeat(40)},1,${name},127.0.0.9,6379,1`;
  }

  isOver(said: readonly string[]): boolean {
    return said.some((line) => this.scene.until.test(line));
  }

  outcome(said: readonly string[], at: readonly number[], acl: unknown, keys: unknown): Outcome {
    return {
      said: said.map((line) => line.replaceAll(this.me, 'me')),
      at,
      users: (acl as readonly string[]).filter((line) => !/^user (barn|exporter) /.test(line)).map(withoutOrder),
      keys,
      asked: this.sentinels.map(({ told }) => told.asked),
    };
  }
}

/** Redis 7.0 sums command rules up in an order of its own. */
const withoutOrder = (line: string): string => {
  const words = line.split(' ');
  const base = words.findIndex((word) => /^[+-]@all$/.test(word));
  return [...words.slice(0, base + 1), ...(words[base] === '+@all' ? [] : words.slice(base + 1).sort())].join(' ');
};

const linesOf = (pod: Pod): readonly string[] =>
  pod.process.output.split('\n').flatMap((line) => (line.startsWith('fence: ') ? [line.slice(7)] : []));

/** The scripts of a pod beside a real redis-server; the sentinels are listeners of ours over TCP. */
export async function playReal(scene: Scene): Promise<Outcome> {
  const farm = new ScriptFarm();
  const at = freeAddress();
  const cast = new Cast(scene, address(at), () => address(freeAddress(26379)));
  const servers: Server[] = [];
  const greeter = setInterval(() => {
    for (const name of scene.greet ?? []) void ask(at, SENTINEL, 'PUBLISH', '__sentinel__:hello', cast.hello(name));
  }, GREET_MS);
  try {
    for (const { told, down } of cast.sentinels) if (!down) servers.push(await serveListener(told));
    const options = {
      at,
      ...(scene.auth ? { auth: scene.auth } : {}),
      ...(scene.keys ? { persistence: 'aof' as const } : {}),
    };
    if (scene.keys) {
      farm.groups();
      const before = await farm.pod(options);
      for (const key of scene.keys) await before.barn('SET', key, 'value');
      await before.process.stop('SIGTERM');
    }
    writeGroups(farm, cast.groups);
    const pod = await farm.pod(options);
    return await watchReal(pod, cast);
  } finally {
    clearInterval(greeter);
    for (const server of servers) server.close();
    await farm.room.stopAll();
  }
}

function writeGroups(farm: ScriptFarm, groups: readonly FenceGroup[]): void {
  const line = ({ name, kind, size, hosts }: FenceGroup): string => `${name} ${kind} ${size} ${hosts.join(' ')}\n`;
  farm.room.file('scripts/sentinels', groups.map(line).join(''));
}

async function watchReal(pod: Pod, cast: Cast): Promise<Outcome> {
  const at: number[] = [];
  await until(
    `${cast.scene.until}`,
    async () => {
      const said = linesOf(pod);
      while (at.length < said.length) at.push(Date.now() - pod.process.startedAt);
      for (const { barn = [] } of cast.due(said))
        for (const [name = '', ...words] of barn) await ask(pod.at, BARN, name, ...words);
      return cast.isOver(said);
    },
    60_000,
  ).catch((error) => {
    throw new Error(`${String(error)}; it said:\n${pod.process.output}`);
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return cast.outcome(linesOf(pod), at, await pod.barn('ACL', 'LIST'), await pod.barn('DBSIZE'));
}

const passwords = () => ({
  barn: passwordOf('barn'),
  sentinel: passwordOf('sentinel'),
  exporter: passwordOf('exporter'),
  replication: passwordOf('replication'),
});

/** The model beside a simulated Redis. */
export async function playSimulated(scene: Scene, seed = 1): Promise<Outcome> {
  const scheduler = new Scheduler(seed);
  const network = new Network(scheduler);
  let given = 0;
  const machine = (): string => {
    const ip = `127.9.0.${++given}`;
    network.addMachine(ip, 'a');
    return ip;
  };
  const ip = machine();
  const me = `${ip}:6379`;
  const cast = new Cast(scene, me, () => `${machine()}:26379`);
  for (const { told, down } of cast.sentinels)
    if (!down) network.listen(new SimProcess(network, 'sentinel', splitAddress(told.address).host), told);
  const process = new SimProcess(network, 'redis', ip);
  const keys = new Map((scene.keys ?? []).map((key) => [key, 'value']));
  const redis = new SimRedis({ address: me, around: process, passwords: passwords(), keys });
  network.listen(process, redis);
  const said: string[] = [];
  const at: number[] = [];
  const fence = new SimFence({
    address: me,
    around: new SimProcess(network, 'fence', ip),
    podName: 'redis-m1-6379-3',
    auth: scene.auth ?? 'password',
    passwords: { barn: passwordOf('barn'), pod: secretOf('pod'), application: passwordOf('application') },
    groups: () => cast.groups,
    told: (line) => {
      said.push(line);
      at.push(scheduler.now);
    },
  });
  fence.start();
  const here = (command: Command): Reply => redis.executeHere(command);
  let greeted = 0;
  while (!cast.isOver(said)) {
    if (scheduler.now > 60_000) throw new Error(`not within 60 s: ${scene.until}; it said:\n${said.join('\n')}`);
    await scheduler.run(scheduler.now + 10);
    for (const { barn = [] } of cast.due(said)) for (const command of barn) here(command);
    if (scheduler.now - greeted < GREET_MS) continue;
    greeted = scheduler.now;
    for (const name of scene.greet ?? []) here(['PUBLISH', '__sentinel__:hello', cast.hello(name)]);
  }
  await scheduler.run(scheduler.now + SETTLE_MS);
  return cast.outcome(said, at, here(['ACL', 'LIST']), here(['DBSIZE']));
}
