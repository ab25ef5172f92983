import type { Finding, Output, Rule } from '../rule.js';
import { mayMeet } from '../separation.js';
import { type Container, type ContainerPort, containerPath, type Workload } from '../workload.js';

interface Claim {
  readonly workload: Workload;
  readonly container: Container;
  readonly port: number;
  readonly declared: ContainerPort;
}

/** Sets that run for good; a Job's pod is gone before it matters. */
const KINDS = new Set(['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Pod']);

const claims = (workload: Workload): readonly Claim[] =>
  workload.containers.flatMap((container) =>
    container.ports.flatMap((declared) => {
      const port = declared.hostPort ?? (workload.hostNetwork ? declared.containerPort : undefined);
      return port === undefined || port === 0 ? [] : [{ workload, container, port, declared }];
    }),
  );

const anyAddress = (address: string): boolean => ['', '0.0.0.0', '::'].includes(address);

const sameSocket = (a: Claim, b: Claim): boolean =>
  a.declared.protocol === b.declared.protocol &&
  (anyAddress(a.declared.hostIP) || anyAddress(b.declared.hostIP) || a.declared.hostIP === b.declared.hostIP);

/** Pods of one set never share a machine when they declare a host port; two containers of one pod always do. */
const meet = (a: Claim, b: Claim): boolean => a.workload === b.workload || mayMeet(a.workload, b.workload);

const place = (claim: Claim): string =>
  `${containerPath(claim.workload, claim.container)}.ports[${claim.declared.containerPort}]`;

const owner = ({ workload, container }: Claim): string =>
  `${workload.manifest.kind} ${workload.manifest.name} (container ${container.name})`;

function byPort(all: readonly Claim[]): readonly (readonly Claim[])[] {
  const groups = new Map<string, Claim[]>();
  for (const claim of all) {
    const key = `${claim.workload.manifest.kubeCluster} ${claim.port}`;
    const group = groups.get(key);
    if (group) group.push(claim);
    else groups.set(key, [claim]);
  }
  return [...groups.values()];
}

function check({ workloads }: Output): readonly Finding[] {
  const all = workloads.filter((workload) => KINDS.has(workload.manifest.kind)).flatMap(claims);
  return byPort(all).flatMap((group) =>
    group.flatMap((claim, i) =>
      group
        .slice(0, i)
        .filter((earlier) => sameSocket(claim, earlier) && meet(claim, earlier))
        .map((earlier) => ({
          manifest: claim.workload.manifest,
          location: `${place(claim)}: host port ${claim.port}/${claim.declared.protocol} is also taken by ${owner(earlier)}`,
        })),
    ),
  );
}

export const hostPortCollision: Rule = {
  name: 'host-port-collision',
  severity: 'error',
  recommendation:
    'Two pods that want one port of a machine cannot both run there: the scheduler leaves the second one pending, and a farm that fits by memory does not fit.',
  fix: 'Give every set that may share a machine ports of its own, or separate them with node selectors; required anti-affinity separates only pods that its selector names.',
  check,
};
