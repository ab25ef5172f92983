/**
 * Nothing secret leaves in a line, an event or a health answer. Three nets, because free text comes from servers and libraries:
 *  1. records are built field by field, never by spreading an object of somebody else (ioredis hangs the arguments of AUTH on its errors)
 *  2. the secrets that the composition root has read are replaced wherever they occur
 *  3. what looks like one is replaced: passwords of URLs, arguments of AUTH and of ACL rules, `password=`, bearer tokens, private keys
 */
export const CENSORED = '[redacted]';

/** A shorter value would be found in ordinary words, and what is left of the line would give it away. */
const SHORTEST_SECRET = 8;
/** characters; an error can carry a whole reply */
const LONGEST_TEXT = 2_000;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, CENSORED],
  [/(:\/\/)[^\s/@]+@/g, `$1${CENSORED}@`],
  [/\b(Bearer|Basic)\s+\S+/gi, `$1 ${CENSORED}`],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, CENSORED],
  [/\b(AUTH)((?:\s+[^\s\]]+){1,2})/g, `$1 ${CENSORED}`],
  [/\b(auth-pass|sentinel-pass|requirepass|masterauth|primaryauth)\s+\S+/gi, `$1 ${CENSORED}`],
  [
    /\b(password|passwd|secret|token|api-?key|auth-pass|requirepass)(["']?\s*(?::(?!:)|=)\s*)(?:"[^"]*"|'[^']*'|[^\s,;}]+)/gi,
    `$1$2${CENSORED}`,
  ],
  [/(^|[\s"'])[<>](?=[^\s>])[^\s"']+/g, `$1${CENSORED}`],
  [/[#!][0-9a-f]{64}\b/gi, CENSORED],
];

/** A sign of each of the patterns: nearly every text has none, and thousands are told while partitions are down. */
const SIGNS = /:\/\/|eyJ|auth|pass|secret|token|key|bearer|basic|[<>](?=[^\s>])|[#!][0-9a-f]{64}/i;

export type Scrub = (text: string) => string;

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** @param secrets values that must never appear; those under 8 characters are not looked for */
export function scrubber(secrets: readonly string[] = []): Scrub {
  // The longest first: one secret may be the beginning of another.
  const known = secrets.filter(({ length }) => length >= SHORTEST_SECRET).sort((x, y) => y.length - x.length);
  const values = known.length > 0 ? new RegExp(known.map(escaped).join('|'), 'g') : undefined;
  return (text) => {
    const unknown = values ? text.replaceAll(values, CENSORED) : text;
    const scrubbed = SIGNS.test(unknown)
      ? PATTERNS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), unknown)
      : unknown;
    return scrubbed.length > LONGEST_TEXT ? `${scrubbed.slice(0, LONGEST_TEXT)}...` : scrubbed;
  };
}

/** The same record with every text in it scrubbed. */
export function scrubRecord<T>(value: T, scrub: Scrub): T {
  if (typeof value === 'string') return scrub(value) as T;
  if (Array.isArray(value)) return value.map((item) => scrubRecord(item, scrub)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scrubRecord(item, scrub)])) as T;
}
