/**
 * KubeClusters do not know of each other: both may have a `node-1`. Placement and the question whether two pods fall together go by the name of
 * the machine, so one that several datacenters have becomes `<datacenter>/<name>`; Kubernetes' own names hold no slash.
 */

interface OnMachine {
  readonly datacenter: string;
  readonly machine: string;
}

interface Machines {
  readonly datacenters: readonly {
    readonly name: string;
    readonly machines: readonly { readonly name: string; readonly datacenter: string }[];
  }[];
  readonly pods: readonly OnMachine[];
  readonly sentinels: readonly OnMachine[];
}

/** The name that its KubeCluster knows it by. */
export const nodeName = (machine: string): string => machine.slice(machine.indexOf('/') + 1);

function sharedNames({ datacenters, pods, sentinels }: Machines): ReadonlySet<string> {
  const first = new Map<string, string>();
  const shared = new Set<string>();
  const see = (machine: string, datacenter: string): void => {
    const known = first.get(machine);
    if (known === undefined) first.set(machine, datacenter);
    else if (known !== datacenter) shared.add(machine);
  };
  for (const { machines } of datacenters) for (const { name, datacenter } of machines) see(name, datacenter);
  for (const { machine, datacenter } of [...pods, ...sentinels]) see(machine, datacenter);
  return shared;
}

/** As far as the KubeClusters could be read: of one that was not, nothing that is on its machines is there either. */
export function nameMachines<T extends Machines>(reading: T): T {
  const shared = sharedNames(reading);
  if (shared.size === 0) return reading;
  const named = (machine: string, datacenter: string): string =>
    shared.has(machine) ? `${datacenter}/${machine}` : machine;
  const move = <P extends OnMachine>(pod: P): P => ({ ...pod, machine: named(pod.machine, pod.datacenter) });
  return {
    ...reading,
    datacenters: reading.datacenters.map((datacenter) => ({
      ...datacenter,
      machines: datacenter.machines.map((one) => ({ ...one, name: named(one.name, one.datacenter) })),
    })),
    pods: reading.pods.map(move),
    sentinels: reading.sentinels.map(move),
  };
}
