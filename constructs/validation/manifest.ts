import { type Loose, record, text } from '../../src/farm/loose.js';

/** One Kubernetes object of the synthesized output. */
export interface Manifest {
  /** path of its file, as cdk8s names it */
  readonly file: string;
  /** which KubeCluster it is applied to; objects of different ones never meet */
  readonly kubeCluster: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly object: Loose;
}

/** undefined for an empty document or one that is no Kubernetes object */
export function manifestOf(file: string, kubeCluster: string, document: unknown): Manifest | undefined {
  const object = record(document);
  const kind = text(object.kind);
  if (kind === undefined) return undefined;
  const metadata = record(object.metadata);
  return {
    file,
    kubeCluster,
    kind,
    name: text(metadata.name) ?? '',
    namespace: text(metadata.namespace) ?? '',
    object,
  };
}
