/** What Redis 7.0.15 knows about the commands that the simulation uses, as COMMAND INFO says it (the contract test compares the two). */

export interface CommandFacts {
  /** full name: `client|setname` */
  readonly name: string;
  /** words with the command itself; negative: at least so many */
  readonly arity: number;
  /** categories without the `@` */
  readonly categories: ReadonlySet<string>;
  /** changes keys: refused by replicas, held by a pause, sent to replicas */
  readonly write: boolean;
  /** allowed before a login, and to everybody */
  readonly open: boolean;
  /** where keys are: first, and whether all that follow are keys as well */
  readonly keys: 'none' | 'first' | 'rest';
  /** where channels are */
  readonly channels: 'none' | 'first' | 'rest';
}

const CATEGORY: Readonly<Record<string, string>> = {
  f: 'fast',
  s: 'slow',
  c: 'connection',
  a: 'admin',
  d: 'dangerous',
  p: 'pubsub',
  k: 'keyspace',
  r: 'read',
  w: 'write',
  S: 'string',
  t: 'transaction',
  x: 'scripting',
};

/** name, arity, categories by letter; `1` one key, `*` keys to the end, `#` one channel, `&` channels to the end, `!` no login needed */
const TABLE: readonly (readonly [string, number, string])[] = [
  ['auth', -2, 'fc!'],
  ['hello', -1, 'fc!'],
  ['quit', -1, 'fc!'],
  ['ping', -1, 'fc'],
  ['echo', 2, 'fc'],
  ['select', 2, 'fc'],
  ['info', -1, 'sd'],
  ['role', 1, 'afd'],
  ['acl|setuser', -3, 'asd'],
  ['acl|deluser', -3, 'asd'],
  ['acl|getuser', 3, 'asd'],
  ['acl|list', 2, 'asd'],
  ['acl|users', 2, 'asd'],
  ['acl|whoami', 2, 's'],
  ['client|setname', 3, 'sc'],
  ['client|getname', 2, 'sc'],
  ['client|id', 2, 'sc'],
  ['client|list', -2, 'asdc'],
  ['client|kill', -3, 'asdc'],
  ['client|pause', -3, 'asdc'],
  ['client|unpause', 2, 'asdc'],
  ['config|get', -3, 'asd'],
  ['config|set', -4, 'asd'],
  ['config|rewrite', 2, 'asd'],
  ['replicaof', 3, 'asd'],
  ['slaveof', 3, 'asd'],
  ['replconf', -1, 'asd'],
  ['psync', -3, 'asd'],
  ['subscribe', -2, 'ps&'],
  ['unsubscribe', -1, 'ps'],
  ['publish', 3, 'pf#'],
  ['dbsize', 1, 'krf'],
  ['flushall', -1, 'kwsd'],
  ['set', -3, 'wSs1'],
  ['get', 2, 'rSf1'],
  ['del', -2, 'kws*'],
  ['incr', 2, 'wSf1'],
  ['exists', -2, 'krf*'],
  ['keys', 2, 'krsd'],
  ['multi', 1, 'ft'],
  ['exec', 1, 'st'],
  ['discard', 1, 'ft'],
  ['script|kill', 2, 'sx'],
  ['script|flush', -2, 'sx'],
  ['function|flush', -2, 'wsx'],
];

function factsOf([name, arity, letters]: readonly [string, number, string]): CommandFacts {
  const has = (letter: string): boolean => letters.includes(letter);
  return {
    name,
    arity,
    categories: new Set([...letters].flatMap((letter) => CATEGORY[letter] ?? [])),
    write: has('w'),
    open: has('!'),
    keys: has('1') ? 'first' : has('*') ? 'rest' : 'none',
    channels: has('#') ? 'first' : has('&') ? 'rest' : 'none',
  };
}

/** full name -> facts */
export const COMMANDS: ReadonlyMap<string, CommandFacts> = new Map(TABLE.map((row) => [row[0], factsOf(row)]));

/** commands that have subcommands */
export const CONTAINERS: ReadonlySet<string> = new Set(
  [...COMMANDS.keys()].flatMap((name) => (name.includes('|') ? [name.slice(0, name.indexOf('|'))] : [])),
);

/** container -> subcommand -> facts */
const SUBCOMMANDS: ReadonlyMap<string, ReadonlyMap<string, CommandFacts>> = new Map(
  [...CONTAINERS].map((container) => [
    container,
    new Map(
      [...COMMANDS].flatMap(([name, facts]) =>
        name.startsWith(`${container}|`) ? [[name.slice(container.length + 1), facts] as const] : [],
      ),
    ),
  ]),
);

const LOWER = new Map<string, string>();
/** Lower case, of words that come again and again. */
export function lower(word: string): string {
  let known = LOWER.get(word);
  if (known === undefined) {
    known = word.toLowerCase();
    if (LOWER.size < 10_000) LOWER.set(word, known);
  }
  return known;
}

/** The facts of a command as sent, or the error line for one that is unknown or has the wrong number of words. */
export function lookUp(command: readonly string[]): CommandFacts | string {
  const given = command[0] ?? '';
  const name = lower(given);
  const container = CONTAINERS.has(name);
  const second = command[1];
  if (container && second === undefined) return `ERR wrong number of arguments for '${name}' command`;
  const facts = container ? SUBCOMMANDS.get(name)?.get(lower(second ?? '')) : COMMANDS.get(name);
  if (!facts && container) return `ERR unknown subcommand '${second}'. Try ${name.toUpperCase()} HELP.`;
  if (!facts) {
    const words = command.slice(1).map((word) => `'${word}' `);
    return `ERR unknown command '${given}', with args beginning with: ${words.join('')}`;
  }
  const enough = facts.arity < 0 ? command.length >= -facts.arity : command.length === facts.arity;
  return enough ? facts : `ERR wrong number of arguments for '${facts.name}' command`;
}

/** What of a command's words the key or channel rules of a user are about. */
export function wordsAt(command: readonly string[], where: 'none' | 'first' | 'rest'): readonly string[] {
  if (where === 'none') return [];
  return where === 'first' ? command.slice(1, 2) : command.slice(1);
}
