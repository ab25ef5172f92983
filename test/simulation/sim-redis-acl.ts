/** Users of a simulated Redis: ACL SETUSER applies all of its rules or none, as the compare-and-set of the marker needs it. */
import { createHash } from 'node:crypto';
import { COMMANDS, CONTAINERS, type CommandFacts, lower } from './sim-redis-commands.js';

const hashes = new Map<string, string>();
function hashOf(password: string): string {
  let hash = hashes.get(password);
  if (hash === undefined) {
    hash = createHash('sha256').update(password).digest('hex');
    // Claims carry epochs: a long run of seeds would keep them all.
    if (hashes.size > 5_000) hashes.clear();
    hashes.set(password, hash);
  }
  return hash;
}

const KNOWN_CATEGORIES = new Set(
  'keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin fast slow blocking dangerous connection transaction scripting'.split(
    ' ',
  ),
);

interface State {
  on: boolean;
  nopass: boolean;
  /** after `reset` Redis names the flag in ACL LIST */
  sanitize: boolean;
  passwords: readonly string[];
  keys: readonly string[];
  channels: readonly string[];
  /** `+@all` or `-@all` */
  base: string;
  /** in the order given; the last that speaks of a command decides */
  commands: readonly string[];
}

const BORN: State = {
  on: false,
  nopass: false,
  sanitize: false,
  passwords: [],
  keys: [],
  channels: [],
  base: '-@all',
  commands: [],
};

const MESSAGES = {
  syntax: 'Syntax error',
  unknown: 'Unknown command or category name in ACL',
  password: 'The password you are trying to remove from the user does not exist',
  hash: 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  keyAfterAll:
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
  channelAfterAll:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
} as const;

const isKnown = (name: string): boolean =>
  name.startsWith('@')
    ? KNOWN_CATEGORIES.has(name.slice(1))
    : COMMANDS.has(name) ||
      CONTAINERS.has(name) ||
      OTHER_COMMANDS.has(name) ||
      /^(client|sentinel|slowlog|latency)\|/.test(name);
/** named in rules of ours, and never sent here */
const OTHER_COMMANDS = new Set([
  'eval',
  'evalsha',
  'script|load',
  'script|exists',
  'slowlog|len',
  'slowlog|get',
  'latency|latest',
  'sync',
]);

function applyCommand(state: State, rule: string): string | undefined {
  const sign = rule[0];
  const name = lower(rule.slice(1));
  if (name === '@all') {
    state.base = `${sign}@all`;
    state.commands = [];
    return undefined;
  }
  if (!isKnown(name)) return MESSAGES.unknown;
  const kept = state.commands.filter((word) => word.slice(1) !== name && !word.startsWith(`${name}|`, 1));
  // Taken back from where nothing else gives it: it is as if it had never been named.
  const isMoot =
    state.base === `${sign}@all` && !kept.some((word) => word[1] === '@' || name.startsWith(`${word.slice(1)}|`));
  state.commands = isMoot ? kept : [...kept, `${sign}${name}`];
  return undefined;
}

function applyPassword(state: State, rule: string): string | undefined {
  const hashed = rule[0] === '#' || rule[0] === '!';
  if (hashed && !/^[0-9a-f]{64}$/.test(rule.slice(1))) return MESSAGES.hash;
  const hash = hashed ? rule.slice(1) : hashOf(rule.slice(1));
  if (rule[0] === '>' || rule[0] === '#') {
    state.passwords = state.passwords.includes(hash) ? state.passwords : [...state.passwords, hash];
    state.nopass = false;
    return undefined;
  }
  if (!state.passwords.includes(hash)) return MESSAGES.password;
  state.passwords = state.passwords.filter((other) => other !== hash);
  return undefined;
}

function applyPattern(state: State, rule: string): string | undefined {
  const pattern = rule.slice(1);
  const field = rule[0] === '~' ? 'keys' : 'channels';
  if (/\s/.test(pattern)) return MESSAGES.syntax;
  if (pattern === '*') state[field] = ['*'];
  else if (state[field][0] === '*') return field === 'keys' ? MESSAGES.keyAfterAll : MESSAGES.channelAfterAll;
  else if (!state[field].includes(pattern)) state[field] = [...state[field], pattern];
  return undefined;
}

const WORDS: Readonly<Record<string, (state: State) => void>> = {
  on: (state) => Object.assign(state, { on: true }),
  off: (state) => Object.assign(state, { on: false }),
  nopass: (state) => Object.assign(state, { nopass: true, passwords: [] }),
  resetpass: (state) => Object.assign(state, { nopass: false, passwords: [] }),
  allkeys: (state) => Object.assign(state, { keys: ['*'] }),
  resetkeys: (state) => Object.assign(state, { keys: [] }),
  allchannels: (state) => Object.assign(state, { channels: ['*'] }),
  resetchannels: (state) => Object.assign(state, { channels: [] }),
  allcommands: (state) => Object.assign(state, { base: '+@all', commands: [] }),
  nocommands: (state) => Object.assign(state, { base: '-@all', commands: [] }),
  reset: (state) => Object.assign(state, BORN, { sanitize: true }),
};

