import { KubeConfig } from '@kubernetes/client-node';
import { CliError } from './cli-error.js';
import { kubeconfigFiles } from './kubeconfig-path.js';

/** The library does not look at what it reads: of a list where it wants a record, or of nothing, it only says what JavaScript says. */
export function noKubeconfig(file: string, error: unknown): CliError {
  const known = error instanceof Error && error.name !== 'TypeError' ? error.message : 'it has not the form of one';
  return new CliError(`${file} is no kubeconfig: ${known}`);
}

function load(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw noKubeconfig(file, error);
  }
  return config;
}

const unknownTo = <T extends { readonly name: string }>(known: readonly T[], all: readonly T[]): T[] =>
  all.filter(({ name }) => !known.some((one) => one.name === name));

/**
 * A kubeconfig of one or several files. What the first file says that says it counts: a context, a cluster, a user of one name, and which
 * context is the current one (kubernetes.io, "Organizing Cluster Access Using kubeconfig Files"). The library's own merging refuses a name
 * that two files have, and takes the last current context.
 * @param path as kubeconfigPath gives it
 * @throws CliError that names the file that cannot be read
 */
export function loadKubeconfig(path: string): KubeConfig {
  const merged = new KubeConfig();
  merged.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: '' });
  for (const file of kubeconfigFiles(path)) {
    const next = load(file);
    const { clusters, users, contexts, currentContext } = next;
    next.loadFromOptions({
      clusters: unknownTo(merged.clusters, clusters),
      users: unknownTo(merged.users, users),
      contexts: unknownTo(merged.contexts, contexts),
      currentContext,
    });
    merged.mergeConfig(next, Boolean(merged.currentContext));
  }
  return merged;
}

/** The same kubeconfig with another current context: a copy, since a context is what an endpoint asks through. */
export function inContext(config: KubeConfig, currentContext: string): KubeConfig {
  const other = new KubeConfig();
  const { clusters, users, contexts } = config;
  other.loadFromOptions({ clusters, users, contexts, currentContext });
  return other;
}
