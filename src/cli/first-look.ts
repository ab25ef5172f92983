import type { World } from '../world/model.js';
import { CliError } from './cli-error.js';
import type { FarmAccess } from './farm-access.js';

const lineOf =
  ({ frame, endpoints }: Pick<FarmAccess, 'frame' | 'endpoints'>) =>
  ({ name, problem }: World['datacenters'][number]): string => {
    const context = frame.datacenters.find((datacenter) => datacenter.name === name)?.context;
    const asked = endpoints.length === 0 || endpoints.some(({ datacenter }) => datacenter === name);
    return `  ${name}: ${asked ? (problem ?? 'no answer') : `the kubeconfig has no context ${context}`}`;
  };

/**
 * The World for a command that says something of the farm: of one that nobody tells of, all that could be said is false.
 * @throws CliError when no KubeCluster answers, with what is wrong with each
 */
export async function firstLook(access: Pick<FarmAccess, 'frame' | 'endpoints' | 'observe'>): Promise<World> {
  const world = await access.observe();
  // One with an object that cannot be read is not complete, and has answered all the same.
  if (world.datacenters.some(({ complete, machines }) => complete || machines.length > 0)) return world;
  throw new CliError(['no KubeCluster answers:', ...world.datacenters.map(lineOf(access))].join('\n'));
}