/** @returns the message of the error, or undefined */
function apply(state: State, rule: string): string | undefined {
  const word = WORDS[lower(rule)];
  if (word) {
    word(state);
    return undefined;
  }
  switch (rule[0]) {
    case '+':
    case '-':
      return applyCommand(state, rule);
    case '>':
    case '<':
    case '#':
    case '!':
      return applyPassword(state, rule);
    case '~':
    case '&':
      return applyPattern(state, rule);
    default:
      return MESSAGES.syntax;
  }
}

/** `*` only at the end, which is all that our rules use */
const matches = (pattern: string, word: string): boolean =>
  pattern === '*' || pattern === word || (pattern.endsWith('*') && word.startsWith(pattern.slice(0, -1)));

/** Of one user; replaced as a whole by each ACL SETUSER. */
export class AclUser {
  readonly #allowed = new Map<string, boolean>();
  #line: string | undefined;

  constructor(
    readonly name: string,
    readonly state: Readonly<State> = BORN,
  ) {}

  get on(): boolean {
    return this.state.on;
  }

  get nopass(): boolean {
    return this.state.nopass;
  }

  accepts(password: string): boolean {
    return this.state.on && (this.state.nopass || this.state.passwords.includes(hashOf(password)));
  }

  may(facts: CommandFacts): boolean {
    let allowed = this.#allowed.get(facts.name);
    if (allowed === undefined) {
      allowed = facts.open || this.#decide(facts);
      this.#allowed.set(facts.name, allowed);
    }
    return allowed;
  }

  #decide({ name, categories }: CommandFacts): boolean {
    const bar = name.indexOf('|');
    const container = bar < 0 ? name : name.slice(0, bar);
    const last = this.state.commands.findLast((rule) => {
      const about = rule.slice(1);
      return about.startsWith('@') ? categories.has(about.slice(1)) : about === name || about === container;
    });
    return (last ?? this.state.base).startsWith('+');
  }

  mayTouch(keys: readonly string[]): boolean {
    return keys.every((key) => this.state.keys.some((pattern) => matches(pattern, key)));
  }

  mayUse(channels: readonly string[]): boolean {
    return channels.every((channel) => this.state.channels.some((pattern) => matches(pattern, channel)));
  }

  /** The line of ACL LIST. Redis 7.0 sums the command rules up in an order of its own; here they stand as given. */
  get line(): string {
    if (this.#line === undefined) {
      const { on, nopass, sanitize, passwords, keys, channels, base, commands } = this.state;
      this.#line = [
        `user ${this.name} ${on ? 'on' : 'off'}`,
        ...(nopass ? ['nopass'] : []),
        ...(sanitize ? ['sanitize-payload'] : []),
        ...passwords.map((hash) => `#${hash}`),
        ...keys.map((key) => `~${key}`),
        ...(channels[0] === '*' ? [] : ['resetchannels']),
        ...channels.map((channel) => `&${channel}`),
        base,
        ...commands,
      ].join(' ');
    }
    return this.#line;
  }

  /** The reply of ACL GETUSER. */
  get described(): readonly (string | readonly string[])[] {
    const { on, nopass, sanitize, passwords, keys, channels, base, commands } = this.state;
    const flags = [on ? 'on' : 'off', ...(nopass ? ['nopass'] : []), ...(sanitize ? ['sanitize-payload'] : [])];
    const words = (marks: readonly string[], sign: string): string => marks.map((mark) => `${sign}${mark}`).join(' ');
    return ['flags', flags, 'passwords', passwords, 'commands', [base, ...commands].join(' ')].concat([
      'keys',
      words(keys, '~'),
      'channels',
      words(channels, '&'),
      'selectors',
      [],
    ]);
  }

  /** @returns the user with the rules applied, or the error line: nothing of it counts then */
  with(rules: readonly string[]): AclUser | string {
    const state = { ...this.state };
    for (const rule of rules) {
      const problem = apply(state, rule);
      if (problem !== undefined) return `ERR Error in ACL SETUSER modifier '${rule}': ${problem}`;
    }
    return new AclUser(this.name, state);
  }
}

/** All users of a server. */
export class Acl {
  readonly #users = new Map<string, AclUser>([['default', new AclUser('default')]]);
  #sorted: readonly AclUser[] | undefined;

  get(name: string): AclUser | undefined {
    return this.#users.get(name);
  }

  /** The user of a connection that has not logged in. */
  get default(): AclUser {
    return this.#users.get('default') as AclUser;
  }

  /** @returns the error line, if any */
  set(name: string, rules: readonly string[]): string | undefined {
    if (/[\s\0]/.test(name)) return "ERR Usernames can't contain spaces or null characters";
    const next = (this.#users.get(name) ?? new AclUser(name)).with(rules);
    if (typeof next === 'string') return next;
    this.#users.set(name, next);
    this.#sorted = undefined;
    return undefined;
  }

  delete(name: string): boolean {
    this.#sorted = undefined;
    return this.#users.delete(name);
  }

  /** As ACL LIST and ACL USERS order them: by name. */
  sorted(): readonly AclUser[] {
    this.#sorted ??= [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  /** @returns why not, as AUTH says it */
  login(name: string, password: string): string | undefined {
    return this.#users.get(name)?.accepts(password)
      ? undefined
      : 'WRONGPASS invalid username-password pair or user is disabled.';
  }
}
