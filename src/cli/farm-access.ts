import type { FarmFrame } from '../farm/model.js';
import { ENV } from '../farm/words.js';
import { type ConnectionOptions, Connections, type Credentials } from '../observe/connections.js';
import { type KubeSource, observeWorld } from '../observe/observe-world.js';
import type { KubeEndpoint } from '../world/kube.js';
import type { World } from '../world/model.js';
import { locateFarm } from './locate-farm.js';
import type { AccessOptions } from './located-farm.js';

export type { AccessOptions } from './located-farm.js';

/** A running farm as the operator reaches it: what it is, how to look at it, and the connections that looking leaves open. */
export interface FarmAccess {
  readonly frame: FarmFrame;
  readonly connections: Connections;
  readonly credentials: Credentials;
  /** KubeClusters that answer more than `observe` asks; none: this access does not go through their API */
  readonly endpoints: readonly KubeEndpoint[];
  /** @param patienceMs who has not answered by then is unreachable in this World; left out: until the command is given up */
  observe(patienceMs?: number): Promise<World>;
  close(): void;
}

/** Access over given sources: the embedded farm in this very process uses it, and tests. */
export function accessThrough(
  frame: FarmFrame,
  credentials: Credentials,
  sources: readonly KubeSource[],
  options: ConnectionOptions = {},
): FarmAccess {
  const connections = new Connections(credentials, options);
  return {
    frame,
    connections,
    credentials,
    endpoints: [],
    observe: (patienceMs) => observeWorld(frame, sources, connections, patienceMs),
    close: () => connections.close(),
  };
}

/** Opens the running farm, wherever it is found. @throws CliError */
export async function accessFarm(options: AccessOptions, env: NodeJS.ProcessEnv = process.env): Promise<FarmAccess> {
  const { frame, kubeconfig, credentials } = await locateFarm(options, env);
  const passwords = await credentials();
  // Loaded only here: it is the largest package by far, and most commands fail or end before they need it.
  const { listedSource } = await import('../observe/kube-client.js');
  const { farmEndpoints } = await import('./farm-endpoints.js');
  const endpoints = farmEndpoints(frame, kubeconfig, env[ENV.datacenter]);
  const sources = endpoints.map((endpoint) => listedSource(frame, endpoint));
  return { ...accessThrough(frame, passwords, sources), endpoints };
}
