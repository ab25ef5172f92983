import { SENTINEL_SIDE_RULES } from '../../src/farm/access.js';

/** A user of a sentinel's own ACL; its rules are words as in src/farm/access.ts: `+command`, `+command|word`, `&channel`. */
export interface SentinelUser {
  /** undefined: without one (`nopass`) */
  readonly password: string | undefined;
  readonly rules: string;
}

/** By name; `default` is who has not logged in. */
export type SentinelUsers = Readonly<Record<string, SentinelUser>>;

/** As constructs/scripts/sentinel-start.sh writes them. */
export const sentinelUsers = (
  passwords: Readonly<Record<'barn' | 'peer' | 'pod', string>>,
  application: string | undefined,
): SentinelUsers => ({
  [application === undefined ? 'default' : 'app']: { password: application, rules: SENTINEL_SIDE_RULES.app },
  barn: { password: passwords.barn, rules: SENTINEL_SIDE_RULES.barn },
  peer: { password: passwords.peer, rules: SENTINEL_SIDE_RULES.peer },
  pod: { password: passwords.pod, rules: SENTINEL_SIDE_RULES.pod },
});

/** What one set of rules lets through. */
export class SentinelRules {
  readonly #commands: ReadonlySet<string>;
  readonly #channels: ReadonlySet<string>;

  constructor(rules: string) {
    const words = rules.split(' ');
    this.#commands = new Set(words.filter((word) => word.startsWith('+')).map((word) => word.slice(1)));
    this.#channels = new Set(words.filter((word) => word.startsWith('&')).map((word) => word.slice(1)));
  }

  allows(command: string, word: string | undefined): boolean {
    if (this.#commands.has('@all') || this.#commands.has(command)) return true;
    return word !== undefined && this.#commands.has(`${command}|${word}`);
  }

  hears(channel: string): boolean {
    return this.#channels.has('*') || this.#channels.has(channel);
  }
}

const RULES = new Map<string, SentinelRules>();

/** The same few sets of rules are asked all the time. */
export function rulesOf(text: string): SentinelRules {
  const known = RULES.get(text) ?? new SentinelRules(text);
  RULES.set(text, known);
  return known;
}
