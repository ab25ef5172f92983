/** Sections of a FarmSpec whose elements have names. */
export type Section = 'datacenters' | 'tiers' | 'sentinelGroups' | 'cacheClusters';

const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** `cacheClusters.User.id`, or `cacheClusters[3]` where the name is none that a person could read in a path. */
export function elementPath(section: string, index: number, element: unknown): string {
  const key = section === 'cacheClusters' ? 'clusterName' : 'name';
  const name = typeof element === 'object' && element !== null ? (element as Record<string, unknown>)[key] : undefined;
  return typeof name === 'string' && PLAIN_NAME.test(name) ? `${section}.${name}` : `${section}[${index}]`;
}

const isRecord = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === 'object' && value !== null;

/** What stands at a path of keys and indexes; undefined where there is nothing. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    root,
  );
}

/** `['tiers', 0, 'ports', 1]` in the user's words: `tiers.M1.ports[1]`; the whole farm is `farm`. */
export function pathText(root: unknown, path: readonly PropertyKey[]): string {
  const [section, index, ...rest] = path;
  if (section === undefined) return 'farm';
  if (typeof index !== 'number') return path.map(String).join('.');
  const start = elementPath(String(section), index, valueAt(root, [section, index]));
  return rest.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    start,
  );
}
