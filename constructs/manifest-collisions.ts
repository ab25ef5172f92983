import type { ApiObject } from 'cdk8s';

/** What goes to one place, and how that place tells objects apart. */
export interface Place {
  /** `KubeCluster of a`, `folder all` */
  readonly name: string;
  readonly objects: readonly ApiObject[];
  readonly key: (object: ApiObject) => string;
}

/** How a KubeCluster tells objects apart: versions of one group are one object. */
export const identity = (object: ApiObject): string =>
  [object.apiGroup, object.kind, object.metadata.namespace ?? '', object.name].join('/');

/** What the rest of a folder needs to be there: kubectl takes files in the order of their names, and does not wait or come back. */
const FIRST: ReadonlySet<string> = new Set(['Namespace', 'CustomResourceDefinition']);

/** Name of the file, as cdk8s gives it: without the namespace. What has to be applied first is sorted first. */
export const fileName = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  `${FIRST.has(kind) ? '00-' : ''}${kind}.${name}`.replace(/[^0-9a-zA-Z-_.]/g, '');

/** Two objects that meet: the later one would silently win. */
export function collisionsIn({ name, objects, key }: Place): string[] {
  const first = new Map<string, ApiObject>();
  const problems: string[] = [];
  for (const object of objects) {
    const met = first.get(key(object));
    if (!met) first.set(key(object), object);
    else
      problems.push(
        `[${object.node.path}] ${key(object)} is in the ${name} twice, first at ${met.node.path}; rename one`,
      );
  }
  return problems;
}
