/** Redis pods and sentinels started by our own scripts, as the manifests would: files of the ConfigMaps and the Secret, and the environment. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { REDIS_SCRIPTS } from '../../constructs/redis-scripts.js';
import { SENTINEL_SCRIPTS } from '../../constructs/sentinel-scripts.js';
import {
  APPLICATION_RULES,
  type Claim,
  claimedCluster,
  claimText,
  REDIS_RULE_FILES,
  REPLICATION_STATE,
  SENTINEL_RULE_FILES,
  SENTINEL_RULES,
} from '../../src/farm/access.js';
import { ENV, SCRIPT, SECRET_KEYS, type SecretKey } from '../../src/farm/words.js';
import { type Address, ask, freeAddress, type Login, ProcessRoom, type Running, until } from '../builders/processes.js';

const SOURCES = join(process.cwd(), 'constructs/scripts');

/** Odd on purpose: what a shell or a configuration file could trip over, and is allowed. */
export const secretOf = (key: SecretKey): string => `${key}#$x*\\>pw`;
const login = (key: SecretKey, user: string = key): Login => ({ user, password: secretOf(key) });
export const BARN = login('barn');
export const SENTINEL = login('sentinel');
export const PEER = login('peer');
export const POD = login('pod');
export const application = (clusterName: string): Login => login('application', clusterName);

export interface Group {
  readonly name: string;
  readonly kind: 'replicated' | 'unreplicated';
  readonly sentinels: readonly Address[];
}

export interface PodOptions {
  readonly at?: Address;
  readonly auth?: 'none' | 'password';
  readonly persistence?: 'none' | 'aof' | 'rdb';
  readonly env?: Readonly<Record<string, string>>;
}

export class ScriptFarm {
  readonly room = new ProcessRoom();
  readonly secrets = this.room.makeFolder('secrets');
  readonly scripts = this.room.makeFolder('scripts');
  private started = 0;

  constructor() {
    for (const key of SECRET_KEYS) this.room.file(`secrets/${key}`, secretOf(key));
    for (const script of [...REDIS_SCRIPTS, ...SENTINEL_SCRIPTS])
      copyFileSync(join(SOURCES, script), join(this.scripts, script));
    this.write({ ...REDIS_RULE_FILES, [SCRIPT.sentinels]: '' });
  }

