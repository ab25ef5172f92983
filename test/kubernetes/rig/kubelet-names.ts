import { selectsLabels } from '../../../src/local/select-labels.js';
import type { Followed } from './kubelet-follow.js';
import { type ApiPod, namespaceOf } from './pod-from-api.js';

export interface ApiService extends Followed {
  readonly metadata: Followed['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly clusterIP?: string; readonly selector?: Readonly<Record<string, string>> };
}

const ANNOTATION = 'external-dns.alpha.kubernetes.io/hostname';

/**
 * Stand-in for external DNS: `<pod>.<hostname>` and `<hostname>` for every pod that an annotated headless Service selects and a machine has.
 * @param addressOf of a Node by name
 * @returns host name -> address
 */
export function externalNames(
  services: Iterable<ApiService>,
  pods: readonly ApiPod[],
  addressOf: (node: string) => string | undefined,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { metadata, spec } of services) {
    const hostname = metadata.annotations?.[ANNOTATION];
    const { selector } = spec;
    if (hostname === undefined || spec.clusterIP !== 'None' || !selector) continue;
    const selected = pods.filter(
      (pod) =>
        namespaceOf(pod) === metadata.namespace && selectsLabels({ matchLabels: selector }, pod.metadata.labels ?? {}),
    );
    for (const pod of selected) {
      const address = addressOf(pod.spec.nodeName ?? '');
      if (address === undefined) continue;
      names.set(`${pod.metadata.name}.${hostname}`, address);
      if (!names.has(hostname)) names.set(hostname, address);
    }
  }
  return names;
}
