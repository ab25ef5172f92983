/** Which room may import which (docs/architecture.md), as checks that return one readable line for each break. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Import, SourceFile } from './source-file.js';

export interface RoomRule {
  /** rooms of ours it may import; `*` = every room */
  readonly rooms: readonly string[];
  /** rooms of which it may import types, and nothing that is left at run time */
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
  /** Node built-ins: true, or only those named */
  readonly builtins?: true | readonly string[];
  /** Node built-ins of which it may import types */
  readonly builtinTypes?: readonly string[];
  /** no clock, no randomness, no console, no timers, no process */
  readonly pure?: true;
}

export const ROOMS: Readonly<Record<string, RoomRule>> = {
  keyspace: { rooms: [], pure: true },
  wire: { rooms: [], builtinTypes: ['node:net'] },
  farm: { rooms: ['keyspace'], packages: ['zod'], pure: true },
  farms: { rooms: ['farm'], pure: true },
  constructs: { rooms: ['farm'], packages: ['cdk8s', 'cdk8s-plus-28', 'constructs'], builtins: true },
  world: { rooms: ['farm', 'keyspace'], builtinTypes: ['node:https'], pure: true },
  plan: { rooms: ['farm', 'keyspace', 'world'], pure: true },
  observe: {
    rooms: ['farm', 'keyspace', 'world', 'wire'],
    packages: ['ioredis', '@kubernetes/client-node'],
    builtins: true,
  },
  act: {
    rooms: ['farm', 'keyspace'],
    types: ['plan', 'world'],
    packages: ['ioredis'],
    builtins: true,
  },
  barn: { rooms: ['farm', 'world', 'plan'], types: ['observe', 'act'], builtins: true },
  voice: { rooms: ['farm', 'world', 'plan'], types: ['barn'], packages: ['pino', 'prom-client'], builtins: true },
  // plan: what a change would do is planned on a copy of the World, and done by Barn alone
  api: {
    rooms: ['farm', 'keyspace', 'world', 'plan'],
    types: ['barn', 'voice'],
    packages: [
      'fastify',
      'fastify-type-provider-zod',
      '@fastify/cookie',
      '@fastify/helmet',
      '@fastify/rate-limit',
      '@fastify/swagger',
      'zod',
    ],
    builtins: true,
  },
  web: { rooms: ['farm', 'keyspace'], types: ['api'], packages: ['react', 'react-dom'] },
  local: { rooms: ['farm'], types: ['world'], packages: ['yaml'], builtins: true },
  review: { rooms: ['farm', 'keyspace'], packages: ['yaml'], builtins: true },
  client: { rooms: ['keyspace', 'wire'], packages: ['ioredis', 'cockatiel'], builtins: true },
  testing: {
    rooms: [
      'keyspace',
      'farm',
      'farms',
      'constructs',
      'world',
      'plan',
      'observe',
      'act',
      'barn',
      'local',
      'client',
      'cli',
    ],
    packages: ['ioredis'],
    builtins: true,
  },
  // ioredis: the demo is an application too
  cli: {
    rooms: ['*'],
    packages: ['commander', 'picocolors', 'yaml', 'ioredis', '@kubernetes/client-node'],
    builtins: true,
  },
  index: { rooms: ['farm', 'constructs'] },
};

/** Not to be found in a pure room. `Math.random` but not `Math.max`; `Date` in every form. */
const IMPURE = [
  'Date',
  'Math.random',
  'process',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'fetch',
  'globalThis',
];

