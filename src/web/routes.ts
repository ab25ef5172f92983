/** Which view an address shows. */

export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'map' }
  | { readonly view: 'clusters' }
  | { readonly view: 'new-cluster' }
  | { readonly view: 'cluster'; readonly clusterName: string }
  | { readonly view: 'edit-cluster'; readonly clusterName: string }
  | { readonly view: 'partition'; readonly name: string }
  | { readonly view: 'timeline' }
  | { readonly view: 'groups' }
  | { readonly view: 'brakes' }
  | { readonly view: 'login' }
  | { readonly view: 'none' };

/** undefined: its percent-encoding is broken */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

const PLAIN = {
  map: 'map',
  clusters: 'clusters',
  timeline: 'timeline',
  groups: 'groups',
  brakes: 'brakes',
  login: 'login',
} as const;

/** @param path still percent-encoded; a slash at its end is none */
export function routeOf(path: string): Route {
  const raw = path.split('/').filter((part) => part !== '');
  const parts = raw.map(decode);
  const [first, second, third, ...more] = parts;
  if (parts.length === 0) return { view: 'overview' };
  if (more.length > 0 || first === undefined || parts.includes(undefined)) return { view: 'none' };
  if (second === undefined && third === undefined && Object.hasOwn(PLAIN, first))
    return { view: PLAIN[first as keyof typeof PLAIN] };
  if (first === 'partitions' && second !== undefined && third === undefined) return { view: 'partition', name: second };
  if (first !== 'clusters' || second === undefined) return { view: 'none' };
  if (third === 'edit') return { view: 'edit-cluster', clusterName: second };
  if (third !== undefined) return { view: 'none' };
  return raw[1] === 'new' ? { view: 'new-cluster' } : { view: 'cluster', clusterName: second };
}

/** `new` is a form, and a name that somebody may give: as a name it is written in another way, which means the same. */
const namePart = (clusterName: string): string => (clusterName === 'new' ? '%6Eew' : encodeURIComponent(clusterName));

/** Where things are, for links. */
export const pathTo = {
  cluster: (clusterName: string): string => `/clusters/${namePart(clusterName)}`,
  editCluster: (clusterName: string): string => `/clusters/${namePart(clusterName)}/edit`,
  partition: (name: string): string => `/partitions/${encodeURIComponent(name)}`,
  machine: (name: string): string => `/map?machine=${encodeURIComponent(name)}`,
  datacenter: (name: string): string => `/map?datacenter=${encodeURIComponent(name)}`,
  pod: (id: string): string => `/map?pod=${encodeURIComponent(id)}`,
} as const;
