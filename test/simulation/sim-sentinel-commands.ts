import type { Command, Reply } from './parts.js';
import { voteLeader } from './sim-sentinel-down.js';
import { selectReplica, startFailover } from './sim-sentinel-failover.js';
import { SentinelInstance } from './sim-sentinel-instance.js';
import type { Periods, SentinelMind } from './sim-sentinel-mind.js';
import { instanceReply, quorumReply } from './sim-sentinel-replies.js';

const error = (text: string): Error => new Error(text);
const unknownName = (): Error => error('ERR No such master with that name');

type Work = (mind: SentinelMind, args: readonly string[]) => Reply;
type MasterWork = (mind: SentinelMind, master: SentinelInstance, args: readonly string[]) => Reply;

/** About the name that is the first argument. */
const named =
  (work: MasterWork): Work =>
  (mind, [name = '', ...args]) => {
    const master = mind.masters.get(name);
    return master ? work(mind, master, args) : unknownName();
  };

const each = (mind: SentinelMind, instances: ReadonlyMap<string, SentinelInstance>): Reply =>
  [...instances.values()].map((instance) => instanceReply(mind, instance));

const IP = /^(\d{1,3}\.){3}\d{1,3}$|^[0-9a-f:]*:[0-9a-f:]*$/i;

const monitor: Work = (mind, [name = '', ip = '', portText = '', quorumText = '']) => {
  const [port, quorum] = [Number(portText), Number(quorumText)];
  if (!Number.isInteger(quorum)) return error('ERR Invalid quorum');
  if (!Number.isInteger(port)) return error('ERR Invalid port');
  if (quorum <= 0) return error('ERR Quorum must be 1 or greater.');
  if (!IP.test(ip)) return error('ERR Invalid IP address or hostname specified');
  if (mind.masters.has(name)) return error('ERR Duplicate master name.');
  if (port < 1 || port > 65_535) return error('ERR Invalid port number.');
  const master = new SentinelInstance({ kind: 'master', name, address: { ip, port }, quorum, now: mind.now() });
  master.downAfterMs = mind.periods['default-down-after'];
  mind.masters.set(name, master);
  mind.flush();
  mind.event('+monitor', master, `quorum ${quorum}`);
  return 'OK';
};

const remove: MasterWork = (mind, master) => {
  mind.event('-monitor', master);
  mind.masters.delete(master.name);
  master.release();
  mind.flush();
  return 'OK';
};

const positive = (value: string): number | undefined => (/^[1-9]\d*$/.test(value) ? Number(value) : undefined);

/** Connections to the master and its replicas are made again with what was set. */
function logInAnew(master: SentinelInstance): void {
  for (const { link } of [master, ...master.replicas.values()]) {
    link.drop('commands');
    link.drop('pubsub');
  }
}

/** What one option does. @returns false: not a value for it */
const OPTIONS: Readonly<Record<string, (master: SentinelInstance, value: string) => boolean>> = {
  'down-after-milliseconds': (master, value) => {
    const ms = positive(value);
    if (ms === undefined) return false;
    master.downAfterMs = ms;
    for (const instance of master.known) instance.downAfterMs = ms;
    return true;
  },
  'failover-timeout': (master, value) => {
    const ms = positive(value);
    if (ms !== undefined) master.failoverTimeoutMs = ms;
    return ms !== undefined;
  },
  'parallel-syncs': (master, value) => {
    const count = positive(value);
    if (count !== undefined) master.parallelSyncs = count;
    return count !== undefined;
  },
  quorum: (master, value) => {
    const count = positive(value);
    if (count !== undefined) master.quorum = count;
    return count !== undefined;
  },
  'master-reboot-down-after-period': (master, value) => {
    if (!/^\d+$/.test(value)) return false;
    master.rebootDownAfterMs = Number(value);
    return true;
  },
  'auth-user': (master, value) => {
    master.authUser = value === '' ? undefined : value;
    logInAnew(master);
    return true;
  },
  'auth-pass': (master, value) => {
    master.authPass = value === '' ? undefined : value;
    logInAnew(master);
    return true;
  },
};

