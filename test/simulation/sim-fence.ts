/**
 * A simulated fence: the decisions of redis-fence.sh and its parts (ask, names, tally, open) as a state machine over Surroundings; the contract test
 * plays the same scenes to it and to the script. It runs beside its server and ends with it:
 *
 *   const fence = new SimFence({ address, around: process, podName, auth, passwords, groups: () => [...], told: (line) => ... });
 *   fence.start();
 *
 * `ended` and `said` (the last line) may be looked at. It speaks to its server and to sentinels over the network only.
 */
import { APPLICATION_RULES, SENTINEL_RULES } from '../../src/farm/access.js';
import { splitAddress } from '../../src/farm/words.js';
import type { Surroundings } from './parts.js';
import { askAll, listen } from './sim-fence-ask.js';
import { drive, FenceShell, type Step } from './sim-fence-cli.js';
import { type FenceGroup, type Given, type Summary, sumUp, type Tally, tally } from './sim-fence-tally.js';

export type { FenceGroup } from './sim-fence-tally.js';

export interface FenceOptions {
  /** of the pod, `ip:port` */
  readonly address: string;
  readonly around: Surroundings;
  /** its ordinal spreads when it asks again */
  readonly podName: string;
  readonly auth: 'none' | 'password';
  readonly passwords: { readonly barn: string; readonly pod: string; readonly application: string };
  /** read anew each time it asks: names of sentinels may resolve to another address by then */
  groups(): readonly FenceGroup[];
  told?(line: string): void;
}

type WaitFor = 'quick' | 'conflict' | 'unknown';
const SECOND = 1_000;
/** ms for each step of asking: at first, and once it was in vain */
const PATIENCE_MS = 1_000;
const LONGER_MS = 2_000;
const LOOKS = 15;

export class SimFence {
  ended = false;
  said = '';
  readonly #shell: FenceShell;
  readonly #spreadMs: number;
  #deaf = false;
  /** text of the claim; empty: there is none, or the server does not answer */
  #marker = '';
  #greeted: readonly string[] = [];
  #tally: Tally = { owned: [], spare: [], thin: [], taken: undefined, moving: false };

  constructor(readonly options: FenceOptions) {
    const { around, address, passwords, podName } = options;
    this.#shell = new FenceShell(around, address, passwords.barn);
    const ordinal = /-(0|[1-9]\d{0,4})$/.exec(podName)?.[1] ?? '0';
    this.#spreadMs = (25 + ((Number(ordinal) + splitAddress(address).port) % 11)) * SECOND;
  }

  start(): void {
    drive(this.#run());
  }

  #say(line: string): void {
    if (line !== this.said) this.options.told?.(line);
    this.said = line;
  }

