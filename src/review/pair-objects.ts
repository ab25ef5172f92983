import { identityOf, type KubeObject, type Manifests } from './manifests.js';

export interface Pair {
  readonly from: KubeObject;
  readonly to: KubeObject;
}

export interface Paired {
  readonly added: readonly KubeObject[];
  readonly removed: readonly KubeObject[];
  /** on both sides, equal or not */
  readonly kept: readonly Pair[];
}

/** Which objects of two dists are the same one. */
export function pairObjects(from: Manifests, to: Manifests): Paired {
  const before = new Map(from.objects.map((object) => [identityOf(object), object]));
  const after = new Set(to.objects.map(identityOf));
  return {
    added: to.objects.filter((object) => !before.has(identityOf(object))),
    removed: from.objects.filter((object) => !after.has(identityOf(object))),
    kept: to.objects.flatMap((object) => {
      const earlier = before.get(identityOf(object));
      return earlier ? [{ from: earlier, to: object }] : [];
    }),
  };
}
