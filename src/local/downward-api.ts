/** What a fieldRef may name. */
export interface PodFields {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly address: string;
}

/** @returns the value of a downward-API field path, undefined for one that is not emulated */
export function downwardField(pod: PodFields, path: string): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed) return (keyed[1] === 'labels' ? pod.labels : pod.annotations)[keyed[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.name;
    case 'metadata.namespace':
      return pod.namespace;
    case 'metadata.uid':
      return pod.uid;
    case 'spec.nodeName':
      return pod.machine;
    // Our pods are on the host's network: the pod's address is the machine's.
    case 'status.hostIP':
    case 'status.podIP':
      return pod.address;
    default:
      return undefined;
  }
}
