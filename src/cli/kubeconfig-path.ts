import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CliError } from './cli-error.js';

/** `a:b` -> its files, as KUBECONFIG joins them. */
export const kubeconfigFiles = (path: string): readonly string[] => path.split(delimiter).filter((file) => file !== '');

/**
 * The kubeconfig that kubectl would read: the one given, else those of KUBECONFIG, else ~/.kube/config. Of several those that are there count.
 * @returns a path, or several as KUBECONFIG joins them (load-kubeconfig.ts merges them)
 * @throws CliError when there is none
 */
export function kubeconfigPath(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const named = kubeconfigFiles(given ?? env.KUBECONFIG ?? '');
  const files = named.length > 0 ? named : [join(env.HOME ?? homedir(), '.kube', 'config')];
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0)
    throw new CliError(`there is no kubeconfig at ${files.join(' or ')}; name one with --kubeconfig`);
  return there.join(delimiter);
}
