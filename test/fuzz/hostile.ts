/** What nobody should ever send, and how it gets into something that was right: the same edits are drawn by fast-check and decoded from bytes. */
import { fc } from '../builders/fast-check.js';

/** Names that break configuration files, patterns, objects or terminals (research/reliability: bad inputs). */
export const NAMES: readonly string[] = [
  '',
  ' ',
  'a b',
  'a\tb',
  'a\nb',
  'a\r\nb',
  'a\u0000b',
  '"',
  "'",
  '*',
  '?',
  '[x]',
  '-a',
  '--help',
  '#a',
  'a,b,c,d,e,f,g,h',
  '::',
  'User.id::0',
  'User.id::00',
  'User.id::-1',
  'User.id::999999999',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'barn',
  'default',
  '__sentinel__',
  'USER.ID',
  '\u202euser',
  'e\u0301',
  'ㅇㅏ',
  '\ud800',
  '🦊',
  '\u001b[2J',
  '$(reboot)',
  '%s%n',
  'x'.repeat(64),
  'x'.repeat(5_000),
];

/** Texts where a number belongs. */
const NUMBERS: readonly string[] = [
  '-1',
  '0',
  '1.5',
  '1e9',
  '1e999',
  'NaN',
  'Infinity',
  '0x10',
  '9007199254740993',
  '9999999999999999',
  '18446744073709551615',
  '18446744073709551616',
  '٣',
];

const ADDRESSES: readonly string[] = [
  '0.0.0.0:0',
  '127.0.0.1:1',
  '[::1]:6378',
  '10.0.0.1',
  ':6378',
  '10.0.0.1:65536',
  '10.0.0.1:6378,evil',
  'undefined:undefined',
  'bound/User.id::0/1',
  'bound/User.id::0/9999999999999999',
  'bound/User.id::0/9007199254740991',
  'standby/__proto__/1',
  'member/Other.name::7/3',
  '2026-11-22T00:00:00Z',
  '9999-12-31T23:59:59Z',
];

/** Everything that JSON can carry in the wrong place; `toString` makes it fight back where a text is expected. */
export const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  1.5,
  1e9,
  1e308,
  2 ** 53,
  65_536,
  [],
  {},
  [null],
  [[[[]]]],
  [1, 'two', { three: 3 }],
  { name: null },
  { toString: 1, valueOf: 1 },
  { length: 5 },
  JSON.parse('{"__proto__":{"hostile":true},"constructor":1}'),
  Array.from({ length: 300 }, (_, i) => i),
  ...NAMES,
  ...NUMBERS,
  ...ADDRESSES,
];

/** One wrong thing in a document: at which of its places, what is done there, with what. */
export interface Edit {
  readonly at: number;
  readonly op: number;
  readonly value: number;
}

type Key = string | number;
type Path = readonly Key[];

function placesOf(root: unknown): readonly Path[] {
  const places: Path[] = [];
  const walk = (value: unknown, path: Path): void => {
    places.push(path);
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(root, []);
  return places;
}

const parentAt = (root: unknown, path: Path): Record<Key, unknown> | undefined => {
  let at: unknown = root;
  for (const key of path.slice(0, -1)) at = (at as Record<Key, unknown> | null | undefined)?.[key];
  return typeof at === 'object' && at !== null ? (at as Record<Key, unknown>) : undefined;
};

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<Key, unknown> | null | undefined)?.[key], root);

const damaged = (text: string, value: number): string => {
  const cut = Math.floor((text.length * value) / 256);
  const name = NAMES[value % NAMES.length] ?? '';
  return value % 3 === 0 ? text.slice(0, cut) : `${text.slice(0, cut)}${name}${value % 3 === 1 ? text.slice(cut) : ''}`;
};

function editOnce(root: unknown, places: readonly Path[], { at, op, value }: Edit): void {
  const path = places[at % places.length] ?? [];
  const key = path.at(-1);
  const parent = parentAt(root, path);
  if (key === undefined || !parent) return;
  const here = parent[key];
  switch (op % 6) {
    case 0:
    case 1:
      parent[key] = structuredClone(VALUES[value % VALUES.length]);
      return;
    case 2:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      return;
    case 3:
      // What is right elsewhere.
      parent[key] = structuredClone(valueAt(root, places[(at * 31 + value * 257) % places.length] ?? []));
      return;
    case 4:
      parent[key] = typeof here === 'string' ? damaged(here, value) : [here, here];
      return;
    default:
      if (Array.isArray(parent)) parent.splice(value % (parent.length + 1), 0, structuredClone(here));
      else parent[NAMES[value % NAMES.length] ?? ''] = structuredClone(here);
  }
}

/** Makes the edits of a document again and again without walking it anew. */
export function editor<T>(original: T): (edits: readonly Edit[]) => T {
  const text = JSON.stringify(original);
  const places = placesOf(JSON.parse(text));
  return (edits) => {
    const root = { document: JSON.parse(text) as T };
    for (const edit of edits) editOnce(root.document, places, edit);
    return root.document;
  };
}

export const edits = (most = 10): fc.Arbitrary<readonly Edit[]> =>
  fc.array(fc.record({ at: fc.nat(65_535), op: fc.nat(5), value: fc.nat(255) }), { minLength: 1, maxLength: most });

/** Four bytes an edit. */
export function editsOf(bytes: Uint8Array): readonly Edit[] {
  const found: Edit[] = [];
  for (let i = 0; i + 3 < bytes.length && found.length < 24; i += 4)
    found.push({ at: (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0), op: bytes[i + 2] ?? 0, value: bytes[i + 3] ?? 0 });
  return found;
}

/** Any text: mostly the worst there is. */
export const hostileText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...NAMES, ...NUMBERS, ...ADDRESSES),
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(fc.constantFrom(...NAMES.filter(({ length }) => length < 100)), { maxLength: 4 })
      .map((names) => names.join('')),
  );

export const hostileValue = (): fc.Arbitrary<unknown> =>
  fc.oneof(fc.constantFrom(...VALUES), fc.jsonValue(), hostileText());
