import { createHash } from 'node:crypto';
import type { DeclaredState } from './declared-state.js';
import type { DeclaredObject } from './kube-port.js';
import { declarationOf, objectIn } from './write-object.js';

/**
 * What all KubeClusters that answer declare of one cache cluster, as one word. It changes with every change of the declaration, by whomever, and
 * when a KubeCluster comes or goes; a status does not change it.
 * @param written `datacenter` -> the object as it is by now; @default as it was read
 */
export function versionOf(
  state: DeclaredState,
  clusterName: string,
  written: (datacenter: string) => DeclaredObject | undefined = () => undefined,
): string {
  const copies = state.answered
    .map((reading) => [
      reading.datacenter,
      declarationOf(written(reading.datacenter) ?? objectIn(reading, clusterName)),
    ])
    .sort(([one = ''], [other = '']) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(copies)).digest('base64url').slice(0, 22);
}
