import { ENV } from '../farm/words.js';
import { compareManifests, type Review } from '../review/compare-manifests.js';
import { type Manifests, UnreadableInput } from '../review/manifests.js';
import { parseManifests } from '../review/parse-manifests.js';
import { readFolder } from '../review/read-folder.js';
import { locateFarm } from './locate-farm.js';
import type { AccessOptions } from './located-farm.js';

export interface LiveReview {
  readonly review: Review;
  /** what a review of manifests has no place for, a line each */
  readonly notes: readonly string[];
  /** what the API server would refuse */
  readonly refused: readonly string[];
}

const parseOrNone = (source: string, files: Parameters<typeof parseManifests>[1]): Manifests =>
  files.length === 0 ? { source, objects: [] } : parseManifests(source, files);

/**
 * What an apply of a dist folder would change in the running farm. Nothing is written.
 * @throws UnreadableInput, CliError, or Error when a KubeCluster does not answer
 */
export async function reviewLive(folder: string, options: AccessOptions, env = process.env): Promise<LiveReview> {
  const { objects } = parseManifests(folder, await readFolder(folder));
  const { frame, kubeconfig } = await locateFarm(options, env);
  const { farmEndpoints } = await import('./farm-endpoints.js');
  const { liveDifference } = await import('./live-difference.js');
  const endpoints = farmEndpoints(frame, kubeconfig, env[ENV.datacenter]);
  if (endpoints.length === 0) throw new UnreadableInput('the kubeconfig has a context for none of the datacenters');
  const found = await liveDifference(frame, endpoints, objects);
  const away = frame.datacenters
    .filter(({ name }) => !endpoints.some((endpoint) => endpoint.datacenter === name))
    .map(({ name, context }) => `${name}: not compared, the kubeconfig has no context ${context}`);
  return {
    review: compareManifests(parseOrNone('live', found.live), parseOrNone(folder, found.applied)),
    notes: [...away, ...found.onlyLive.map((one) => `${one} is not in ${folder}; an apply leaves it`)],
    refused: found.refused,
  };
}