  private write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) this.room.file(`scripts/${name}`, text);
  }

  /** What pods are told about sentinels. */
  groups(...groups: readonly Group[]): void {
    const hosts = (group: Group) => group.sentinels.map((at) => `${at.ip}:${at.port}`).join(' ');
    this.write({
      [SCRIPT.sentinels]: groups.map((g) => `${g.name} ${g.kind} ${g.sentinels.length} ${hosts(g)}\n`).join(''),
    });
  }

  /** Environment and folders of a pod; the same address keeps the same folders, as a restarted container does. */
  podEnv(at: Address, options: PodOptions = {}): Record<string, string> {
    const home = `pod-${at.ip}-${at.port}`;
    return {
      [ENV.ip]: at.ip,
      [ENV.port]: String(at.port),
      [ENV.podName]: 'redis-m1-6379-3',
      [ENV.datacenter]: 'a',
      [ENV.maxMemory]: '33554432',
      [ENV.maxMemoryPolicy]: 'allkeys-lru',
      [ENV.persistence]: options.persistence ?? 'none',
      [ENV.auth]: options.auth ?? 'password',
      [ENV.secrets]: this.secrets,
      [ENV.scripts]: this.scripts,
      [ENV.run]: this.room.makeFolder(`${home}/run`),
      [ENV.data]: this.room.makeFolder(`${home}/data`),
      ...options.env,
    };
  }

  runRedisStart(env: Readonly<Record<string, string>>): Running {
    return this.shell(SCRIPT.redisStart, env, this.scripts);
  }

  private shell(script: string, env: Readonly<Record<string, string>>, folder: string): Running {
    return this.room.start('sh', [join(folder, script)], env);
  }

  async pod(options: PodOptions = {}): Promise<Pod> {
    const at = options.at ?? freeAddress();
    const pod = new Pod(at, this.runRedisStart(this.podEnv(at, options)));
    await this.room.untilListening(pod.process, at);
    return pod;
  }

  sentinelEnv(at: Address, name: string, auth: 'none' | 'password' = 'password'): Record<string, string> {
    return {
      [ENV.ip]: at.ip,
      [ENV.port]: String(at.port),
      [ENV.podName]: name,
      [ENV.datacenter]: 'a',
      [ENV.auth]: auth,
      [ENV.sentinelGroup]: 'main-0',
      [ENV.secrets]: this.secrets,
      [ENV.scripts]: this.room.makeFolder(`${name}/scripts`),
      [ENV.run]: this.room.makeFolder(`${name}/run`),
    };
  }

  /** One sentinel by its script; `name` decides its folders and its id. */
  async sentinel(at: Address, name: string, auth: 'none' | 'password' = 'password'): Promise<Running> {
    const env = this.sentinelEnv(at, name, auth);
    for (const [file, rules] of Object.entries(SENTINEL_RULE_FILES))
      this.room.file(`${name}/scripts/${file}`, `${rules}\n`);
    this.room.file(`${name}/scripts/ids`, `b ${name} ${'0'.repeat(40)}\na ${name} ${idOf(name)}\n`);
    for (const script of SENTINEL_SCRIPTS)
      copyFileSync(join(SOURCES, script), join(this.room.folder, name, 'scripts', script));
    return this.room.untilListening(this.shell(SCRIPT.sentinelStart, env, join(this.room.folder, name, 'scripts')), at);
  }

  async remove(sentinel: Address, name: string): Promise<void> {
    const answer = await ask(sentinel, BARN, 'SENTINEL', 'REMOVE', name);
    if (answer !== 'OK') throw new Error(`${name} on ${sentinel.ip}: ${String(answer)}`);
  }

  /** Three sentinels that know each other as soon as they share a name. */
  async group(
    name: string,
    kind: Group['kind'] = 'unreplicated',
    auth: 'none' | 'password' = 'password',
  ): Promise<LiveGroup> {
    this.started += 1;
    const sentinels = [0, 1, 2].map(() => freeAddress(26379));
    const processes = await Promise.all(
      sentinels.map((at, i) => this.sentinel(at, `sentinel-${name}-${this.started}-${i}`, auth)),
    );
    return { name, kind, sentinels, processes };
  }
}

export interface LiveGroup extends Group {
  readonly processes: Running[];
}

export const idOf = (name: string): string => Buffer.from(name).toString('hex').padEnd(40, '0').slice(-40);

export class Pod {
  constructor(
    readonly at: Address,
    readonly process: Running,
  ) {}

  barn(...command: readonly string[]): Promise<unknown> {
    return ask(this.at, BARN, ...command);
  }

  async aclOf(user: string): Promise<string | undefined> {
    const list = await this.barn('ACL', 'LIST');
    if (!Array.isArray(list)) throw new Error(`no ACL list: ${String(list)}`);
    return list.map(String).find((line) => line.startsWith(`user ${user} `));
  }

  async claim(): Promise<string> {
    return / ~(\S+)/.exec((await this.aclOf('marker')) ?? '')?.[1] ?? '';
  }

  /** Waits for a line of the fence. */
  async says(pattern: RegExp, withinMs = 10_000): Promise<string> {
    const line = () => this.process.output.split('\n').find((text) => text.startsWith('fence: ') && pattern.test(text));
    try {
      return await until(`fence says ${pattern}`, line, withinMs);
    } catch (error) {
      throw new Error(`${String(error)}; it said:\n${this.process.output}`);
    }
  }
}

/** MONITOR and SET of one name on each sentinel, in Barn's way: one write each. */
export async function monitor(
  sentinels: readonly Address[],
  name: string,
  master: Address,
  options: Readonly<Record<string, string>> = {},
): Promise<void> {
  const set = {
    'down-after-milliseconds': '1000',
    'failover-timeout': '5000',
    'auth-user': 'sentinel',
    'auth-pass': secretOf('sentinel'),
    ...options,
  };
  for (const at of sentinels) {
    const answers = [
      await ask(at, BARN, 'SENTINEL', 'MONITOR', name, master.ip, String(master.port), '2'),
      await ask(at, BARN, 'SENTINEL', 'SET', name, ...Object.entries(set).flat()),
    ];
    for (const answer of answers) if (answer !== 'OK') throw new Error(`${name} on ${at.ip}: ${String(answer)}`);
  }
}

