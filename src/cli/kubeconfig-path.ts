import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CliError } from './cli-error.js';

/**
 * The kubeconfig that kubectl would read: the one given, else that of KUBECONFIG, else ~/.kube/config.
 * @throws CliError when there is none, or KUBECONFIG names several
 */
export function kubeconfigPath(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const [named, another] = (given ?? env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  if (another !== undefined)
    throw new CliError(
      'KUBECONFIG names several files; name one with --kubeconfig (`kubectl config view --flatten --raw` merges them)',
    );
  const path = named ?? join(env.HOME ?? homedir(), '.kube', 'config');
  if (!existsSync(path)) throw new CliError(`there is no kubeconfig at ${path}; name one with --kubeconfig`);
  return path;
}
