import type { Draft } from './draft.js';
import { type Finding, problem } from './finding.js';
import { exporterForm, resolveFarm, webOf } from './resolve.js';
import type { FarmSpec } from './schema.js';
import { elementPath } from './spec-path.js';
import { busPort, exporterPort, PORT } from './words.js';

/** Ports that a Kubernetes machine has given away already (kubernetes.io, "Ports and Protocols"; node-exporter's default). */
const MACHINE_PORTS: readonly (readonly [number, string])[] = [
  [2_379, 'etcd'],
  [2_380, 'etcd'],
  [6_443, 'the API server'],
  [9_100, 'node-exporter'],
  [10_248, 'the kubelet'],
  [10_249, 'kube-proxy'],
  [10_250, 'the kubelet'],
  [10_256, 'kube-proxy'],
  [10_257, 'the controller manager'],
  [10_259, 'the scheduler'],
];

/** Kubernetes' default --service-node-port-range, and Linux' default net.ipv4.ip_local_port_range. */
const FOREIGN_RANGES = [
  { from: 30_000, to: 32_767, what: 'the node-port range of Kubernetes' },
  { from: 32_768, to: 60_999, what: 'the ephemeral range, from which outgoing connections take theirs' },
] as const;

interface Use {
  readonly port: number;
  readonly path: string;
  /** `exporter of redis port 6378` */
  readonly what: string;
}

/** What one declared redis port takes on a machine. The bus is kept free for all tiers: a tier may become a Redis Cluster. */
function usesOf(port: number, path: string, exporter: boolean): readonly Use[] {
  const uses = [
    { port, path, what: `redis port ${port}` },
    { port: exporterPort(port), path, what: `the exporter (+${PORT.exporterOffset}) of redis port ${port}` },
    { port: busPort(port), path, what: `the bus (+${PORT.busOffset}) of redis port ${port}` },
  ];
  return uses.filter((_, i) => exporter || i !== 1);
}

function* alone(use: Use): Generator<Finding> {
  const range = FOREIGN_RANGES.find(({ from, to }) => use.port >= from && use.port <= to);
  if (range)
    yield problem(
      use.path,
      `${use.what}${at(use)} lies in ${range.what} (${range.from}-${range.to}); take a redis port from 6378 on, below 20000`,
    );
  if (use.port > 65_535) yield problem(use.path, `${use.what}${at(use)} is above 65535; take a redis port below 20000`);
}

const at = ({ port, what }: Use): string => (what.endsWith(`port ${port}`) ? '' : ` = ${port}`);

/** Each port belongs to whoever comes first; later ones are told whom they meet. */
function* collisions(taken: Map<number, Use>, uses: readonly Use[]): Generator<Finding> {
  for (const use of uses) {
    const owner = taken.get(use.port);
    if (owner === undefined) taken.set(use.port, use);
    else
      yield problem(
        use.path,
        `${use.what}${at(use)} is taken on the same machine by ${owner.what} (${owner.path}); take another port`,
      );
  }
}

type Declared = Pick<Use, 'port' | 'path'>;

function* declaredPorts(spec: FarmSpec): Generator<Declared> {
  for (const [i, tier] of spec.tiers.entries()) {
    for (const [j, port] of tier.ports.entries()) yield { port, path: `${elementPath('tiers', i, tier)}.ports[${j}]` };
  }
}

function* emptyLists(spec: FarmSpec): Generator<Finding> {
  for (const [i, tier] of spec.tiers.entries()) {
    if (tier.ports.length > 0) continue;
    const path = `${elementPath('tiers', i, tier)}.ports`;
    yield problem(path, 'an empty list of ports makes no pods; give at least one, e.g. [6378]');
  }
}

/** Barn has addresses of its own in Kubernetes, but those of the machine in an embedded farm. */
function* webPort(spec: FarmSpec, taken: Map<number, Use>): Generator<Finding> {
  const web = webOf(spec.web);
  if (!web) return;
  const { port } = web;
  if (!Number.isInteger(port) || port < 1_024 || port > 65_535)
    yield problem('web.port', `port ${port} is no whole number from 1024 to 65535; the default is ${PORT.web}`);
  else yield* collisions(taken, [{ port, path: 'web.port', what: `the page's port ${port}` }]);
}

/** What the machine, barn and the sentinels take, whatever the tiers say. */
function* foundations(spec: FarmSpec, taken: Map<number, Use>): Generator<Finding> {
  for (const [port, what] of MACHINE_PORTS) taken.set(port, { port, path: 'every machine', what });
  yield* collisions(taken, [{ port: PORT.barn, path: 'barn', what: `barn's port ${PORT.barn}` }]);
  yield* webPort(spec, taken);
  for (const { name, pool, port } of resolveFarm(spec).sentinelGroups) {
    const use = { port, path: `sentinelGroups.${pool}`, what: `the sentinel port of group ${name}` };
    yield* alone(use);
    yield* collisions(taken, [use]);
  }
}

/** A redis port declared twice would meet itself three times, and what is out of range is said by check-limits.ts. */
function worthDeriving(declared: readonly Declared[]): readonly Declared[] {
  const first = new Map(declared.toReversed().map((one) => [one.port, one]));
  return declared.filter(
    (one) => first.get(one.port) === one && Number.isInteger(one.port) && one.port >= 1_024 && one.port <= 65_535,
  );
}

/** The ports of a whole machine: redis, exporter, bus, sentinels and barn, of all tiers and groups, against each other and foreign ranges. */
export function* checkPorts({ spec }: Draft): Generator<Finding> {
  const taken = new Map<number, Use>();
  const declared = [...declaredPorts(spec)];
  const usesByPort = worthDeriving(declared).map(({ port, path }) =>
    usesOf(port, path, exporterForm(spec.exporter) !== false),
  );
  yield* emptyLists(spec);
  yield* foundations(spec, taken);
  for (const use of usesByPort.flat()) yield* alone(use);
  // Redis ports of all tiers first: it is the derived port that has to give way in the message.
  yield* collisions(
    taken,
    declared.map(({ port, path }) => ({ port, path, what: `redis port ${port}` })),
  );
  yield* collisions(
    taken,
    usesByPort.flatMap(([, ...derived]) => derived),
  );
}
