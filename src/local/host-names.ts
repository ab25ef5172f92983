import type { Service } from './manifest.js';
import type { Pod } from './pod.js';

const ANNOTATION = 'external-dns.alpha.kubernetes.io/hostname';

/**
 * Stand-in for external DNS: `<pod>.<hostname>` and `<hostname>` for every scheduled pod of an annotated headless Service.
 * @returns host name -> address
 */
export function hostNames(services: readonly Service[], pods: Iterable<Pod>): ReadonlyMap<string, string> {
  const hostnames = new Map(services.map((s) => [s.metadata.name, s.metadata.annotations?.[ANNOTATION]]));
  const names = new Map<string, string>();
  for (const { birth, machine } of pods) {
    const hostname = birth.serviceName === undefined ? undefined : hostnames.get(birth.serviceName);
    if (!machine || hostname === undefined) continue;
    names.set(`${birth.name}.${hostname}`, machine.address);
    if (!names.has(hostname)) names.set(hostname, machine.address);
  }
  return names;
}