/** The hello that switches an address (design.md 4.4), told to one sentinel in another's name. */
export async function hello(group: Group, name: string, master: Address, epoch: number): Promise<void> {
  const ids = await Promise.all(group.sentinels.map(async (at) => String(await ask(at, BARN, 'SENTINEL', 'MYID'))));
  for (const [i, at] of group.sentinels.entries()) {
    const j = (i + 1) % group.sentinels.length;
    const from = group.sentinels[j] as Address;
    const text = `${from.ip},${from.port},${ids[j]},${epoch},${name},${master.ip},${master.port},${epoch}`;
    const answer = await ask(at, BARN, 'PUBLISH', '__sentinel__:hello', text);
    if (answer instanceof Error) throw answer;
  }
}

export const addressOf = async (sentinel: Address, name: string): Promise<string> =>
  String(await ask(sentinel, BARN, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name));

/** A partition as Barn names it: the standby is monitored first, then the hello puts the master in its place and leaves the standby as "replica". */
export async function nameWithStandby(
  group: Group,
  name: string,
  master: Address,
  standby: Address,
  options: Readonly<Record<string, string>> = {},
): Promise<void> {
  await monitor(group.sentinels, name, standby, options);
  await hello(group, name, master, 1);
  for (const at of group.sentinels) {
    await until(`${at.ip} has the standby`, async () => {
      const replicas = await ask(at, BARN, 'SENTINEL', 'REPLICAS', name);
      return (
        JSON.stringify(replicas).includes(`${standby.ip}:${standby.port}`) &&
        (await addressOf(at, name)) === `${master.ip},${master.port}`
      );
    });
  }
}

/** What Barn does to claim a pod: compare-and-set, then the rules of the claim, the application last. Undefined, or why not. */
export async function claimAsBarn(pod: Pod, claim: Exclude<Claim, { kind: 'locked' }>): Promise<string | undefined> {
  const text = claimText(claim);
  const taken = await pod.barn('ACL', 'SETUSER', 'marker', '<locked', `>${text}`, 'resetkeys', `~${text}`);
  if (taken !== 'OK') return String(taken);
  const user = claimedCluster(claim) ?? '';
  await pod.barn('ACL', 'SETUSER', 'sentinel', 'on', ...SENTINEL_RULES[claim.kind].split(' '));
  await pod.barn('ACL', 'SETUSER', 'replication', REPLICATION_STATE[claim.kind]);
  await pod.barn('ACL', 'SETUSER', user, 'reset', 'on', `>${secretOf('application')}`, ...APPLICATION_RULES.split(' '));
  return undefined;
}

/** SENTINEL SET of one option on every sentinel of a group. */
export async function setOption(group: Group, name: string, option: string, value: string): Promise<void> {
  for (const at of group.sentinels) {
    const answer = await ask(at, BARN, 'SENTINEL', 'SET', name, option, value);
    if (answer !== 'OK') throw new Error(`${option} of ${name} on ${at.ip}: ${String(answer)}`);
  }
}

/** One field of a name on one sentinel. */
export async function fieldOf(sentinel: Address, name: string, field: string): Promise<string> {
  const reply = await ask(sentinel, BARN, 'SENTINEL', 'MASTER', name);
  const words = Array.isArray(reply) ? reply.map(String) : [];
  return words[words.indexOf(field) + 1] ?? '';
}

/** Elections are possible only when every sentinel has found the others. */
export const untilMet = (group: Group, name: string): Promise<unknown> =>
  Promise.all(
    group.sentinels.map((at) =>
      until(
        `${at.ip} has met the others`,
        async () => (await fieldOf(at, name, 'num-other-sentinels')) === '2',
        15_000,
      ),
    ),
  );
