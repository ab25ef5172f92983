import type { Argument, Command, Option } from 'commander';

/** Names that only the running farm knows. */
export const LIVE_KINDS = [
  'partitions',
  'pods',
  'clusters',
  'sentinels',
  'machines',
  'datacenters',
  'contexts',
] as const;
export type LiveKind = (typeof LIVE_KINDS)[number];

export interface Completion {
  /** whatever the command line itself allows in this place */
  readonly words: readonly string[];
  /** names to be asked of the running farm */
  readonly live?: LiveKind;
  /** values of options that were given before, by their long names */
  readonly given: Readonly<Record<string, string>>;
}

const isLiveKind = (word: string | undefined): word is LiveKind => LIVE_KINDS.some((kind) => kind === word);

/** What the argument at a place of a command names, when it has no choices of its own. */
function liveKind(command: string, before: readonly string[]): LiveKind | undefined {
  const [first] = before;
  switch (command) {
    case 'get':
      return isLiveKind(first) ? first : undefined;
    case 'explain':
      return before.length === 0 ? 'partitions' : undefined;
    case 'scale':
    case 'delete':
      return before.length === 0 ? 'clusters' : undefined;
    case 'drain':
      return before.length === 1 && isLiveKind(`${first}s`) ? (`${first}s` as LiveKind) : undefined;
    default:
      return undefined;
  }
}

const takesValue = (option: Option | undefined): boolean => option?.required === true || option?.optional === true;
const findOption = (command: Command, word: string): Option | undefined =>
  command.options.find(({ long, short }) => long === word || short === word);
const flagsOf = (command: Command): readonly string[] => [
  ...command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []),
  '--help',
];

/** The words before the cursor, told apart. */
function read(command: Command, words: readonly string[]) {
  const given: Record<string, string> = {};
  const places: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [name = '', value] = word.split('=', 2);
    const option = word.startsWith('-') ? findOption(command, name) : undefined;
    if (!word.startsWith('-')) places.push(word);
    else if (option && takesValue(option)) given[option.attributeName()] = value ?? words[++at] ?? '';
  }
  return { given, places };
}

const argumentAt = (command: Command, at: number): Argument | undefined => {
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  return registeredArguments[at] ?? (last?.variadic ? last : undefined);
};

const beginningWith = (words: readonly string[], start: string): readonly string[] =>
  words.filter((word) => word.startsWith(start));

function completeArgument(command: Command, before: readonly string[], part: string): Completion {
  const { given, places } = read(command, before);
  const choices = argumentAt(command, places.length)?.argChoices;
  if (choices) return { words: beginningWith(choices, part), given };
  const live = argumentAt(command, places.length) ? liveKind(command.name(), places) : undefined;
  return { words: [], given, ...(live ? { live } : {}) };
}

/**
 * What may stand where the cursor is.
 * @param words after the program's name; the last one is being typed, empty when none is begun
 */
export function completeWords(main: Command, words: readonly string[]): Completion {
  const part = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const at = before.findIndex((word) => !word.startsWith('-'));
  const command = at < 0 ? undefined : main.commands.find((one) => one.name() === before[at]);
  if (!command) {
    const names = main
      .createHelp()
      .visibleCommands(main)
      .map((one) => one.name());
    const all = part.startsWith('-') ? flagsOf(main) : at < 0 ? names : [];
    return { words: beginningWith(all, part), given: {} };
  }
  const own = before.slice(at + 1);
  const previous = findOption(command, own.at(-1) ?? '');
  if (previous && takesValue(previous)) {
    const { given } = read(command, own.slice(0, -1));
    const words_ = beginningWith(previous.argChoices ?? [], part);
    return previous.long === '--context' ? { words: words_, live: 'contexts', given } : { words: words_, given };
  }
  if (part.startsWith('-')) return { words: beginningWith(flagsOf(command), part), given: {} };
  return completeArgument(command, own, part);
}