  #end(line: string): void {
    this.#say(line);
    this.ended = true;
  }

  *#run(): Step<void> {
    yield* this.#awaitServer();
    let [pauseMs, patienceMs] = [SECOND, PATIENCE_MS];
    while (!this.ended) {
      yield* this.#readMarker();
      if (this.#marker !== 'locked') {
        yield* this.#undeafen();
        return this.#end(`done: claimed by somebody else as ${this.#marker || 'nothing'}`);
      }
      yield* this.#ask(patienceMs, undefined, 0);
      const waitFor = yield* this.#decide();
      if (this.ended) return;
      if (waitFor === 'unknown') {
        yield* this.#stayUnknown();
        [pauseMs, patienceMs] = [SECOND, PATIENCE_MS];
      } else if (waitFor === 'conflict') yield* this.#shell.nap(5 * SECOND);
      else {
        yield* this.#shell.nap(pauseMs);
        patienceMs = LONGER_MS;
        pauseMs = Math.min(5 * SECOND, pauseMs + SECOND);
      }
    }
  }

  *#awaitServer(): Step<void> {
    for (let tries = 1; (yield* this.#shell.own(['PING']))[0] !== 'PONG'; tries++)
      yield* this.#shell.nap(tries < 100 ? 50 : SECOND);
  }

  *#readMarker(): Step<void> {
    const [users] = yield* this.#shell.own(['ACL', 'LIST']);
    const marker = Array.isArray(users) ? users.find((line) => String(line).startsWith('user marker ')) : undefined;
    this.#marker = / ~(\S+)/.exec(String(marker ?? ''))?.[1] ?? '';
  }

  /** ask_all and tally. */
  *#ask(patienceMs: number, watched: string | undefined, highest: number): Step<void> {
    const { address, passwords } = this.options;
    const groups = this.options.groups();
    const verdicts = yield* askAll(
      {
        shell: this.#shell,
        ours: address,
        pod: { user: 'pod', password: passwords.pod },
        watched,
        greeted: this.#greeted,
        patienceMs,
        undeafen: () => this.#undeafen(),
      },
      groups,
    );
    this.#greeted = [];
    this.#tally = tally(groups, verdicts, highest);
  }

  // ---------------------------------------------------------------- what to do

  *#decide(): Step<WaitFor> {
    const { owned, spare, thin } = this.#tally;
    if (owned.length > 0) return yield* this.#asOwner(owned);
    yield* this.#undeafen();
    if (spare.length > 0) return yield* this.#asSpare(spare);
    if (thin.length > 0) {
      this.#say(`locked: not enough answers: ${thin.join(', ')}`);
      return 'quick';
    }
    const asked = this.options.groups().some(({ hosts }) => hosts.length > 0);
    this.#say(
      asked ? 'locked: no majority of a sentinel group knows this address' : 'locked: no sentinel group is declared',
    );
    return 'unknown';
  }

  *#asOwner(owned: readonly Given[]): Step<WaitFor> {
    const sum = sumUp(owned);
    const names = owned.map(({ partition }) => ` ${partition}`).join('');
    if (sum.cluster === '?' && sum.number === 1)
      this.#say(`locked: this address belongs to no partition of ours:${names}`);
    else if (sum.cluster === '?') this.#say(`locked: this address has several owners:${names}`);
    else if (sum.kinds === 'unreplicated') {
      if (this.#failingOver(names)) return 'quick';
      if (sum.number === 1) yield* this.#open('bound', sum.partition, sum);
      else yield* this.#open('standby', sum.cluster, sum, `, shelter of${names}`);
    } else if (sum.kinds === 'replicated' && sum.number === 1) {
      const holds = yield* this.#keys();
      if (holds === undefined) return 'quick';
      if (!holds) {
        yield* this.#deafen();
        this.#say(`locked: master of ${sum.partition}, empty, until its address has moved`);
        return 'quick';
      }
      if (this.#failingOver(names)) return 'quick';
      yield* this.#open('member', sum.partition, sum);
    } else this.#say(`locked: this address has several owners:${names}`);
    return 'conflict';
  }

  *#asSpare(spare: readonly Given[]): Step<WaitFor> {
    const sum = sumUp(spare);
    const names = spare.map(({ partition }) => ` ${partition}`).join('');
    const holds = yield* this.#keys();
    if (sum.cluster === '?') this.#say(`locked: replica of several cache clusters:${names}`);
    else if (sum.kinds !== 'unreplicated') this.#say(`locked: replica of${names}, to be attached by barn`);
    else if (holds === false) yield* this.#open('standby', sum.cluster, sum);
    else this.#say(`locked: standby of ${sum.cluster} by the sentinels, but it holds keys`);
    return 'conflict';
  }

  #failingOver(names: string): boolean {
    if (this.#tally.moving) this.#say(`locked: a failover has begun of${names}`);
    return this.#tally.moving;
  }

  /** Whether our server holds keys, in any of its databases; undefined: it has not said. */
  *#keys(): Step<boolean | undefined> {
    const [text] = yield* this.#shell.own(['INFO', 'keyspace']);
    if (typeof text !== 'string' || !text.startsWith('# Keyspace')) return undefined;
    return /db\d+:keys=/.test(text);
  }

  /** Asks again in half a minute if a sentinel greets us by then, else in two minutes. */
  *#stayUnknown(): Step<void> {
    this.#greeted = [];
    for (let turns = 0; turns < 4 && this.#greeted.length === 0 && this.#marker === 'locked'; turns++) {
      yield* this.#shell.nap(this.#spreadMs - 4 * SECOND);
      this.#greeted = yield* listen(this.#shell);
      yield* this.#readMarker();
    }
  }

  // ---------------------------------------------------------------- opens and shuts

  *#deafen(): Step<void> {
    if (!this.#deaf) yield* this.#shell.own(['ACL', 'SETUSER', 'sentinel', '-ping']);
    this.#deaf = true;
  }

  *#undeafen(): Step<void> {
    if (this.#deaf) yield* this.#shell.own(['ACL', 'SETUSER', 'sentinel', '+ping']);
    this.#deaf = false;
  }

  /** Claims the pod and opens it; ends the fence, or returns when the server did not answer or the pod is locked again. */
  *#open(kind: 'bound' | 'standby' | 'member', subject: string, sum: Summary, more = ''): Step<void> {
    const { auth, passwords } = this.options;
    const text = `${kind}/${subject}/${sum.highest}`;
    const user = auth === 'none' ? 'default' : sum.cluster;
    const access = auth === 'none' ? 'nopass' : `>${passwords.application}`;
    const claim = ['ACL', 'SETUSER', 'marker', '<locked', `>${text}`, 'resetkeys', `~${text}`];
    const [taken] = yield* this.#shell.own(claim);
    if (taken !== 'OK')
      return this.#say(`locked: the claim ${text} was not taken: ${taken instanceof Error ? taken.message : ''}`);
    yield* this.#shell.own(
      ['ACL', 'SETUSER', 'sentinel', 'on', ...SENTINEL_RULES[kind].split(' ')],
      ['ACL', 'SETUSER', 'replication', kind === 'member' ? 'on' : 'off'],
      ['ACL', 'SETUSER', user, 'reset', ...APPLICATION_RULES.split(' '), `>${text}`],
    );
    yield* this.#readMarker();
    let problem: string | undefined = 'the marker has changed';
    if (this.#marker === text) {
      const [admitted] = yield* this.#shell.own(['ACL', 'SETUSER', user, 'on', `<${text}`, access]);
      problem = admitted === 'OK' ? undefined : admitted instanceof Error ? admitted.message : '';
    }
    if (problem !== undefined) return this.#end(`claimed ${text}, not opened: ${problem}`);
    this.#say(`open: ${text} for ${user}${more}`);
    if (kind === 'bound') yield* this.#keepWatch(sum, text, user);
    else this.ended = true;
  }

  /** Ends the fence when the partition is still ours; returns when the pod is locked again. */
  *#keepWatch({ partition, highest }: Summary, text: string, user: string): Step<void> {
    yield* this.#shell.nap(3 * SECOND);
    for (let looks = 0; looks < LOOKS; looks++) {
      yield* this.#ask(PATIENCE_MS, partition, highest);
      const { moving, thin, taken } = this.#tally;
      yield* this.#readMarker();
      if (this.#marker === text && taken !== undefined && (yield* this.#giveUp(`${partition}/${highest}`, text, user)))
        return this.#say(`shut: ${partition} is at ${taken} with a higher epoch than ${highest}`);
      if (this.#marker === 'locked') return;
      if (this.#marker === text && !moving && thin.length === 0) break;
      if (this.#marker !== text && this.#marker !== '')
        return this.#end(`done: claimed by somebody else as ${this.#marker}`);
      if (moving) this.#say(`looking again: not all sentinels leave ${partition} here`);
      yield* this.#shell.nap(2 * SECOND);
    }
    this.#end(`done: no majority has given ${partition} to another pod`);
  }

  /** Shuts the pod: from the first command on nobody else can claim it, so what is flushed is ours; from the last on it is idle. */
  *#giveUp(subject: string, text: string, user: string): Step<boolean> {
    const shell = this.#shell;
    const closing = `closing/${subject}`;
    yield* shell.own(['ACL', 'SETUSER', 'marker', `<${text}`, `>${closing}`, 'resetkeys', `~${closing}`]);
    yield* this.#readMarker();
    if (this.#marker !== closing) return false;
    while (!(yield* this.#shut(closing, user))) yield* shell.nap(SECOND);
    this.#marker = 'locked';
    return true;
  }

  *#shut(closing: string, user: string): Step<boolean> {
    const shell = this.#shell;
    if (!(yield* this.#expel(user))) return false;
    if (!(yield* shell.ownOk('ACL', 'SETUSER', 'sentinel', 'on', ...SENTINEL_RULES.locked.split(' ')))) return false;
    if (!(yield* shell.ownOk('ACL', 'SETUSER', 'replication', 'off'))) return false;
    if (!(yield* shell.ownOk('FLUSHALL'))) return false;
    yield* shell.own(['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']);
    return yield* shell.ownOk('ACL', 'SETUSER', 'marker', `<${closing}`, '>locked', 'resetkeys', '~locked');
  }

  /** The application out, its connections cut. */
  *#expel(user: string): Step<boolean> {
    if (user === 'default') {
      if (!(yield* this.#shell.ownOk('ACL', 'SETUSER', 'default', 'reset'))) return false;
      return (yield* this.#shell.own(['CLIENT', 'KILL', 'USER', 'default'])).length > 0;
    }
    const [count] = yield* this.#shell.own(['ACL', 'DELUSER', user]);
    return count === 0 || count === 1;
  }
}
