/**
 * redis-ask.sh and redis-names.sh: asks the sentinels of every group about this pod, in the same steps:
 *  1 INFO of so many sentinels of a group that no majority can do without them; of the rest where one of those is silent
 *  2 when nobody has our address as a master: under which names sentinels greet us (4 s)
 *  3 SENTINEL MASTER and REPLICAS of all sentinels, of the names found
 */

import type { Command } from './parts.js';
import { type Answer, type Asked, type FenceShell, type Login, type Step, startClient } from './sim-fence-cli.js';
import { enoughOf, type FenceGroup, type Verdict } from './sim-fence-tally.js';

const LISTEN_MS = 4_000;
/** between two looks at what has been answered, ms */
const TICK_MS = 50;
const REFUSED = /^(NOAUTH|NOPERM|WRONGPASS|AUTH failed)/;
const NAME = /^[A-Za-z0-9._:-]+$/;

interface Sentinel {
  readonly number: number;
  readonly address: string;
  readonly group: FenceGroup;
  /** among the first of its group */
  readonly first: boolean;
}

/** What INFO of one sentinel came to. */
interface Told {
  heard: boolean;
  silent: boolean;
  refused: boolean;
  strange: boolean;
  readonly lines: readonly MasterLine[];
}

interface MasterLine {
  readonly name: string;
  readonly address: string;
  readonly replicas: number;
}

export interface Asking {
  readonly shell: FenceShell;
  /** `ip:port` */
  readonly ours: string;
  readonly pod: Login;
  /** the partition that we hold, once we are bound */
  readonly watched: string | undefined;
  /** names under which sentinels are known to greet us */
  readonly greeted: readonly string[];
  readonly patienceMs: number;
  undeafen(): Step<void>;
}

/** The name of a hello. */
function greeting(message: string): string | undefined {
  const name = message.split(',')[4];
  return name !== undefined && NAME.test(name) ? name : undefined;
}

/** The names under which sentinels greet us; what is not heard is not believed, and what is heard is only asked for. */
export function* listen(shell: FenceShell): Step<readonly string[]> {
  const heard = yield* shell.hear('__sentinel__:hello', LISTEN_MS);
  return [...new Set(heard.flatMap((message) => greeting(message) ?? []))];
}

const sentinelsOf = (groups: readonly FenceGroup[]): readonly Sentinel[] => {
  let number = 0;
  return groups.flatMap((group) =>
    group.hosts.map((address, i) => ({ number: ++number, address, group, first: i < enoughOf(group) })),
  );
};

/** Puts the same questions to several; who has not answered after so long is silent. */
function* putAll(
  asking: Asking,
  sentinels: readonly Sentinel[],
  commandsFor: (sentinel: Sentinel) => readonly Command[],
): Step<ReadonlyMap<number, { readonly asked: Asked; readonly silent: boolean }>> {
  const { shell, pod, patienceMs } = asking;
  const all = new Map(
    sentinels.map((sentinel) => [
      sentinel.number,
      startClient(shell.around, sentinel.address, pod, commandsFor(sentinel)),
    ]),
  );
  for (let waited = 0; waited < patienceMs && [...all.values()].some(({ finished }) => !finished); waited += TICK_MS)
    yield* shell.nap(TICK_MS);
  return new Map(
    [...all].map(([number, asked]) => {
      const silent = !asked.finished;
      if (silent) asked.cancel();
      return [number, { asked, silent }];
    }),
  );
}

const isRefusal = (answer: Answer): boolean => answer instanceof Error && REFUSED.test(answer.message);

const MASTER_LINE = /^master\d+:name=(.*?),status=[^,]*,address=([^,]*),slaves=(\d+),/;
function readInfo(text: string): readonly MasterLine[] {
  return text.split('\r\n').flatMap((line) => {
    const [, name = '', address = '', replicas = '0'] = MASTER_LINE.exec(line) ?? [];
    return line.startsWith('master') && address !== '' ? [{ name, address, replicas: Number(replicas) }] : [];
  });
}

function toldOf({ asked, silent }: { asked: Asked; silent: boolean }, ours: string): Told {
  const [answer] = asked.answers;
  const text = typeof answer === 'string' ? answer : '';
  const lines = readInfo(text);
  return {
    heard: text.includes('sentinel_masters:'),
    silent,
    refused: asked.denied || asked.answers.some(isRefusal),
    strange: lines.some(({ name, address }) => address === ours && !NAME.test(name)),
    lines,
  };
}

const answered = (told: Told | undefined): boolean => told?.heard === true && !told.silent && !told.refused;

/** Step 1. */
function* askInfo(asking: Asking, sentinels: readonly Sentinel[]): Step<Map<number, Told>> {
  const told = new Map<number, Told>();
  const ask = function* (some: readonly Sentinel[]): Step<void> {
    if (some.length === 0) return;
    const asked = yield* putAll(asking, some, () => [['INFO', 'sentinel']]);
    for (const [number, one] of asked) told.set(number, toldOf(one, asking.ours));
  };
  yield* ask(sentinels.filter(({ first }) => first));
  const lacks = ({ group }: Sentinel): boolean =>
    sentinels.filter((other) => other.group === group && answered(told.get(other.number))).length < enoughOf(group);
  const thin = sentinels.filter((sentinel) => !sentinel.first && lacks(sentinel));
  yield* ask(thin);
  return told;
}