/** `src/plan/x.ts` -> plan, `constructs/x.ts` -> constructs, `src/index.ts` -> index; undefined outside of all rooms. */
export function roomOf(path: string): string | undefined {
  const [top, next, ...rest] = path.split('/');
  if (top === 'constructs') return 'constructs';
  if (top !== 'src' || next === undefined) return undefined;
  return rest.length > 0 ? next : next.replace(/\.ts$/, '');
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** The file a relative import names, from the project's root. */
const targetOf = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');

/** `ioredis/built/x` -> ioredis, `@kubernetes/client-node/x` -> @kubernetes/client-node */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

type Check = (file: SourceFile, rule: RoomRule, room: string) => readonly string[];

/** Runs a check on every file of a known room; files of unknown rooms are unknownRooms' business. */
const inEveryRoom = (files: readonly SourceFile[], rooms: typeof ROOMS, check: Check): readonly string[] =>
  files.flatMap((file) => {
    const room = roomOf(file.path);
    const rule = room === undefined ? undefined : rooms[room];
    return room !== undefined && rule ? check(file, rule, room) : [];
  });

const at = (file: SourceFile, found: { readonly line: number }): string => `${file.path}:${found.line}`;

export const unknownRooms = (files: readonly SourceFile[], rooms = ROOMS): readonly string[] =>
  files
    .filter((file) => !rooms[roomOf(file.path) ?? ''])
    .map(
      (file) =>
        `${file.path}: ${roomOf(file.path) ?? 'this place'} is no room; add it to ROOMS and to docs/architecture.md`,
    );

function isWrongWay(imported: Import, room: string, rule: RoomRule, target: string | undefined): boolean {
  if (target === room) return false;
  if (target === undefined) return true;
  if (rule.rooms.includes('*') || rule.rooms.includes(target)) return false;
  return !(imported.typeOnly && rule.types?.includes(target));
}

export const wrongDirections = (files: readonly SourceFile[], rooms = ROOMS): readonly string[] =>
  inEveryRoom(files, rooms, (file, rule, room) =>
    file.imports
      .filter(({ specifier }) => isRelative(specifier) && !specifier.endsWith('.json'))
      .flatMap((imported) => {
        const target = roomOf(targetOf(file.path, imported.specifier));
        if (!isWrongWay(imported, room, rule, target)) return [];
        const onlyTypes = rule.types?.includes(target ?? '') ? ' (its types only: use `import type`)' : '';
        const allowed =
          [...rule.rooms, ...(rule.types ?? []).map((name) => `types of ${name}`)].join(', ') || 'no room';
        return [
          `${at(file, imported)}: ${room} may not import ${target ?? imported.specifier}${onlyTypes}; it may import ${allowed}`,
        ];
      }),
  );

function mayUse({ specifier, typeOnly }: Import, rule: RoomRule): boolean {
  if (typeOnly && rule.builtinTypes?.includes(specifier)) return true;
  if (!isBuiltin(specifier)) return rule.packages?.includes(packageOf(specifier)) ?? false;
  return rule.builtins === true || (rule.builtins?.includes(specifier) ?? false);
}

export const strayPackages = (files: readonly SourceFile[], rooms = ROOMS): readonly string[] =>
  inEveryRoom(files, rooms, (file, rule, room) =>
    file.imports
      .filter((imported) => !isRelative(imported.specifier) && !mayUse(imported, rule))
      .map(
        (imported) =>
          `${at(file, imported)}: ${imported.specifier} is no package of ${room}, which may use ${rule.packages?.join(', ') ?? 'none'}`,
      ),
  );

export const missingExtensions = (files: readonly SourceFile[]): readonly string[] =>
  files.flatMap((file) =>
    file.imports
      .filter(({ specifier }) => isRelative(specifier) && !/\.(js|json)$/.test(specifier))
      .map((imported) => `${at(file, imported)}: '${imported.specifier}' must end in .js`),
  );

export const impureNames = (files: readonly SourceFile[], rooms = ROOMS): readonly string[] =>
  inEveryRoom(files, rooms, (file, rule, room) =>
    rule.pure
      ? file.globals
          .filter(({ name }) => IMPURE.some((impure) => name === impure || name.startsWith(`${impure}.`)))
          .map((used) => `${at(file, used)}: ${room} is pure and may not use ${used.name}`)
      : [],
  );

/**
 * Import cycles between files, types included, each once as `a.ts -> b.ts -> a.ts`.
 * Depth first; a file met again on the path closes a cycle, a finished file is never entered twice.
 */
export function importCycles(files: readonly SourceFile[]): readonly string[] {
  const targets = new Map(
    files.map((file) => [
      file.path,
      file.imports.filter((i) => isRelative(i.specifier)).map((i) => targetOf(file.path, i.specifier)),
    ]),
  );
  const cycles: string[] = [];
  const finished = new Set<string>();
  const enter = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || finished.has(path)) return;
    for (const target of targets.get(path) ?? []) enter(target, [...trail, path]);
    finished.add(path);
  };
  for (const path of targets.keys()) enter(path, []);
  return [...new Set(cycles)];
}
