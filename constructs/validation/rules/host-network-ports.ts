import { ENV } from '../../../src/farm/words.js';
import { eachWorkload, type Rule } from '../rule.js';
import { type Container, containerPath, type Workload } from '../workload.js';

/** The port a container says it listens on: our environment, or `--port`. */
function listensOn(container: Container): number | undefined {
  const words = container.words.flatMap((word) => word.split(/[\s=]+/));
  const flag = words.indexOf('--port');
  const value = Number(container.env[ENV.port] ?? (flag < 0 ? undefined : words[flag + 1]));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function checkContainer(workload: Workload, container: Container): readonly string[] {
  const path = containerPath(workload, container);
  const port = listensOn(container);
  const undeclared = port !== undefined && !container.ports.some((p) => p.containerPort === port);
  return [
    ...(undeclared ? [`${path}.ports: listens on ${port}, which is not declared`] : []),
    ...container.ports.flatMap((p) => {
      if (p.hostPort === undefined) return [`${path}.ports[${p.containerPort}].hostPort: missing`];
      return p.hostPort === p.containerPort
        ? []
        : [`${path}.ports[${p.containerPort}].hostPort: ${p.hostPort}, must equal containerPort`];
    }),
  ];
}

function check(workload: Workload): readonly string[] {
  if (!workload.hostNetwork) return [];
  if (workload.containers.every((container) => container.ports.length === 0))
    return [`${workload.podPath}.hostNetwork: true, but no container declares a port`];
  return workload.containers.flatMap((container) => checkContainer(workload, container));
}

export const hostNetworkPorts: Rule = {
  name: 'host-network-ports',
  severity: 'error',
  recommendation:
    'With hostNetwork the scheduler keeps two pods off one port only when the port is declared; an undeclared one ends as a crash loop on "address already in use".',
  fix: 'Declare every port that a hostNetwork container listens on, with hostPort = containerPort.',
  check: eachWorkload(check),
};