/** name -> numbers that have it at our address, or among the wanted ones */
function hitsOf(told: ReadonlyMap<number, Told>, ours: string, wanted: readonly string[]): Map<number, string[]> {
  const hits = new Map<number, string[]>();
  for (const [number, { lines }] of told)
    for (const { name, address } of lines)
      if (NAME.test(name) && (address === ours || wanted.includes(name)))
        hits.set(number, [...(hits.get(number) ?? []), name]);
  return hits;
}

const fieldsOf = (reply: unknown): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>();
  if (Array.isArray(reply))
    for (let i = 0; i + 1 < reply.length; i += 2) fields.set(String(reply[i]), String(reply[i + 1]));
  return fields;
};

/** What one sentinel says of our names: that it has us as a master counts alone; one that does not come to its end has said nothing. */
function conclude(number: number, asked: Asked, names: readonly string[], strange: boolean, asking: Asking): Verdict[] {
  if (asked.denied || asked.answers.some(isRefusal)) return [{ number, what: 'refused' }];
  const each = asking.watched === undefined ? 3 : 2;
  if (asked.answers.length <= names.length * each || asked.answers.includes('lost')) return [];
  const masters: Verdict[] = [];
  const replicas: Verdict[] = [];
  for (const [i] of names.entries()) {
    const master = fieldsOf(asked.answers[i * each]);
    const epoch = master.get('config-epoch');
    if (epoch === undefined || epoch === '') continue;
    const where = `${master.get('ip')}:${master.get('port')}`;
    const name = master.get('name') ?? '';
    const moving = /o_down|failover_in_progress/.test(master.get('flags') ?? '');
    if (where === asking.ours) masters.push({ number, what: 'master', name, epoch, moving });
    else if (asking.watched !== undefined)
      masters.push({ number, what: 'elsewhere', name: `${name}@${where}`, epoch, moving });
    else if (isCopy(asked.answers[i * each + 1], asking.ours))
      replicas.push({ number, what: 'replica', name, epoch, moving: false });
  }
  if (strange) masters.push({ number, what: 'master', name: '?', epoch: '0', moving: false });
  return [...masters, ...(masters.length > 0 ? [] : replicas), { number, what: 'end' }];
}

const isCopy = (reply: unknown, ours: string): boolean =>
  Array.isArray(reply) && reply.map(fieldsOf).some((fields) => `${fields.get('ip')}:${fields.get('port')}` === ours);

/** Step 3, for one group's names. */
function* askNames(
  asking: Asking,
  sentinels: readonly Sentinel[],
  told: ReadonlyMap<number, Told>,
  hits: ReadonlyMap<number, readonly string[]>,
): Step<readonly Verdict[]> {
  const namesOf = (group: FenceGroup): readonly string[] => [
    ...new Set(sentinels.filter((one) => one.group === group).flatMap(({ number }) => hits.get(number) ?? [])),
  ];
  const verdicts: Verdict[] = [];
  const wanted: Sentinel[] = [];
  for (const sentinel of sentinels) {
    const { number } = sentinel;
    const one = told.get(number);
    const named = namesOf(sentinel.group).length > 0;
    if (named && (answered(one) || one === undefined)) wanted.push(sentinel);
    else if (one?.refused) verdicts.push({ number, what: 'refused' });
    else if (!named && answered(one)) {
      if (one?.strange) verdicts.push({ number, what: 'master', name: '?', epoch: '0', moving: false });
      verdicts.push({ number, what: 'end' });
    }
  }
  if (wanted.length === 0) return verdicts;
  const questions = ({ group }: Sentinel): readonly Command[] => [
    ...namesOf(group).flatMap((name): Command[] => [
      ['SENTINEL', 'MASTER', name],
      ...(asking.watched === undefined ? [['SENTINEL', 'REPLICAS', name]] : []),
      ['PING'],
    ]),
    ['PING'],
  ];
  const asked = yield* putAll(asking, wanted, questions);
  for (const { number, group } of wanted) {
    const one = asked.get(number);
    if (one) verdicts.push(...conclude(number, one.asked, namesOf(group), told.get(number)?.strange ?? false, asking));
  }
  return verdicts;
}

/** All of it. */
export function* askAll(asking: Asking, groups: readonly FenceGroup[]): Step<readonly Verdict[]> {
  const { ours, watched } = asking;
  const sentinels = sentinelsOf(groups);
  const told = yield* askInfo(asking, sentinels);
  let wanted = [...(watched === undefined ? [] : [watched]), ...asking.greeted];
  let hits = hitsOf(told, ours, wanted);
  const all = [...told.values()];
  const nothing = watched === undefined && hits.size === 0 && !all.some(({ strange }) => strange);
  if (
    nothing &&
    all.some(({ heard }) => heard) &&
    all.some(({ lines }) => lines.some(({ replicas }) => replicas > 0))
  ) {
    yield* asking.undeafen();
    wanted = [...(yield* listen(asking.shell))];
    hits = hitsOf(told, ours, wanted);
  }
  return yield* askNames(asking, sentinels, told, hits);
}