/** Options before a bad one stay applied, and the file is rewritten once for all of them. */
const set: MasterWork = (mind, master, args) => {
  let changes = 0;
  for (let i = 0; i < args.length; i += 2) {
    const option = (args[i] ?? '').toLowerCase();
    const value = args[i + 1];
    const apply = OPTIONS[option];
    const bad =
      !apply || value === undefined
        ? error(`ERR Unknown option or number of arguments for SENTINEL SET '${args[i]}'`)
        : apply(master, value)
          ? undefined
          : error(`ERR Invalid argument '${value}' for SENTINEL SET '${args[i]}'`);
    if (bad) {
      if (changes > 0) mind.flush();
      return bad;
    }
    changes += 1;
    mind.event('+set', master, `${option} ${option === 'auth-pass' ? '******' : value}`);
  }
  if (changes > 0) mind.flush();
  return 'OK';
};

/** By address, not by name; and never down for one that is in TILT. */
const isMasterDown: Work = (mind, [ip = '', port = '', epochText = '', id = '*']) => {
  const epoch = Number(epochText);
  const master = [...mind.masters.values()].find(({ address }) => address.ip === ip && address.port === Number(port));
  const down = master !== undefined && !mind.tilt && master.sDown ? 1 : 0;
  if (!master || id === '*') return [down, '*', 0];
  const vote = voteLeader(mind, master, epoch, id);
  return [down, vote.leader ?? '*', vote.epoch];
};

const failover: MasterWork = (mind, master) => {
  if (master.failing) return error('INPROG Failover already in progress');
  if (!selectReplica(mind, master)) return error('NOGOODSLAVE No suitable replica to promote');
  startFailover(mind, master);
  master.forced = true;
  return 'OK';
};

const debug: Work = (mind, args) => {
  for (let i = 0; i < args.length; i += 2) {
    const period = (args[i] ?? '').toLowerCase();
    const value = args[i + 1];
    const ms = value === undefined ? undefined : positive(value);
    if (!(period in mind.periods) || value === undefined)
      return error(`ERR Unknown option or number of arguments for SENTINEL DEBUG '${args[i]}'`);
    if (ms === undefined) return error(`ERR Invalid argument '${value}' for SENTINEL DEBUG '${args[i]}'`);
    mind.periods[period as keyof Periods] = ms;
  }
  return 'OK';
};

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  );

const reset: Work = (mind, [pattern = '']) => {
  const matching = [...mind.masters.values()].filter(({ name }) => glob(pattern).test(name));
  for (const master of matching) {
    for (const { name } of [...master.sentinels.values()]) mind.removeSentinel(master, name);
    mind.resetMaster(master);
    mind.event('+reset-master', master);
  }
  return matching.length;
};

const replicas = named((mind, master) => each(mind, master.replicas));

/** Words after SENTINEL -> number of arguments (at least, where it may be more), and what is done. */
const SUBCOMMANDS: Readonly<Record<string, { readonly args: number; readonly more?: boolean; readonly work: Work }>> = {
  masters: { args: 0, work: (mind) => each(mind, mind.masters) },
  master: { args: 1, work: named((mind, master) => instanceReply(mind, master)) },
  replicas: { args: 1, work: replicas },
  slaves: { args: 1, work: replicas },
  sentinels: { args: 1, work: named((mind, master) => each(mind, master.sentinels)) },
  myid: { args: 0, work: (mind) => mind.self.id },
  'get-master-addr-by-name': {
    args: 1,
    work: (mind, [name = '']) => {
      const at = mind.masters.get(name)?.currentAddress;
      return at ? [at.ip, String(at.port)] : null;
    },
  },
  'is-master-down-by-addr': { args: 4, work: isMasterDown },
  ckquorum: { args: 1, work: named((_, master) => quorumReply(master)) },
  failover: { args: 1, work: named(failover) },
  monitor: { args: 4, work: monitor },
  remove: { args: 1, work: named(remove) },
  set: { args: 3, more: true, work: named(set) },
  reset: { args: 1, work: reset },
  debug: { args: 0, more: true, work: debug },
  flushconfig: {
    args: 0,
    work: (mind) => {
      mind.flush();
      return 'OK';
    },
  },
};

export const knowsSubcommand = (word: string): boolean => word.toLowerCase() in SUBCOMMANDS;

/** What follows the word SENTINEL; a subcommand that is known. */
export function sentinelCommand(mind: SentinelMind, words: Command): Reply {
  const [word = '', ...args] = words;
  const known = SUBCOMMANDS[word.toLowerCase()];
  const fits = known && (known.more ? args.length >= known.args : args.length === known.args);
  return fits
    ? known.work(mind, args)
    : error(`ERR wrong number of arguments for 'sentinel|${word.toLowerCase()}' command`);
}
