import type { Loose } from '../farm/loose.js';

/** One Kubernetes object of a dist folder. */
export interface KubeObject {
  /** folder below dist: a datacenter, `all`, `argocd`, or empty */
  readonly folder: string;
  readonly file: string;
  readonly kind: string;
  /** API group without its version; empty for the core group */
  readonly group: string;
  readonly namespace: string;
  readonly name: string;
  readonly json: Loose;
}

/** A dist folder as it was at one place or revision. */
export interface Manifests {
  /** how the user named it */
  readonly source: string;
  readonly objects: readonly KubeObject[];
}

/** One text file; `path` is relative to dist, with forward slashes. */
export interface ManifestFile {
  readonly path: string;
  readonly text: string;
}

/** The input cannot be compared: the message names file and line, and says what was expected. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
}

/** What makes two objects the same one: the file it is in may change, the folder (the KubeCluster) may not. */
export const identityOf = (object: KubeObject): string =>
  [object.folder, object.group, object.kind, object.namespace, object.name].join('\u0000');
